"""Read-only selections of the bank for services, pages and the index."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import bindparam, func
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from qa_service.accounts.actor import RecordedActor
from qa_service.accounts.models import Unit
from qa_service.knowledge.models import (
    PairBasis,
    PolicyDocument,
    QAPair,
    QAVersion,
    QuestionVariant,
    stored_id,
)
from qa_service.knowledge.pairs.content import Basis, Clarifying, PairContent
from qa_service.knowledge.rules import is_showable
from qa_service.storage.engine import read_columns
from qa_service.vocabulary import PairStatus, PolicyArea, Validity


@dataclass(frozen=True, slots=True)
class CitedPolicy:
    """A citation as it is shown with an answer."""

    key: str
    title: str
    document_number: str
    article: str | None
    validity: Validity


@dataclass(frozen=True, slots=True)
class PairView:
    """A pair in its current version, ready to be shown."""

    pair_id: int
    key: str
    version: int
    status: PairStatus
    area: PolicyArea
    unit_key: str
    unit_name: str
    question: str
    variants: tuple[str, ...]
    answer: str
    phone_script: str
    keywords: tuple[str, ...]
    basis: tuple[CitedPolicy, ...]
    effective_from: date
    expires_on: date | None
    withdrawn_reason: str | None
    revision: int
    showable: bool
    audience: str
    region: str
    clarifying: tuple[Clarifying, ...]
    review_by: date | None
    submitted_at: datetime | None
    has_draft: bool

    @property
    def content(self) -> PairContent:
        """What its author wrote."""
        return PairContent(
            area=self.area,
            unit=self.unit_key,
            question=self.question,
            variants=self.variants,
            answer=self.answer,
            phone_script=self.phone_script,
            effective_from=self.effective_from,
            expires_on=self.expires_on,
            keywords=self.keywords,
            basis=tuple(Basis(cited.key, cited.article) for cited in self.basis),
            audience=self.audience,
            region=self.region,
            clarifying=self.clarifying,
            review_by=self.review_by,
        )


class _Current(NamedTuple):
    """A pair in its current version, as ``_CURRENT`` selects it."""

    pair_id: int
    key: str
    status: PairStatus
    area: PolicyArea
    effective_from: date
    expires_on: date | None
    withdrawn_reason: str | None
    revision: int
    unit_key: str
    unit_name: str
    version_id: int
    number: int
    question: str
    answer: str
    phone_script: str
    keywords: list[str]
    audience: str
    region: str
    clarifying: list[dict[str, str]]
    review_by: date | None
    submitted_at: datetime | None
    draft_version_id: int | None
    ground_reason: str | None


class _Cited(NamedTuple):
    """A citation of a version, as ``_CITED`` selects it after the version's id."""

    key: str
    title: str
    document_number: str
    article: str | None
    validity: Validity
    invalid_since: date | None
    effective_from: date | None
    is_public: bool

    @property
    def shown(self) -> CitedPolicy:
        return CitedPolicy(self.key, self.title, self.document_number, self.article, self.validity)


# Columns and statements made once: a caller waits, and mapped objects made anew for
# sixteen candidates take longer than the search for them.
_CURRENT = (
    sa_select(
        col(QAPair.id),
        col(QAPair.key),
        col(QAPair.status),
        col(QAPair.area),
        col(QAPair.effective_from),
        col(QAPair.expires_on),
        col(QAPair.withdrawn_reason),
        col(QAPair.revision),
        col(Unit.key),
        col(Unit.name),
        col(QAVersion.id),
        col(QAVersion.number),
        col(QAVersion.question),
        col(QAVersion.answer),
        col(QAVersion.phone_script),
        col(QAVersion.keywords),
        col(QAVersion.audience),
        col(QAVersion.region),
        col(QAVersion.clarifying),
        col(QAPair.review_by),
        col(QAPair.submitted_at),
        col(QAPair.draft_version_id),
        col(QAPair.ground_reason),
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
    )
    .join_from(PairBasis, PolicyDocument, col(PolicyDocument.id) == PairBasis.document_id)
    .where(col(PairBasis.version_id).in_(bindparam("version_ids", expanding=True)))
    .order_by(col(PairBasis.version_id), col(PairBasis.position))
)


def last_version_numbers(session: Session, pair_ids: Sequence[int]) -> dict[int, int]:
    """The number of each pair's newest version, by the pair's id."""
    statement = (
        select(QAVersion.pair_id, func.max(QAVersion.number))
        .where(col(QAVersion.pair_id).in_(pair_ids))
        .group_by(col(QAVersion.pair_id))
    )
    return dict(session.exec(statement).all())


def basis_documents(session: Session, version_id: int | None) -> list[PolicyDocument]:
    """The documents a version rests on, in their order."""
    statement = (
        select(PolicyDocument)
        .join(PairBasis, col(PairBasis.document_id) == PolicyDocument.id)
        .where(PairBasis.version_id == version_id)
        .order_by(col(PairBasis.position))
    )
    return list(session.exec(statement).all())


def pair_content(session: Session, pair: QAPair) -> PairContent:
    """What the pair tells now."""
    return view_pairs(session, [stored_id(pair)], day=pair.effective_from)[0].content


def version_in_work(session: Session, pair: QAPair) -> QAVersion:
    """The version being written or reviewed; of a pair that is not, the one it tells."""
    return session.get_one(QAVersion, pair.draft_version_id or pair.current_version_id)


def has_work(pair: QAPair) -> bool:
    """Whether something about the pair waits to be reviewed."""
    return pair.draft_version_id is not None or pair.status is not PairStatus.PUBLISHED


def list_versions(session: Session, pair: QAPair) -> Sequence[QAVersion]:
    """Every version of the pair, the newest first."""
    statement = select(QAVersion).where(QAVersion.pair_id == pair.id)
    return session.exec(statement.order_by(col(QAVersion.number).desc())).all()


def author_of(version: QAVersion) -> RecordedActor:
    """Return who wrote the version."""
    return RecordedActor(version.author, version.author_person_id, version.author_key_id)


def find_version(session: Session, pair: QAPair, number: int) -> QAVersion | None:
    """The pair's version of this number, or None."""
    statement = select(QAVersion).where(QAVersion.pair_id == pair.id, QAVersion.number == number)
    return session.exec(statement).first()


def version_content(session: Session, version: QAVersion) -> PairContent:
    """What an author wrote in this version."""
    cited = _basis(session, [stored_id(version)]).get(stored_id(version), [])
    return PairContent(
        area=version.area,
        unit=session.get_one(Unit, version.unit_id).key,
        question=version.question,
        variants=tuple(version.variants),
        answer=version.answer,
        phone_script=version.phone_script,
        effective_from=version.effective_from,
        expires_on=version.expires_on,
        keywords=tuple(version.keywords),
        basis=tuple(Basis(one.key, one.article) for one in cited),
        audience=version.audience,
        region=version.region,
        clarifying=tuple(Clarifying(**asked) for asked in version.clarifying),
        review_by=version.review_by,
    )


def view_pairs(
    session: Session, pair_ids: Iterable[int], *, day: date, with_variants: bool = True
) -> list[PairView]:
    """The pairs of ``pair_ids`` in that order; unknown ids are left out.

    ``with_variants`` can be left out where an answer alone is wanted, a caller waiting.
    """
    wanted = list(pair_ids)
    if not wanted:
        return []
    rows = [_Current(*row) for row in read_columns(session, _CURRENT, {"pair_ids": wanted})]
    variants = _variants(session, wanted) if with_variants else {}
    basis = _basis(session, [row.version_id for row in rows])
    views = {
        row.pair_id: _view(
            row,
            variants=variants.get(row.pair_id, ()),
            basis=basis.get(row.version_id, ()),
            day=day,
        )
        for row in rows
    }
    return [views[pair_id] for pair_id in wanted if pair_id in views]


def find_by_keys(session: Session, keys: Sequence[str]) -> dict[str, QAPair]:
    """The pairs that have one of ``keys``, by key."""
    statement = select(QAPair).where(col(QAPair.key).in_(keys))
    return {pair.key: pair for pair in session.exec(statement).all()}


def find_by_question_keys(session: Session, keys: Sequence[str]) -> list[QAPair]:
    """The pairs that ask one of the questions, oldest first."""
    statement = select(QAPair).where(col(QAPair.question_key).in_(keys)).order_by(col(QAPair.id))
    return list(session.exec(statement).all())


def _variants(session: Session, pair_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
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
    found: dict[int, list[_Cited]] = {}
    if version_ids:
        rows = read_columns(session, _CITED, {"version_ids": version_ids})
        for version_id, *cited in rows:
            found.setdefault(version_id, []).append(_Cited(*cited))
    return found


def _view(
    row: _Current, *, variants: tuple[str, ...], basis: Sequence[_Cited], day: date
) -> PairView:
    return PairView(
        pair_id=row.pair_id,
        key=row.key,
        version=row.number,
        status=row.status,
        area=row.area,
        unit_key=row.unit_key,
        unit_name=row.unit_name,
        question=row.question,
        variants=variants,
        answer=row.answer,
        phone_script=row.phone_script,
        keywords=tuple(row.keywords),
        basis=tuple(cited.shown for cited in basis),
        effective_from=row.effective_from,
        expires_on=row.expires_on,
        withdrawn_reason=row.withdrawn_reason,
        revision=row.revision,
        showable=is_showable(row, basis, day),
        audience=row.audience,
        region=row.region,
        clarifying=tuple(Clarifying(**asked) for asked in row.clarifying),
        review_by=row.review_by,
        submitted_at=row.submitted_at,
        has_draft=row.draft_version_id is not None,
    )
