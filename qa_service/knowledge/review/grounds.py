"""Reasons for publishing an answer without a public basis (先入库后公开), and their list.

The gate opens only with the written reason of a second person: neither an author or submitter
of the answer nor the signer of its last stage.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from qa_service.accounts.actor import Actor, RecordedActor
from qa_service.accounts.acts import Act
from qa_service.accounts.audit import record
from qa_service.accounts.authority import Within
from qa_service.accounts.permissions import GRANTS, Permission
from qa_service.clock import beijing_day
from qa_service.errors import FieldProblem, ForbiddenError, InvalidInputError
from qa_service.knowledge.models import QAPair, QAVersion, audit_subject, stored_id
from qa_service.knowledge.pairs import queries
from qa_service.knowledge.pairs.service import content_in_work
from qa_service.knowledge.review_models import GroundStatement, Review
from qa_service.knowledge.rules import obstacles_to_publishing
from qa_service.text.normalise import display_clean
from qa_service.vocabulary import REASON_CHARACTERS, AuditAction, PairStatus, Stage

REASON_MINIMUM = 12
"""Least number of characters with meaning in a reason."""
_DISTINCT_MINIMUM = 6
_EMPTY_PHRASES = re.compile(
    "同意|无异议|没有异议|无意见|没有意见|情况属实|经审核|经研究|审核通过|可以公开|可以发布|予以发布|"
    "予以公开|请予|符合要求|符合规定|符合条件|按规定办理|按规定|特此说明|已阅|已核|已审|知悉|收到|通过|"
    "公开|发布|可以|没有|暂无|略|无|好的|好|是|行|ok|yes|no|null|none"
)
_SIGNS = re.compile(r"[\W_]")


class InvalidGroundError(InvalidInputError):
    """The reason says nothing, or is too long."""

    code = "invalid_ground"
    title = "理由有误"


class NotYourGroundError(ForbiddenError):
    """The actor may not write this reason; the message gives the reason."""

    code = "not_your_ground"
    title = "不能由您说明理由"


@dataclass(frozen=True, slots=True)
class Groundless:
    """A published answer without a public basis, with the reason and its writer."""

    pair_id: int
    key: str
    question: str
    unit_id: int
    obstacles: tuple[str, ...]
    reason: str
    author: str
    author_id: int | None
    written_at: datetime | None


def lacks_ground(session: Session, pair: QAPair, *, now: datetime) -> tuple[str, ...]:
    """Return what the basis of the version in work lacks that a reason can replace."""
    content = content_in_work(session, pair)
    basis = queries.basis_documents(session, queries.version_in_work(session, pair).id)
    told, kept = (
        obstacles_to_publishing(
            content.expires_on,
            basis,
            beijing_day(now),
            ground_reason=reason,
            effective_from=content.effective_from,
        )
        for reason in (None, "stated")
    )
    return tuple(one for one in told if one not in kept)


def state_ground(
    session: Session,
    pair: QAPair,
    reason: str,
    *,
    seen_hash: str,
    last_stage: Stage | None,
    by: Actor,
    now: datetime,
) -> GroundStatement:
    """Store the reason of a second person for the version in work.

    ``seen_hash`` is the hash of the content that was shown, ``last_stage`` the stage whose
    signer must be another person. Raises NotYourGroundError, InvalidGroundError, or
    PersonKeyRequiredError for a system.
    """
    by.require_person(Act.SIGN_PAIR)
    refusal = why_not_state(session, pair, last_stage=last_stage, by=by)
    if refusal:
        raise NotYourGroundError(refusal)
    version = queries.version_in_work(session, pair)
    if seen_hash != content_in_work(session, pair).review_hash():
        raise InvalidGroundError("问答在您填写期间已修改，理由没有保存；请按新的内容核对后再提交")
    reason = display_clean(reason)
    _check_reason(reason)
    ground = GroundStatement(
        pair_id=stored_id(pair),
        version_id=stored_id(version),
        reason=reason,
        seen_hash=seen_hash,
        author=by.name,
        author_person_id=by.person_id,
        author_key_id=by.api_key_id,
        created_at=now,
    )
    session.add(ground)
    session.flush()
    record(
        session,
        AuditAction.SIGNATURE,
        actor=by,
        now=now,
        subject=audit_subject(pair),
        given="说明无公开依据的理由",
        version=f"第 {version.number} 版",
    )
    return ground


def why_not_state(
    session: Session, pair: QAPair, *, last_stage: Stage | None, by: Actor
) -> str | None:
    """Return why, in Chinese, ``by`` may not write the reason; None if permitted."""
    if not may_state(by, pair):
        return "理由由审核人、督查或管理员填写"
    involved = [*_writers(session, pair), *queries.submitter_of(pair)]
    if any(by.is_same_person_as(one) for one in involved):
        return "理由应由起草人、送审人以外的人填写"
    version = queries.version_in_work(session, pair)
    if any(by.is_same_person_as(one) for one in _signers(session, pair, version, last_stage)):
        return "您已签署最后一审，理由应由另一人填写"
    return None


def may_state(by: Actor, pair: QAPair) -> bool:
    """Return whether a role of ``by`` allows the reason, apart from the authorship."""
    return by.authority.holds(GRANTS[Permission.STATE_GROUNDS], {pair.unit_id})


def newest_ground(session: Session, pair: QAPair, seen_hash: str) -> GroundStatement | None:
    """Return the newest reason written for just this content, or None."""
    statement = (
        select(GroundStatement)
        .where(GroundStatement.pair_id == pair.id, GroundStatement.seen_hash == seen_hash)
        .order_by(col(GroundStatement.id).desc())
    )
    return session.exec(statement.limit(1)).first()


def newest_grounds(session: Session, hashes: Mapping[int, str]) -> dict[int, GroundStatement]:
    """Return what ``newest_ground`` returns of each pair, by the hashes of their contents."""
    statement = select(GroundStatement).where(col(GroundStatement.pair_id).in_(list(hashes)))
    found = session.exec(statement.order_by(col(GroundStatement.id))).all()
    return {one.pair_id: one for one in found if one.seen_hash == hashes[one.pair_id]}


def writer_of(ground: GroundStatement) -> RecordedActor:
    """Return the person who wrote the reason."""
    return RecordedActor(ground.author, ground.author_person_id, ground.author_key_id)


def groundless_pairs(
    session: Session, *, day: date, within: Within = None, after: int = 0, limit: int = 50
) -> list[Groundless]:
    """Return at most ``limit`` published pairs that a reason opened the gate for, by id."""
    statement = (
        select(QAPair, QAVersion)
        .join(QAVersion, col(QAVersion.id) == QAPair.current_version_id)
        .where(
            QAPair.status == PairStatus.PUBLISHED,
            col(QAPair.ground_reason).is_not(None),
            col(QAPair.id) > after,
        )
        .order_by(col(QAPair.id))
        .limit(limit)
    )
    if within is not None:
        statement = statement.where(col(QAPair.unit_id).in_(within))
    return [_groundless(session, pair, version, day) for pair, version in session.exec(statement)]


def _groundless(session: Session, pair: QAPair, version: QAVersion, day: date) -> Groundless:
    """Return the line of one pair; earlier releases kept no writer of the reason."""
    statement = (
        select(GroundStatement)
        .where(
            GroundStatement.version_id == version.id,
            GroundStatement.reason == pair.ground_reason,
        )
        .order_by(col(GroundStatement.id).desc())
    )
    ground = session.exec(statement.limit(1)).first()
    basis = queries.basis_documents(session, version.id)
    return Groundless(
        pair_id=stored_id(pair),
        key=pair.key,
        question=version.question,
        unit_id=pair.unit_id,
        obstacles=obstacles_to_publishing(None, basis, day, effective_from=version.effective_from),
        reason=pair.ground_reason or "",
        author=ground.author if ground else "",
        author_id=ground.author_person_id if ground else None,
        written_at=ground.created_at if ground else None,
    )


def _check_reason(reason: str) -> None:
    """Raise InvalidGroundError unless the reason says something."""
    said = _EMPTY_PHRASES.sub("", _SIGNS.sub("", reason).lower())
    if len(reason) > REASON_CHARACTERS:
        message = f"最多 {REASON_CHARACTERS} 个字，请精简"
    elif len(said) < REASON_MINIMUM or len(set(said)) < _DISTINCT_MINIMUM:
        message = (
            f"请写明为什么没有公开的依据、为什么仍可公开（至少 {REASON_MINIMUM} 个字，"
            "“同意”“按规定”等不算）"
        )
    else:
        return
    raise InvalidGroundError(message, problems=(FieldProblem("ground", message),))


def _signers(
    session: Session, pair: QAPair, version: QAVersion, stage: Stage | None
) -> list[RecordedActor]:
    """Return the people who signed a stage of the present round."""
    statement = select(Review).where(
        Review.version_id == version.id, Review.round == pair.round, Review.stage == stage
    )
    return [
        RecordedActor(one.signer, one.signer_person_id, one.signer_key_id)
        for one in session.exec(statement).all()
    ]


def _writers(session: Session, pair: QAPair) -> list[RecordedActor]:
    """Return the authors of the pair's versions."""
    statement = select(QAVersion).where(QAVersion.pair_id == pair.id)
    return [queries.author_of(version) for version in session.exec(statement).all()]
