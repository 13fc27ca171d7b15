"""Resolves names in files to keys: names of units, document numbers (文号), topics."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from sqlmodel import Session, select

from qa_service.accounts.areas import area_message, list_areas
from qa_service.accounts.models import Unit
from qa_service.errors import FieldProblem
from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.exchange.rows.columns import column_name
from qa_service.knowledge.exchange.rows.pair_columns import COLUMNS, area_of
from qa_service.knowledge.exchange.rows.source_row import SourceRow
from qa_service.knowledge.models import PolicyDocument
from qa_service.knowledge.pairs.record.content import PairContent
from qa_service.knowledge.pairs.record.rules import InvalidPairError
from qa_service.knowledge.upkeep_models import Topic
from qa_service.text.document_number import bare_title, document_number_key, split_article
from qa_service.vocabulary import AreaKey


@dataclass(frozen=True, slots=True)
class Names:
    """The keys of units, documents and topics by the names that files use."""

    units: dict[str, str]
    areas: dict[str, AreaKey]
    document_numbers: dict[str, list[str]]
    document_titles: dict[str, list[str]]
    document_keys: frozenset[str]
    topics: frozenset[tuple[str, str]]

    def resolve(self, content: PairContent, topic: str = "") -> PairContent:
        """Return ``content`` with names replaced by keys; other unknown names stay unchanged.

        The topic of a category path becomes a keyword, by which the pair belongs to it.
        Raises InvalidPairError for an unknown area or path, and for a 文号 of several documents.
        """
        area = self.areas.get(content.area)
        if area is None:
            problem = self._unknown_area(content.area)
            raise InvalidPairError(problem.message, problems=(problem,))
        if topic and (area, topic) not in self.topics:
            message = f"没有“{content.area}/{topic}”这个事项，请从入库情况的事项中选择"
            raise InvalidPairError(message, problems=(FieldProblem("field", message),))
        keywords = (*content.keywords, topic) if topic else content.keywords
        basis = map(self._cited, content.basis)
        unit = self.units.get(content.unit, content.unit)
        return replace(
            content,
            area=area,
            unit=unit,
            basis=tuple(dict.fromkeys(basis)),
            keywords=tuple(dict.fromkeys(keywords)),
        )

    def unknown(self, unit: str, policies: Iterable[str]) -> Iterator[FieldProblem]:
        """Yield a problem for a unit and for documents that do not exist."""
        if unit and unit not in self.units and unit not in self.units.values():
            yield FieldProblem("unit", f"没有承办单位“{unit}”，请从单位名录中选择")
        for name in dict.fromkeys(policies):
            try:
                is_known = self._cited(Basis(name)).policy in self.document_keys
            except InvalidPairError as error:
                yield from error.problems
                continue
            if not is_known:
                yield FieldProblem("basis", f"政策库中没有“{name}”，请先录入政策文件")

    def area_problems(self, row: SourceRow) -> tuple[FieldProblem, ...]:
        """Return the problem of a row whose area is unknown, for a row refused anyway."""
        area = area_of(row)
        if not area or area in self.areas:
            return ()
        problem = self._unknown_area(area)
        return (FieldProblem(column_name(row, COLUMNS, problem.field), problem.message),)

    def _unknown_area(self, area: str) -> FieldProblem:
        offered = "、".join(dict.fromkeys(self.areas.values()))
        return FieldProblem("field", area_message(area, offered))

    def _cited(self, cited: Basis) -> Basis:
        """Return the citation by key; an article may stand behind the 文号 without a #."""
        number, article = split_article(cited.policy)
        if cited.article or article is None or self._keys(cited.policy):
            return replace(cited, policy=self._document(cited.policy))
        return replace(cited, policy=self._document(number), article=article)

    def _keys(self, name: str) -> list[str]:
        """Return the keys of the documents with this key, 文号 in any spelling, or title."""
        if name in self.document_keys:
            return [name]
        by_number = self.document_numbers.get(document_number_key(name), [])
        return by_number or self.document_titles.get(bare_title(name), [])

    def _document(self, name: str) -> str:
        """Return the key of the document of this name; raises InvalidPairError for several."""
        keys = self._keys(name)
        if not keys:
            return name
        if len(keys) > 1:
            message = f"文号“{name}”对应多份文件，请改写标识：{'、'.join(keys)}"
            raise InvalidPairError(message, problems=(FieldProblem("basis", message),))
        return keys[0]


def find_names(session: Session) -> Names:
    """Return the names of every unit, document and topic."""
    numbers: dict[str, list[str]] = {}
    titles: dict[str, list[str]] = {}
    keys = set()
    named = select(PolicyDocument.key, PolicyDocument.number_key, PolicyDocument.title)
    for key, number, title in session.exec(named):
        numbers.setdefault(number, []).append(key)
        titles.setdefault(bare_title(title), []).append(key)
        keys.add(key)
    areas = _area_keys(session)
    units = {name: key for key, name in session.exec(select(Unit.key, Unit.name))}
    topics = session.exec(select(Topic.area, Topic.name)).all()
    return Names(units, areas, numbers, titles, frozenset(keys), frozenset(topics))


def _area_keys(session: Session) -> dict[str, AreaKey]:
    """Return the key of every area by its key and its name; retired ones come last."""
    areas = sorted(list_areas(session), key=lambda area: not area.is_active)
    named = {area.name: area.key for area in areas}
    return {area.key: area.key for area in areas} | named
