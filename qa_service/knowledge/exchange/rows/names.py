"""Resolves names in files to keys: names of units, document numbers (文号), topics."""

from dataclasses import dataclass, replace

from sqlmodel import Session, select

from qa_service.accounts.models import Unit
from qa_service.errors import FieldProblem
from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.models import PolicyDocument, Topic
from qa_service.knowledge.pairs.content import PairContent
from qa_service.knowledge.pairs.rules import InvalidPairError


@dataclass(frozen=True, slots=True)
class Names:
    """The keys of units, documents and topics by the names that files use."""

    units: dict[str, str]
    document_numbers: dict[str, list[str]]
    document_keys: frozenset[str]
    topics: frozenset[tuple[str, str]]

    def resolve(self, content: PairContent, topic: str = "") -> PairContent:
        """Return ``content`` with names replaced by keys; unknown names stay unchanged.

        The topic of a category path becomes a keyword, by which the pair belongs to it.
        Raises InvalidPairError for a 文号 shared by several documents, and for an unknown path.
        """
        if topic and (content.area, topic) not in self.topics:
            message = f"没有“{content.area}/{topic}”这个事项，请从入库情况的事项中选择"
            raise InvalidPairError(message, problems=(FieldProblem("field", message),))
        keywords = (*content.keywords, topic) if topic else content.keywords
        basis = (Basis(self._document(cited.policy), cited.article) for cited in content.basis)
        unit = self.units.get(content.unit, content.unit)
        return replace(
            content,
            unit=unit,
            basis=tuple(dict.fromkeys(basis)),
            keywords=tuple(dict.fromkeys(keywords)),
        )

    def _document(self, name: str) -> str:
        """Return the key of the document with this key or 文号; raises InvalidPairError."""
        keys = self.document_numbers.get(name, [])
        if name in self.document_keys or not keys:
            return name
        if len(keys) > 1:
            message = f"文号“{name}”对应多份文件，请改写标识：{'、'.join(keys)}"
            raise InvalidPairError(message, problems=(FieldProblem("basis", message),))
        return keys[0]


def find_names(session: Session) -> Names:
    """Return the names of every unit, document and topic."""
    numbers: dict[str, list[str]] = {}
    keys = set()
    for key, number in session.exec(select(PolicyDocument.key, PolicyDocument.document_number)):
        numbers.setdefault(number, []).append(key)
        keys.add(key)
    units = {name: key for key, name in session.exec(select(Unit.key, Unit.name))}
    topics = session.exec(select(Topic.area, Topic.name)).all()
    return Names(units, numbers, frozenset(keys), frozenset(topics))
