"""Word checks of a reply (答复): when it is drafted, and again when it is approved."""

from sqlmodel import Session

from qa_service.errors import FieldProblem, InvalidInputError
from qa_service.knowledge.pairs.record.content import PairContent
from qa_service.knowledge.pairs.record.rules import written_texts
from qa_service.knowledge.review.text_checks import Finding, check_texts, check_told
from qa_service.ledger.models import LedgerReply
from qa_service.ledger.replies.reply_content import REPLY_FIELDS, stored_content

LABELS = {field.name: field.label for field in REPLY_FIELDS}
"""The name of each field of a reply, as pages tell it."""


class ReplyCheckFailedError(InvalidInputError):
    """A reply has faults by the words of today, or advice that the approver did not confirm."""

    code = "reply_check_failed"
    title = "请先核对检查提示"


def typed_findings(session: Session, pair: PairContent) -> tuple[Finding, ...]:
    """Return what the checks find in a reply's texts, given as those of the pair it may become."""
    return tuple(check_texts(session, written_texts(pair)))


def stored_findings(session: Session, reply: LedgerReply) -> tuple[Finding, ...]:
    """Return what the checks of today find in a stored reply, personal numbers too."""
    return tuple(check_told(session, written_texts(stored_content(reply).pair_content(unit=""))))


def check_again(session: Session, reply: LedgerReply, *, despite_advice: bool) -> None:
    """Raise ReplyCheckFailedError for faults, and for advice too unless ``despite_advice``.

    The lists of words may have changed since the reply was drafted.
    """
    found = stored_findings(session, reply)
    if any(one.is_fault for one in found):
        message = "答复含有不得告知的内容，请退回修改"
    elif found and not despite_advice:
        message = "检查有提示，请逐条核对；确认无误的，勾选“知悉以上提示，仍然通过”"
    else:
        return
    problems = tuple(FieldProblem(one.field, one.message) for one in found)
    raise ReplyCheckFailedError(message, problems=problems)
