"""View models of signing: what a person may sign, what was signed, and what waits."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from qa_service.accounts.actor import Actor
from qa_service.accounts.authority import Within
from qa_service.knowledge.gates import Proofreading, StageRule, statements_of
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.pairs.permissions import may_open
from qa_service.knowledge.pairs.questions import question_of
from qa_service.knowledge.review.progress import ReviewState, open_parts, owed_gates
from qa_service.knowledge.review_models import Review
from qa_service.vocabulary import ReviewPart, Stage, Statement
from qa_service.web.kit.forms import SubmittedForm, member_or_none

DONE = {
    "signed": "已签署，其余审次签齐后自动发布",
    "published": "已签署，各审次签齐，已发布并可检索",
    "returned": "已退回起草人",
    "ground": "理由已记录",
}
"""What was done with a pair, told on the page that follows."""


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A pair in review, as the list shows it."""

    pair_id: int
    key: str
    question: str
    area: str
    submitted_by: str
    submitted_at: datetime
    waits_for: str
    is_mine: bool


@dataclass(frozen=True, slots=True)
class WaitingVariant:
    """A wording that waits for a second person; ``refusal`` is why it may not be this one."""

    suggestion_id: int
    pair_id: int
    question: str
    text: str
    taken_by: str
    refusal: str | None


@dataclass(frozen=True, slots=True)
class SignatureOffer:
    """One signature a person can give: a stage, its parts, and the statements to affirm.

    A stage without 校 has no tick for its parts: the statements are the signature.
    """

    stage: Stage
    parts: tuple[ReviewPart, ...]
    statements: tuple[Statement, ...]
    has_parts: bool

    @property
    def title(self) -> str:
        """Return the heading of the form."""
        if not self.has_parts:
            return self.stage.label
        return f"{self.stage.label}（{'、'.join(part.label for part in self.parts)}）"

    def affirms(self, part: str) -> bool:
        """Return whether the signature covers the part of this value."""
        return part in self.parts


def done_line(session: Session, pair: QAPair | None, done: str, within: Within) -> str | None:
    """Return what was done with a pair, by its question; None without one that may be seen."""
    if pair is None or done not in DONE or not may_open(pair, within):
        return None
    return f"“{question_of(session, pair)}”：{DONE[done]}"


def offers(state: ReviewState, stage: Stage, by: Actor) -> tuple[SignatureOffer, ...]:
    """Return the signatures of ``stage`` that ``by`` can give, one part each where separate."""
    rule = state.table.rule(stage)
    parts = open_parts(state, rule, by) if rule else ()
    if rule is None or not parts:
        return ()
    if rule.proofreading is Proofreading.SEPARATE:
        return tuple(_offer(rule, (part,)) for part in parts)
    return (_offer(rule, parts),)


def stage_offers(rule: StageRule) -> tuple[SignatureOffer, ...]:
    """Return the signatures of a whole stage, for a batch."""
    if rule.proofreading is Proofreading.SEPARATE:
        return tuple(_offer(rule, (part,)) for part in rule.parts)
    return (_offer(rule, rule.parts),)


def affirmed(form: SubmittedForm) -> tuple[Statement, ...]:
    """Return the statements ticked on a form."""
    ticked = (member_or_none(Statement, text) for text in form.texts("statements"))
    return tuple(one for one in ticked if one is not None)


def people_of(reviews: Iterable[Review]) -> set[int]:
    """Return the ids of the accounts that signed."""
    return {one.signer_person_id for one in reviews if one.signer_person_id is not None}


def _offer(rule: StageRule, parts: tuple[ReviewPart, ...]) -> SignatureOffer:
    statements = statements_of(owed_gates(rule, parts))
    return SignatureOffer(rule.stage, parts, statements, has_parts=len(rule.parts) > 1)
