from collections.abc import Callable
from datetime import timedelta

import pytest
from actors import person
from desk import MORNING, OPERATOR, Desk, step
from sqlalchemy import Engine
from sqlmodel import Session

from qa_service.ledger.askers.details import AskerDetails, contact_hash, keep_asker
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.routing import route
from qa_service.ledger.service import Registration, register
from qa_service.ledger.similar_entries import earlier_entries, similar_entries
from qa_service.ledger.workflow import assignment
from qa_service.storage.encryption import FieldCipher
from qa_service.storage.engine import session_scope
from qa_service.text.normalise import normalise
from qa_service.text.tokenize import Tokenizer
from qa_service.vocabulary import MatchReason
from qa_service.workdays.calendar import WorkCalendar

CIPHER = FieldCipher.of(b"k" * 32)
Ask = Callable[..., LedgerEntry]


@pytest.fixture
def ask(calendar: WorkCalendar, tokenizer: Tokenizer) -> Ask:
    def enter(session: Session, question: str, phone: str | None = None) -> LedgerEntry:
        registration = Registration(
            question,
            None,
            None,
            keep_asker(session, AskerDetails(phone=phone), cipher=CIPHER),
            MORNING,
            terms=tokenizer.tokens(normalise(question)),
        )
        return register(
            session,
            registration,
            route=route(session, area=None, nearest_unit=None),
            calendar=calendar,
            workdays=5,
            actor=person("坐席甲"),
            now=MORNING,
        )

    return enter


def find(
    session: Session, tokenizer: Tokenizer, question: str, phone: str = "", days: int = 90
) -> list[tuple[str, MatchReason]]:
    found = earlier_entries(
        session,
        terms=tokenizer.tokens(normalise(question)),
        question=question,
        contact_hash=contact_hash(AskerDetails(phone=phone), CIPHER),
        now=MORNING + timedelta(days=30),
        days=days,
    )
    return [(earlier.question, earlier.match_reason) for earlier in found]


ASKED = "外商投资企业怎么办理备案"


class TestRepeats:
    @pytest.mark.parametrize("phone", ["13800000000", "138 0000 0000", "+86 138-0000-0000"])
    def test_the_same_caller_is_known_however_the_number_is_written(
        self, ledger: Engine, ask: Ask, tokenizer: Tokenizer, phone: str
    ) -> None:
        with session_scope(ledger) as session:
            ask(session, ASKED, "13800000000")
            ask(session, "托育补贴何时发放", "13900000000")
            found = find(session, tokenizer, "月球上能不能领养老金", phone)
        assert found == [(ASKED, MatchReason.SAME_CALLER)]

    @pytest.mark.parametrize(
        "again",
        [
            "外商投资企业备案怎么办理？",
            "请问外商投资企业如何办理备案",
            "外商投资企业怎么办理备案呢",
        ],
    )
    def test_nearly_the_same_question_is_found(
        self, ledger: Engine, ask: Ask, tokenizer: Tokenizer, again: str
    ) -> None:
        with session_scope(ledger) as session:
            ask(session, ASKED)
            assert find(session, tokenizer, again) == [(ASKED, MatchReason.SAME_QUESTION)]

    @pytest.mark.parametrize(
        ("asked", "other"),
        [
            ("城镇职工医保怎么参保", "城乡居民医保怎么参保"),
            ("二孩家庭能领多少育儿补贴", "三孩家庭能领多少育儿补贴"),
            (ASKED, "托育机构备案需要什么材料"),
        ],
    )
    def test_a_question_that_differs_where_it_matters_is_not(
        self, ledger: Engine, ask: Ask, tokenizer: Tokenizer, asked: str, other: str
    ) -> None:
        with session_scope(ledger) as session:
            ask(session, asked)
            assert find(session, tokenizer, other) == []

    def test_long_ago_is_forgotten(self, ledger: Engine, ask: Ask, tokenizer: Tokenizer) -> None:
        with session_scope(ledger) as session:
            ask(session, ASKED, "13800000000")
            assert find(session, tokenizer, ASKED, "13800000000", days=20) == []


class TestDuplicatesAmongOpenEntries:
    def test_are_shown_to_the_unit_until_they_are_joined(
        self, ledger: Engine, ask: Ask, tokenizer: Tokenizer
    ) -> None:
        with session_scope(ledger) as session:
            lead, other = ask(session, ASKED), ask(session, ASKED + "？")
            terms = lead.terms.split()

            def alike(besides: LedgerEntry) -> list[str]:
                since = MORNING - timedelta(days=1)
                found = similar_entries(
                    session,
                    terms=terms,
                    question=ASKED,
                    since=since,
                    open_only=True,
                    besides=besides.number,
                )
                return [entry.number for entry in found]

            assert alike(lead) == [other.number]
            assignment.join(session, other, lead, step(OPERATOR))
            assert alike(lead) == []
            assert alike(other) == [lead.number]
            Desk(session).accept(lead)
