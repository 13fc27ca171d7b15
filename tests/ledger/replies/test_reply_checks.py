"""A reply is checked again when it is approved, by the words that staff keep then."""

from dataclasses import replace

import pytest
from actors import person
from desk import ANSWER, MORNING, REVIEWER, Desk, Register, step
from sqlalchemy import Engine
from sqlmodel import Session

from qa_service.knowledge.review.check_words import set_check_words
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.replies.reply_checks import ReplyCheckFailedError
from qa_service.ledger.workflow import replies
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import EntryState, Statement

SAID = "在平台填报备案信息即可，全市隆重推出。"


def keep(session: Session, **lists: str) -> None:
    texts = {"blocked": "", "warned": "", "leaders": "", **lists}
    set_check_words(session, **texts, note="增补", by=person("审核甲"), now=MORNING)


def approve(session: Session, entry: LedgerEntry, *, despite_advice: bool = False) -> None:
    replies.approve_reply(
        session,
        entry,
        step(REVIEWER),
        reply=1,
        statements=list(Statement),
        despite_advice=despite_advice,
    )


@pytest.mark.parametrize(
    ("lists", "is_final"),
    [({"blocked": "隆重推出"}, True), ({"warned": "隆重推出"}, False)],
    ids=["blocked", "warned"],
)
def test_a_word_listed_after_drafting_refuses_or_warns(
    ledger: Engine, enter: Register, lists: dict[str, str], is_final: bool
) -> None:
    with session_scope(ledger) as session:
        entry, desk = enter(session, MORNING), Desk(session)
        desk.accept(entry)
        desk.draft(entry, replace(ANSWER, answer=SAID))
        keep(session, **lists)
        with pytest.raises(ReplyCheckFailedError) as refused:
            approve(session, entry, despite_advice=is_final)
        (problem,) = refused.value.problems
        assert problem.field == "answer"
        assert "隆重推出" in problem.message
        assert entry.state is EntryState.DRAFTED
        if not is_final:
            approve(session, entry, despite_advice=True)
            assert entry.state is EntryState.APPROVED
