"""Progress of a review: the stages and parts that are signed, and those a person may sign."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from qa_service.accounts.actor import Actor, RecordedActor
from qa_service.accounts.authority import Within
from qa_service.knowledge.gates import Proofreading, StageRule, answered_gates
from qa_service.knowledge.models import QAPair, QAVersion, stored_id
from qa_service.knowledge.pairs import queries
from qa_service.knowledge.pairs.service import content_in_work
from qa_service.knowledge.review.grounds import newest_ground, newest_grounds, writer_of
from qa_service.knowledge.review.plan import MAIN_STAGES, StageTable
from qa_service.knowledge.review_models import Review
from qa_service.vocabulary import Gate, ReviewPart, Stage

ADOPTION_ROUND = 0
"""The round of signatures on a version that was imported; submissions count from 1."""


@dataclass(frozen=True, slots=True)
class ReviewState:
    """The progress of the review; ``next_stages`` are the stages that can be signed now."""

    version: QAVersion
    seen_hash: str
    signed: tuple[Review, ...]
    next_stages: tuple[Stage, ...]
    table: StageTable
    round: int

    @property
    def is_complete(self) -> bool:
        """Return whether every stage of the table is signed."""
        return all(not self.owed_parts(rule) for rule in self.table.rules)

    def owed_parts(self, rule: StageRule) -> tuple[ReviewPart, ...]:
        """Return the parts of a stage that are not signed, or whose gates are not answered."""
        return tuple(part for part in rule.parts if not self._is_signed(rule, part))

    def signed_in(self, stage: Stage) -> tuple[Review, ...]:
        """Return the signatures of one stage."""
        return tuple(review for review in self.signed if review.stage == stage)

    def _is_signed(self, rule: StageRule, part: ReviewPart) -> bool:
        given = [one for one in self.signed_in(rule.stage) if one.part in (part, ReviewPart.BOTH)]
        affirmed = {statement for one in given for statement in one.statements}
        return bool(given) and answered_gates(affirmed) >= set(rule.gates_of(part))


@dataclass(frozen=True, slots=True)
class Involved:
    """The people who may not sign a version: its authors, and who wrote its ground if any."""

    authors: frozenset[RecordedActor]
    ground_writer: RecordedActor | None


def review_state(session: Session, pair: QAPair, *, table: StageTable) -> ReviewState:
    """Return the progress of the review of the version in work."""
    version = queries.version_in_work(session, pair)
    seen_hash = content_in_work(session, pair).review_hash()
    signed = _signed(round_of(session, pair, version, pair.round), seen_hash)
    return _state(version, seen_hash, signed, table, pair.round, is_open=bool(pair.submitted_at))


def adoption_state(session: Session, pair: QAPair, *, table: StageTable) -> ReviewState:
    """Return the progress of signing the published version of a pair that was imported."""
    version = session.get_one(QAVersion, pair.current_version_id)
    seen_hash = queries.pair_content(session, pair).review_hash()
    signed = _signed(round_of(session, pair, version, ADOPTION_ROUND), seen_hash)
    is_open = pair.adopted_from is not None
    return _state(version, seen_hash, signed, table, ADOPTION_ROUND, is_open=is_open)


def adoption_states(
    session: Session, pairs: Sequence[QAPair], *, table: StageTable
) -> list[tuple[ReviewState, Involved]]:
    """Return what ``adoption_state`` returns of each pair, with the people involved.

    It reads all of them at once: a page shows fifty.
    """
    ids = [stored_id(pair) for pair in pairs]
    current = col(QAVersion.id).in_([pair.current_version_id for pair in pairs])
    versions = {one.id: one for one in session.exec(select(QAVersion).where(current)).all()}
    views = queries.view_pairs(session, ids, day=date.min)
    hashes = {view.pair_id: view.content.review_hash() for view in views}
    authors = _all_authors(session, ids)
    grounds = newest_grounds(session, hashes)
    given = select(Review).where(
        Review.round == ADOPTION_ROUND, col(Review.version_id).in_(list(versions))
    )
    reviews: dict[int, list[Review]] = {}
    for review in session.exec(given.order_by(col(Review.id))).all():
        reviews.setdefault(review.pair_id, []).append(review)
    found = []
    for pair, pair_id in zip(pairs, ids, strict=True):
        version, seen_hash = versions[pair.current_version_id], hashes[pair_id]
        signed = _signed(reviews.get(pair_id, ()), seen_hash)
        is_open = pair.adopted_from is not None
        state = _state(version, seen_hash, signed, table, ADOPTION_ROUND, is_open=is_open)
        until = (by for number, by in authors.get(pair_id, ()) if number <= stored_id(version))
        ground = grounds.get(pair_id)
        involved = Involved(frozenset(until), writer_of(ground) if ground else None)
        found.append((state, involved))
    return found


def round_of(session: Session, pair: QAPair, version: QAVersion, number: int) -> Sequence[Review]:
    """Return the signatures and returns of one round on a version, oldest first."""
    statement = select(Review).where(
        Review.pair_id == pair.id, Review.round == number, Review.version_id == version.id
    )
    return session.exec(statement.order_by(col(Review.id))).all()


def why_not(
    session: Session,
    pair: QAPair,
    state: ReviewState,
    stage: Stage,
    by: Actor,
    involved: Involved | None = None,
) -> str | None:
    """Return the reason, in Chinese, that forbids ``by`` to sign ``stage``; None if permitted.

    ``involved`` are the people involved where they were read with many other pairs'.
    """
    rule = state.table.rule(stage)
    if rule is None:
        return f"审校环节中没有{stage.label}"
    if not by.authority.holds({rule.role}, {pair.unit_id}):
        return f"待{stage.label}人员签署"
    people = involved or involved_in(session, pair, state)
    if any(by.is_same_person_as(one) for one in (*people.authors, *queries.submitter_of(pair))):
        return "不能审核自己起草或送审的问答"
    elsewhere = [one for one in state.signed if one.stage != stage]
    if any(by.is_same_person_as(signer_of(review)) for review in elsewhere):
        return "您已签署过这次送审，各审次应由不同的人签署"
    if not open_parts(state, rule, by):
        return "您已签署本审次，另一项（审或校）应由另一人签署"
    writer = people.ground_writer
    if stage == state.table.last_main and writer and by.is_same_person_as(writer):
        return "您写了无公开依据的理由，这一审次应由另一人签署"
    return None


def involved_in(session: Session, pair: QAPair, state: ReviewState) -> Involved:
    """Return the authors of the version to sign, and who wrote the ground of its content."""
    ground = newest_ground(session, pair, state.seen_hash)
    return Involved(_authors(session, pair, state), writer_of(ground) if ground else None)


def open_parts(state: ReviewState, rule: StageRule, by: Actor) -> tuple[ReviewPart, ...]:
    """Return the owed parts of a stage that ``by`` may sign beside those they signed before."""
    owed = state.owed_parts(rule)
    if rule.proofreading is not Proofreading.SEPARATE:
        return owed
    own = {
        review.part
        for review in state.signed_in(rule.stage)
        if by.is_same_person_as(signer_of(review))
    }
    return tuple(part for part in owed if own <= {part})


def owed_gates(rule: StageRule, parts: Iterable[ReviewPart]) -> tuple[Gate, ...]:
    """Return the gates that a signature of ``parts`` answers, in the order of the table."""
    asked = {gate for part in parts for gate in rule.gates_of(part)}
    return tuple(gate for gate in rule.gates if gate in asked)


def signer_of(review: Review) -> RecordedActor:
    """Return the person who signed or returned."""
    return RecordedActor(review.signer, review.signer_person_id, review.signer_key_id)


def last_return(session: Session, pair: QAPair) -> Review | None:
    """Return the latest return to the author that is still unanswered, or None."""
    if pair.submitted_at is not None:
        return None
    version = queries.version_in_work(session, pair)
    given = round_of(session, pair, version, pair.round)
    return next((review for review in reversed(given) if not review.passed), None)


def list_reviews(session: Session, pair: QAPair) -> Sequence[Review]:
    """Return every signature and return of the pair's versions, the newest first."""
    statement = select(Review).where(Review.pair_id == pair.id)
    return session.exec(statement.order_by(col(Review.id).desc())).all()


def pairs_in_review(
    session: Session, *, within: Within = None, after: int = 0, limit: int = 50
) -> list[QAPair]:
    """Return at most ``limit`` pairs in review, by id, of the units ``within`` or of all."""
    # A set read from its index: in the order of ids the database would look at every pair.
    submitted = select(QAPair.id).where(col(QAPair.submitted_at).is_not(None))
    statement = (
        select(QAPair)
        .where(col(QAPair.id).in_(submitted), col(QAPair.id) > after)
        .order_by(col(QAPair.id))
        .limit(limit)
    )
    if within is not None:
        statement = statement.where(col(QAPair.unit_id).in_(within))
    return list(session.exec(statement).all())


def _signed(given: Sequence[Review], seen_hash: str) -> tuple[Review, ...]:
    """Return the signatures on the content as it is now."""
    return tuple(one for one in given if one.passed and one.signed_hash == seen_hash)


def _state(
    version: QAVersion,
    seen_hash: str,
    signed: tuple[Review, ...],
    table: StageTable,
    number: int,
    *,
    is_open: bool,
) -> ReviewState:
    """Return the state, with the first owed main stage and 保密审查 as the next ones."""
    state = ReviewState(version, seen_hash, signed, (), table, number)
    if not is_open:
        return state
    owed = [rule.stage for rule in table.rules if state.owed_parts(rule)]
    main = [stage for stage in owed if stage in MAIN_STAGES][:1]
    beside = [stage for stage in owed if stage not in MAIN_STAGES]
    return ReviewState(version, seen_hash, signed, (*main, *beside), table, number)


def _authors(session: Session, pair: QAPair, state: ReviewState) -> frozenset[RecordedActor]:
    """Return the authors of the version to sign and of all written since the published one."""
    statement = select(QAVersion).where(
        QAVersion.pair_id == pair.id, col(QAVersion.id) <= stored_id(state.version)
    )
    if pair.draft_version_id is not None and state.round != ADOPTION_ROUND:
        statement = statement.where(col(QAVersion.id) > pair.current_version_id)
    return frozenset(queries.author_of(version) for version in session.exec(statement).all())


def _all_authors(
    session: Session, pair_ids: Sequence[int]
) -> dict[int, list[tuple[int, RecordedActor]]]:
    """Return the author of every version of the pairs, with the version's id, by pair."""
    columns = (
        col(QAVersion.pair_id),
        col(QAVersion.id),
        col(QAVersion.author),
        col(QAVersion.author_person_id),
        col(QAVersion.author_key_id),
    )
    statement = sa_select(*columns).where(col(QAVersion.pair_id).in_(pair_ids))
    found: dict[int, list[tuple[int, RecordedActor]]] = {}
    for pair_id, version_id, *author in session.execute(statement).all():
        found.setdefault(pair_id, []).append((version_id, RecordedActor(*author)))
    return found
