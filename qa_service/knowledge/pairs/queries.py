"""Read-only queries of pairs for services, pages and the index."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam
from sqlalchemy import select as sa_select
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select

from qa_service.accounts.actor import RecordedActor
from qa_service.accounts.models import Unit
from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.models import (
    PairBasis,
    PolicyDocument,
    QAPair,
    QAVersion,
    QuestionVariant,
    stored_id,
)
from qa_service.knowledge.pairs.record.content import PAIR_FIELDS, PairContent
from qa_service.knowledge.rules import is_showable
from qa_service.storage.engine import read_columns
from qa_service.vocabulary import AdoptedFrom, PairStatus, Validity

VERSION_NAMES = tuple(field.name for field in PAIR_FIELDS if field.name in QAVersion.model_fields)
"""Fields of a pair's content that are columns of ``QAVersion``."""


@dataclass(frozen=True, slots=True)
class CitedPolicy:
    """A citation as shown with an answer."""

    key: str
    title: str
    document_number: str
    article: str | None
    validity: Validity
    invalid_since: date | None = None
    verified: bool = True


@dataclass(frozen=True, slots=True)
class PairView:
    """A pair in its current version, for display; ``citations`` resolve its basis.

    ``cites_public_only`` tells that every document of the basis is public.
    """

    pair_id: int
    key: str
    version: int
    status: PairStatus
    unit_name: str
    content: PairContent
    citations: tuple[CitedPolicy, ...]
    withdrawn_reason: str | None
    revision: int
    showable: bool
    submitted_at: datetime | None
    has_draft: bool
    adopted_from: AdoptedFrom | None
    cites_public_only: bool

    @property
    def unsigned(self) -> bool:
        """Return whether the version was imported and the district has not signed it."""
        return self.adopted_from is not None


class _Current(NamedTuple):
    """The columns of ``_CURRENT`` that precede those of the content."""

    pair_id: int
    key: str
    status: PairStatus
    withdrawn_reason: str | None
    revision: int
    unit_key: str
    unit_name: str
    version_id: int
    number: int
    submitted_at: datetime | None
    draft_version_id: int | None
    ground_reason: str | None
    adopted_from: AdoptedFrom | None


class _Standing(NamedTuple):
    """The properties of a pair that decide whether it may be shown."""

    status: PairStatus
    effective_from: date
    expires_on: date | None
    ground_reason: str | None


class _Cited(NamedTuple):
    """The columns of ``_CITED`` after the version's id: one citation of a version."""

    key: str
    title: str
    document_number: str
    article: str | None
    validity: Validity
    invalid_since: date | None
    effective_from: date | None
    is_public: bool
    verified: bool

    @property
    def cited(self) -> Basis:
        """Return the citation as the content holds it."""
        return Basis(self.key, self.article, self.verified)

    @property
    def shown(self) -> CitedPolicy:
        """Return the citation as shown with an answer."""
        return CitedPolicy(
            self.key,
            self.title,
            self.document_number,
            self.article,
            self.validity,
            self.invalid_since,
            self.verified,
        )


_BESIDE_VERSION = {"unit", "variants", "basis"}
_CONTENT_NAMES = tuple(field.name for field in PAIR_FIELDS if field.name not in _BESIDE_VERSION)
"""Fields of the current content that are columns of the pair or its version."""


def _content_column(name: str) -> Mapped[Any]:
    """Return the column of a field: that of ``QAPair`` if it has one, else of ``QAVersion``."""
    table = QAPair if name in QAPair.model_fields else QAVersion
    return col(getattr(table, name))


# Statements are built once and select plain columns: a caller waits, and creating mapped
# objects for sixteen candidates would take longer than the search itself.
_CURRENT = (
    sa_select(
        col(QAPair.id),
        col(QAPair.key),
        col(QAPair.status),
        col(QAPair.withdrawn_reason),
        col(QAPair.revision),
        col(Unit.key),
        col(Unit.name),
        col(QAVersion.id),
        col(QAVersion.number),
        col(QAPair.submitted_at),
        col(QAPair.draft_version_id),
        col(QAPair.ground_reason),
        col(QAPair.adopted_from),
        *map(_content_column, _CONTENT_NAMES),
    )
    .join_from(QAPair, QAVersion, col(QAVersion.id) == QAPair.current_version_id)
    .join(Unit, col(Unit.id) == QAPair.unit_id)
    .where(col(QAPair.id).in_(bindparam("pair_ids", expanding=True)))
)
_CITED = (
    sa_select(
        col(PairBasis.version_id),
        col(PolicyDocument.key),
        col(PolicyDocument.title),
        col(PolicyDocument.document_number),
        col(PairBasis.article),
        col(PolicyDocument.validity),
        col(PolicyDocument.invalid_since),
        col(PolicyDocument.effective_from),
        col(PolicyDocument.is_public),
        col(PairBasis.verified),
    )
    .join_from(PairBasis, PolicyDocument, col(PolicyDocument.id) == PairBasis.document_id)
    .where(col(PairBasis.version_id).in_(bindparam("version_ids", expanding=True)))
    .order_by(col(PairBasis.version_id), col(PairBasis.position))
)


def basis_documents(session: Session, version_id: int | None) -> list[PolicyDocument]:
    """Return the documents that a version cites, in their order."""
    statement = (
        select(PolicyDocument)
        .join(PairBasis, col(PairBasis.document_id) == PolicyDocument.id)
        .where(PairBasis.version_id == version_id)
        .order_by(col(PairBasis.position))
    )
    return list(session.exec(statement).all())


def citations_of(session: Session, version: QAVersion) -> tuple[CitedPolicy, ...]:
    """Return the citations of a version as shown with its answer."""
    version_id = stored_id(version)
    return tuple(one.shown for one in _basis(session, [version_id]).get(version_id, []))


def pair_content(session: Session, pair: QAPair) -> PairContent:
    """Return the current content of the pair."""
    return view_pairs(session, [stored_id(pair)], day=pair.effective_from)[0].content


def version_in_work(session: Session, pair: QAPair) -> QAVersion:
    """Return the version being written or reviewed, or else the current one."""
    return session.get_one(QAVersion, pair.draft_version_id or pair.current_version_id)


def has_work(pair: QAPair) -> bool:
    """Return whether a version of the pair is being written or reviewed."""
    return pair.draft_version_id is not None or not holds_reviewed(pair)


def holds_reviewed(pair: QAPair) -> bool:
    """Return whether the current version is the reviewed one: of a published or suspended pair."""
    return pair.status in (PairStatus.PUBLISHED, PairStatus.SUSPENDED)


def list_versions(session: Session, pair: QAPair) -> Sequence[QAVersion]:
    """Return every version of the pair, the newest first."""
    statement = select(QAVersion).where(QAVersion.pair_id == pair.id)
    return session.exec(statement.order_by(col(QAVersion.number).desc())).all()


def author_of(version: QAVersion) -> RecordedActor:
    """Return the author of the version."""
    return RecordedActor(version.author, version.author_person_id, version.author_key_id)


def submitter_of(pair: QAPair) -> tuple[RecordedActor, ...]:
    """Return the submitter of the pair; empty if it is not in review."""
    if pair.submitted_by is None:
        return ()
    recorded = (pair.submitted_by, pair.submitted_by_person_id, pair.submitted_by_key_id)
    return (RecordedActor(*recorded),)


def find_version(session: Session, pair: QAPair, number: int) -> QAVersion | None:
    """Return the pair's version of this number, or None."""
    statement = select(QAVersion).where(QAVersion.pair_id == pair.id, QAVersion.number == number)
    return session.exec(statement).first()


def version_content(session: Session, version: QAVersion) -> PairContent:
    """Return the content of a version."""
    cited = _basis(session, [stored_id(version)]).get(stored_id(version), [])
    return PairContent.of(
        {name: getattr(version, name) for name in VERSION_NAMES}
        | {
            "unit": session.get_one(Unit, version.unit_id).key,
            "basis": tuple(one.cited for one in cited),
        }
    )


def view_pairs(
    session: Session, pair_ids: Iterable[int], *, day: date, with_variants: bool = True
) -> list[PairView]:
    """Return the pairs of ``pair_ids`` in that order; unknown ids are left out.

    Pass ``with_variants=False`` to save a query when only the answers are needed.
    """
    wanted = list(pair_ids)
    if not wanted:
        return []
    of_pair = len(_Current._fields)
    rows = [
        (_Current(*row[:of_pair]), dict(zip(_CONTENT_NAMES, row[of_pair:], strict=True)))
        for row in read_columns(session, _CURRENT, {"pair_ids": wanted})
    ]
    variants = _variants(session, wanted) if with_variants else {}
    basis = _basis(session, [row.version_id for row, _ in rows])
    views = {}
    for row, values in rows:
        cited = basis.get(row.version_id, ())
        content = PairContent.of(
            values
            | {
                "unit": row.unit_key,
                "variants": variants.get(row.pair_id, ()),
                "basis": tuple(one.cited for one in cited),
            }
        )
        views[row.pair_id] = _view(row, content, cited, day=day)
    return [views[pair_id] for pair_id in wanted if pair_id in views]


def find_by_keys(session: Session, keys: Sequence[str]) -> dict[str, QAPair]:
    """Return the pairs that have one of ``keys``, by key."""
    statement = select(QAPair).where(col(QAPair.key).in_(keys))
    return {pair.key: pair for pair in session.exec(statement).all()}


def find_by_question_keys(session: Session, keys: Sequence[str]) -> list[QAPair]:
    """Return the pairs that ask one of the questions, oldest first."""
    statement = select(QAPair).where(col(QAPair.question_key).in_(keys)).order_by(col(QAPair.id))
    return list(session.exec(statement).all())


def _variants(session: Session, pair_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Return the variants of each pair, by its id, in their order."""
    statement = (
        select(QuestionVariant.pair_id, QuestionVariant.text)
        .where(col(QuestionVariant.pair_id).in_(pair_ids))
        .order_by(col(QuestionVariant.pair_id), col(QuestionVariant.position))
    )
    found: dict[int, list[str]] = {}
    for pair_id, text in session.exec(statement).all():
        found.setdefault(pair_id, []).append(text)
    return {pair_id: tuple(texts) for pair_id, texts in found.items()}


def _basis(session: Session, version_ids: Sequence[int]) -> dict[int, list[_Cited]]:
    """Return the citations of each version, by its id, in their order."""
    found: dict[int, list[_Cited]] = {}
    if version_ids:
        rows = read_columns(session, _CITED, {"version_ids": version_ids})
        for version_id, *cited in rows:
            found.setdefault(version_id, []).append(_Cited(*cited))
    return found


def _view(row: _Current, content: PairContent, cited: Sequence[_Cited], *, day: date) -> PairView:
    """Return the view on ``day`` of the pair in ``row``."""
    standing = _Standing(row.status, content.effective_from, content.expires_on, row.ground_reason)
    return PairView(
        pair_id=row.pair_id,
        key=row.key,
        version=row.number,
        status=row.status,
        unit_name=row.unit_name,
        content=content,
        citations=tuple(one.shown for one in cited),
        withdrawn_reason=row.withdrawn_reason,
        revision=row.revision,
        showable=is_showable(standing, cited, day),
        submitted_at=row.submitted_at,
        has_draft=row.draft_version_id is not None,
        adopted_from=row.adopted_from,
        cites_public_only=all(one.is_public for one in cited),
    )
