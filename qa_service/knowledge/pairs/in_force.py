"""The versions of pairs that were in force on a past day, by their days of effect.

Of a pair, the newest published version whose first day is not after the day asked decides: a
later correction with the same first day goes before what it corrected. Withdrawn pairs count
only if they ran out or fell with a document, because their answers were right until then; one
that somebody withdrew for another reason is never shown again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from qa_service.accounts.models import Unit
from qa_service.clock import beijing_day
from qa_service.knowledge.models import PairBasis, PairChange, QAPair, QAVersion, stored_id
from qa_service.knowledge.pairs.queries import (
    CitedPolicy,
    PairView,
    holds_reviewed,
    version_content,
)
from qa_service.knowledge.policy_models import FallenAnswer, PolicyDocument, PolicyEnding
from qa_service.knowledge.review_models import GroundStatement
from qa_service.knowledge.rules import NO_LONGER_PUBLIC, obstacles_to_publishing
from qa_service.vocabulary import EndingState, PairStatus


@dataclass(slots=True)
class _History:
    """The publications of some pairs: last change of each version, and what fell with documents."""

    changes: dict[tuple[int, int], PairChange] = field(default_factory=dict)
    published: set[tuple[int, int]] = field(default_factory=set)
    fallen: set[tuple[int, str]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Cited:
    """The citations of some versions, by the version's id, and documents about to end."""

    rows: Mapping[int, Sequence[tuple[PairBasis, PolicyDocument]]]
    ending: frozenset[int]

    def documents(self, version: QAVersion) -> list[PolicyDocument]:
        """Return the documents that a version cites."""
        return [document for _, document in self.rows.get(stored_id(version), ())]

    def shown(self, version: QAVersion) -> tuple[CitedPolicy, ...]:
        """Return the citations of a version as shown with its answer."""
        return tuple(
            CitedPolicy(
                document.key,
                document.title,
                document.document_number,
                basis.article,
                document.validity,
                document.invalid_since,
                basis.verified,
            )
            for basis, document in self.rows.get(stored_id(version), ())
        )


def first_day_known(session: Session) -> date | None:
    """Return the first day of effect of any version that was published; None without one."""
    statement = (
        select(func.min(QAVersion.effective_from))
        .join(QAPair, col(QAPair.id) == QAVersion.pair_id)
        .where(QAPair.status != PairStatus.DRAFT)
    )
    return session.exec(statement).one()


def views_in_force(session: Session, pair_ids: Sequence[int], *, day: date) -> list[PairView]:
    """Return the pairs as they were in force on ``day``, in the order of ``pair_ids``.

    A pair that was not in force then is left out: no published version had begun, it had run
    out, or a document it cites was not in force.
    """
    pairs = {
        stored_id(pair): pair
        for pair in session.exec(select(QAPair).where(col(QAPair.id).in_(pair_ids))).all()
    }
    chosen = _versions_on(session, pairs, day)
    cited = _cited(session, list(chosen.values()), day)
    return [
        _view(session, pairs[pair_id], chosen[pair_id], cited)
        for pair_id in pair_ids
        if pair_id in chosen and _basis_held(session, pairs[pair_id], chosen[pair_id], cited, day)
    ]


def formerly_in_force(session: Session, *, day: date) -> list[PairView]:
    """Return the pairs whose answer in force on ``day`` is not the one published now, by id."""
    current = select(QAVersion.number).where(QAVersion.id == QAPair.current_version_id)
    statement = (
        select(PairChange.pair_id)
        .join(QAPair, col(QAPair.id) == PairChange.pair_id)
        .where(
            PairChange.kind == PairStatus.PUBLISHED,
            or_(
                col(QAPair.status) != PairStatus.PUBLISHED,
                col(PairChange.version) != current.scalar_subquery(),
            ),
        )
        .order_by(col(PairChange.pair_id))
        .distinct()
    )
    views = views_in_force(session, session.exec(statement).all(), day=day)
    told = _told_now(session, [view.pair_id for view in views])
    return [view for view in views if told.get(view.pair_id) != view.version]


def _told_now(session: Session, pair_ids: Sequence[int]) -> dict[int, int]:
    """Return the number of the version that is published now, by pair id."""
    statement = (
        select(QAVersion.pair_id, QAVersion.number)
        .join(QAPair, col(QAPair.current_version_id) == QAVersion.id)
        .where(col(QAPair.id).in_(pair_ids), QAPair.status == PairStatus.PUBLISHED)
    )
    return dict(session.exec(statement).all())


def _versions_on(session: Session, pairs: Mapping[int, QAPair], day: date) -> dict[int, QAVersion]:
    """Return the version of each pair that had begun on ``day`` and had not run out."""
    statement = select(QAVersion).where(col(QAVersion.pair_id).in_(pairs))
    by_pair: dict[int, list[QAVersion]] = {}
    for version in session.exec(statement.order_by(col(QAVersion.number).desc())).all():
        by_pair.setdefault(version.pair_id, []).append(version)
    history = _history(session, list(pairs))
    found = {}
    for pair_id, versions in by_pair.items():
        on_day = _version_on(session, pairs[pair_id], versions, history, day)
        if on_day is not None:
            found[pair_id] = on_day
    return found


def _version_on(
    session: Session,
    pair: QAPair,
    versions: Sequence[QAVersion],
    history: _History,
    day: date,
) -> QAVersion | None:
    """Return the version of ``versions``, the newest first, that was in force on ``day``."""
    told = [one for one in versions if _was_published(pair, one, history)]
    if not told or not _stood(session, pair, told[0], history):
        return None
    begun = next((one for one in told if one.effective_from <= day), None)
    if begun is None or not _stood(session, pair, begun, history):
        return None
    return None if begun.expires_on and begun.expires_on < day else begun


def _was_published(pair: QAPair, version: QAVersion, history: _History) -> bool:
    is_reviewed = version.id == pair.current_version_id and holds_reviewed(pair)
    return is_reviewed or (version.pair_id, version.number) in history.published


def _stood(session: Session, pair: QAPair, version: QAVersion, history: _History) -> bool:
    """Return whether the version was never withdrawn but for having run out or lost its basis."""
    is_current = version.id == pair.current_version_id
    last = history.changes.get((version.pair_id, version.number))
    if is_current and pair.status is PairStatus.PUBLISHED:
        return True
    if (version.pair_id, version.content_hash) in history.fallen:
        return True
    if last is None or last.kind is PairStatus.PUBLISHED:
        return not is_current
    return _ran_out(version, last.changed_at) or (is_current and _lost_basis(session, pair))


def _ran_out(version: QAVersion, withdrawn_at: datetime) -> bool:
    return version.expires_on is not None and beijing_day(withdrawn_at) > version.expires_on


def _lost_basis(session: Session, pair: QAPair) -> bool:
    """Return whether the pair was withdrawn because a document it cites ended or was closed.

    For documents that ended by a file, which leaves no ``PolicyEnding``, and closed ones.
    """
    statement = (
        select(PolicyDocument)
        .join(PairBasis, col(PairBasis.document_id) == PolicyDocument.id)
        .where(PairBasis.version_id == pair.current_version_id)
    )
    cited = session.exec(statement).all()
    ended = {f"依据《{one.title}》已{one.validity}" for one in cited}
    closed = {f"依据《{one.title}》{NO_LONGER_PUBLIC}" for one in cited}
    return pair.withdrawn_reason in ended | closed


def _history(session: Session, pair_ids: Sequence[int]) -> _History:
    found = _History()
    changes = select(PairChange).where(col(PairChange.pair_id).in_(pair_ids))
    for change in session.exec(changes.order_by(col(PairChange.id))).all():
        found.changes[change.pair_id, change.version] = change
        if change.kind is PairStatus.PUBLISHED:
            found.published.add((change.pair_id, change.version))
    fallen = (
        select(FallenAnswer.pair_id, FallenAnswer.content_hash)
        .join(PolicyEnding, col(PolicyEnding.id) == FallenAnswer.ending_id)
        .where(
            col(FallenAnswer.pair_id).in_(pair_ids),
            col(PolicyEnding.state).in_((EndingState.PROPOSED, EndingState.CONFIRMED)),
        )
    )
    found.fallen = set(session.exec(fallen).all())
    return found


def _cited(session: Session, versions: Sequence[QAVersion], day: date) -> _Cited:
    """Return what the versions cite; ``ending`` holds documents whose proposed end has come."""
    statement = (
        select(PairBasis, PolicyDocument)
        .join(PolicyDocument, col(PolicyDocument.id) == PairBasis.document_id)
        .where(col(PairBasis.version_id).in_([one.id for one in versions]))
        .order_by(col(PairBasis.version_id), col(PairBasis.position))
    )
    rows: dict[int, list[tuple[PairBasis, PolicyDocument]]] = {}
    for basis, document in session.exec(statement).all():
        rows.setdefault(basis.version_id, []).append((basis, document))
    ending = select(PolicyEnding.document_id).where(
        PolicyEnding.state == EndingState.PROPOSED, col(PolicyEnding.invalid_since) <= day
    )
    return _Cited(rows, frozenset(session.exec(ending).all()))


def _basis_held(
    session: Session, pair: QAPair, version: QAVersion, cited: _Cited, day: date
) -> bool:
    """Return whether every document that the version cites was in force on ``day``."""
    documents = cited.documents(version)
    if any(stored_id(document) in cited.ending for document in documents):
        return False
    ground = _ground(session, pair, version)
    return not obstacles_to_publishing(version.expires_on, documents, day, ground_reason=ground)


def _ground(session: Session, pair: QAPair, version: QAVersion) -> str | None:
    """Return the reason for which the version was published without a public basis, if any."""
    if version.id == pair.current_version_id:
        return pair.ground_reason
    statement = select(GroundStatement.reason).where(GroundStatement.version_id == version.id)
    return session.exec(statement.order_by(col(GroundStatement.id).desc())).first()


def _view(session: Session, pair: QAPair, version: QAVersion, cited: _Cited) -> PairView:
    is_current = version.id == pair.current_version_id
    return PairView(
        pair_id=stored_id(pair),
        key=pair.key,
        version=version.number,
        status=pair.status,
        unit_name=session.get_one(Unit, version.unit_id).name,
        content=version_content(session, version),
        citations=cited.shown(version),
        withdrawn_reason=pair.withdrawn_reason,
        revision=pair.revision,
        showable=True,
        submitted_at=None,
        has_draft=pair.draft_version_id is not None,
        adopted_from=pair.adopted_from if is_current else version.adopted_from,
        cites_public_only=all(one.is_public for one in cited.documents(version)),
    )
