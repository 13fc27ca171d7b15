"""Read-only selections of the bank for services, pages and the index."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func
from sqlmodel import Session, col, select

from qa_service.accounts.models import Unit
from qa_service.knowledge.content import Basis, PairContent
from qa_service.knowledge.models import (
    PairBasis,
    PairStatus,
    PolicyDocument,
    QAPair,
    QAVersion,
    QuestionVariant,
    Validity,
)
from qa_service.knowledge.rules import is_showable
from qa_service.policy_field import PolicyField


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
    field: PolicyField
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

    @property
    def content(self) -> PairContent:
        """What its author wrote."""
        return PairContent(
            field=self.field,
            unit=self.unit_key,
            question=self.question,
            variants=self.variants,
            answer=self.answer,
            phone_script=self.phone_script,
            effective_from=self.effective_from,
            expires_on=self.expires_on,
            keywords=self.keywords,
            basis=tuple(Basis(cited.key, cited.article) for cited in self.basis),
        )


@dataclass(frozen=True, slots=True)
class PairPage:
    """One page of pairs, and the id to go on after; None on the last."""

    items: tuple[PairView, ...]
    next_after: int | None


def stored_id(row: QAPair | QAVersion | PolicyDocument) -> int:
    """The id of a row that was flushed; raises ValueError for one that was not."""
    if row.id is None:
        raise ValueError("row was not flushed")
    return row.id


def last_version_numbers(session: Session, pair_ids: Sequence[int]) -> dict[int, int]:
    """The number of each pair's newest version, by the pair's id."""
    statement = (
        select(QAVersion.pair_id, func.max(QAVersion.number))
        .where(col(QAVersion.pair_id).in_(pair_ids))
        .group_by(col(QAVersion.pair_id))
    )
    return dict(session.exec(statement).all())


def basis_documents(session: Session, pair: QAPair) -> list[PolicyDocument]:
    """The documents the pair's current version rests on, in their order."""
    statement = (
        select(PolicyDocument)
        .join(PairBasis, col(PairBasis.document_id) == PolicyDocument.id)
        .where(PairBasis.version_id == pair.current_version_id)
        .order_by(col(PairBasis.position))
    )
    return list(session.exec(statement).all())


def pair_content(session: Session, pair: QAPair) -> PairContent:
    """What the pair says now."""
    return view_pairs(session, [stored_id(pair)], day=pair.effective_from)[0].content


def view_pairs(
    session: Session, pair_ids: Iterable[int], *, day: date, with_variants: bool = True
) -> list[PairView]:
    """The pairs of ``pair_ids`` in that order; unknown ids are left out.

    ``with_variants`` can be left out where an answer alone is wanted, a caller waiting.
    """
    wanted = list(pair_ids)
    statement = (
        select(QAPair, QAVersion, Unit)
        .join(QAVersion, col(QAVersion.id) == QAPair.current_version_id)
        .join(Unit, col(Unit.id) == QAPair.unit_id)
        .where(col(QAPair.id).in_(wanted))
    )
    rows = session.exec(statement).all()
    variants = _variants(session, wanted) if with_variants else {}
    basis = _basis(session, [version.id for _, version, _ in rows if version.id is not None])
    views = {
        stored_id(pair): _view(
            pair,
            version,
            unit,
            variants=variants.get(stored_id(pair), ()),
            basis=basis.get(version.id or 0, ()),
            day=day,
        )
        for pair, version, unit in rows
    }
    return [views[pair_id] for pair_id in wanted if pair_id in views]


def list_pairs(
    session: Session,
    *,
    day: date,
    field: PolicyField | None = None,
    status: PairStatus | None = None,
    after: int = 0,
    limit: int = 50,
) -> PairPage:
    """Pairs by id, ``limit`` at a time."""
    statement = select(QAPair.id).where(col(QAPair.id) > after).order_by(col(QAPair.id))
    if field is not None:
        statement = statement.where(QAPair.field == field)
    if status is not None:
        statement = statement.where(QAPair.status == status)
    ids = [pair_id for pair_id in session.exec(statement.limit(limit + 1)).all() if pair_id]
    page = tuple(view_pairs(session, ids[:limit], day=day))
    return PairPage(page, ids[limit - 1] if len(ids) > limit else None)


def published_ids(session: Session) -> list[int]:
    """The ids of every published pair, ascending."""
    statement = (
        select(QAPair.id).where(QAPair.status == PairStatus.PUBLISHED).order_by(col(QAPair.id))
    )
    return [pair_id for pair_id in session.exec(statement).all() if pair_id is not None]


def all_ids(session: Session) -> list[int]:
    """The ids of every pair, ascending."""
    found = session.exec(select(QAPair.id).order_by(col(QAPair.id))).all()
    return [pair_id for pair_id in found if pair_id is not None]


def changed_ids(session: Session, *, after_revision: int) -> list[int]:
    """The ids of the pairs published or withdrawn after a revision, in that order."""
    statement = (
        select(QAPair.id).where(QAPair.revision > after_revision).order_by(col(QAPair.revision))
    )
    return [pair_id for pair_id in session.exec(statement).all() if pair_id is not None]


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


_Cited = tuple[PairBasis, PolicyDocument]


def _basis(session: Session, version_ids: Sequence[int]) -> dict[int, tuple[_Cited, ...]]:
    statement = (
        select(PairBasis, PolicyDocument)
        .join(PolicyDocument, col(PolicyDocument.id) == PairBasis.document_id)
        .where(col(PairBasis.version_id).in_(version_ids))
        .order_by(col(PairBasis.version_id), col(PairBasis.position))
    )
    found: dict[int, list[_Cited]] = {}
    for basis, document in session.exec(statement).all():
        found.setdefault(basis.version_id, []).append((basis, document))
    return {version_id: tuple(cited) for version_id, cited in found.items()}


def _view(
    pair: QAPair,
    version: QAVersion,
    unit: Unit,
    *,
    variants: tuple[str, ...],
    basis: tuple[_Cited, ...],
    day: date,
) -> PairView:
    return PairView(
        pair_id=stored_id(pair),
        key=pair.key,
        version=version.number,
        status=pair.status,
        field=pair.field,
        unit_key=unit.key,
        unit_name=unit.name,
        question=version.question,
        variants=variants,
        answer=version.answer,
        phone_script=version.phone_script,
        keywords=tuple(version.keywords),
        basis=tuple(
            CitedPolicy(
                key=document.key,
                title=document.title,
                document_number=document.document_number,
                article=cited.article,
                validity=document.validity,
            )
            for cited, document in basis
        ),
        effective_from=pair.effective_from,
        expires_on=pair.expires_on,
        withdrawn_reason=pair.withdrawn_reason,
        revision=pair.revision,
        showable=is_showable(pair, (document for _, document in basis), day),
    )
