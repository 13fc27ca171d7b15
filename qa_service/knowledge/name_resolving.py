"""What people write in a file instead of a key: a unit's name, a document's 文号."""

from dataclasses import dataclass, replace

from sqlmodel import Session, select

from qa_service.accounts.models import Unit
from qa_service.errors import FieldProblem
from qa_service.knowledge.content import Basis, InvalidPairError, PairContent
from qa_service.knowledge.models import PolicyDocument


@dataclass(frozen=True, slots=True)
class Names:
    """Keys by the names people write."""

    units: dict[str, str]
    document_numbers: dict[str, list[str]]
    document_keys: frozenset[str]

    def resolve(self, content: PairContent) -> PairContent:
        """``content`` with keys; a name nobody has is left as it is.

        Raises InvalidPairError for a 文号 that several documents bear.
        """
        basis = (Basis(self._document(cited.policy), cited.article) for cited in content.basis)
        unit = self.units.get(content.unit, content.unit)
        return replace(content, unit=unit, basis=tuple(dict.fromkeys(basis)))

    def _document(self, name: str) -> str:
        keys = self.document_numbers.get(name, [])
        if name in self.document_keys or not keys:
            return name
        if len(keys) > 1:
            message = f"文号“{name}”对应多份文件，请改写标识：{'、'.join(keys)}"
            raise InvalidPairError(message, problems=(FieldProblem("basis", message),))
        return keys[0]


def find_names(session: Session) -> Names:
    """The names of every unit and document there is."""
    numbers: dict[str, list[str]] = {}
    keys = set()
    for key, number in session.exec(select(PolicyDocument.key, PolicyDocument.document_number)):
        numbers.setdefault(number, []).append(key)
        keys.add(key)
    units = {name: key for key, name in session.exec(select(Unit.key, Unit.name))}
    return Names(units, numbers, frozenset(keys))
