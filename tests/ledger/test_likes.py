from collections.abc import Callable
from datetime import timedelta

import pytest
from desk import MORNING, OPERATOR, Desk, step
from sqlalchemy import Engine
from sqlmodel import Session

from qa_service.ledger import handling
from qa_service.ledger.askers import AskerDetails, contact_hash, keep_asker
from qa_service.ledger.likes import Likeness, alike_entries, earlier_entries
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.routing import route
from qa_service.ledger.service import Matter, register
from qa_service.storage.encryption import FieldCipher
from qa_service.storage.engine import session_scope
from qa_service.text.normalise import normalise
from qa_service.text.tokenise import Tokeniser
from qa_service.workdays.calendar import WorkCalendar

CIPHER = FieldCipher.of(b"k" * 32)
Ask = Callable[..., LedgerEntry]


@pytest.fixture
def ask(calendar: WorkCalendar, tokeniser: Tokeniser) -> Ask:
    def enter(session: Session, question: str, phone: str | None = None) -> LedgerEntry:
        matter = Matter(
            question,
            None,
            None,
            keep_asker(session, AskerDetails(phone=phone), cipher=CIPHER),
            MORNING,
            terms=tokeniser.tokens(normalise(question)),
        )
        return register(
            session,
            matter,
            route=route(session, field=None, nearest_unit=None),
            calendar=calendar,
            workdays=5,
            actor="坐席甲",
            now=MORNING,
        )

    return enter


def find(
    session: Session, tokeniser: Tokeniser, question: str, phone: str = "", days: int = 90
) -> list[tuple[str, Likeness]]:
    found = earlier_entries(
        session,
        terms=tokeniser.tokens(normalise(question)),
        question=question,
        contact_hash=contact_hash(AskerDetails(phone=phone), CIPHER),
        now=MORNING + timedelta(days=30),
        days=days,
    )
    return [(earlier.question, earlier.likeness) for earlier in found]


ASKED = "外商投资企业怎么办理备案"


class TestRepeats:
    @pytest.mark.parametrize("phone", ["13800000000", "138 0000 0000", "+86 138-0000-0000"])
    def test_the_same_caller_is_known_however_the_number_is_written(
        self, ledger: Engine, ask: Ask, tokeniser: Tokeniser, phone: str
    ) -> None:
        with session_scope(ledger) as session:
            ask(session, ASKED, "13800000000")
            ask(session, "托育补贴何时发放", "13900000000")
            found = find(session, tokeniser, "月球上能不能领养老金", phone)
        assert found == [(ASKED, Likeness.SAME_CALLER)]

    @pytest.mark.parametrize(
        "again",
        [
            "外商投资企业备案怎么办理？",
            "请问外商投资企业如何办理备案",
            "外商投资企业怎么办理备案呢",
        ],
    )
    def test_nearly_the_same_question_is_found(
        self, ledger: Engine, ask: Ask, tokeniser: Tokeniser, again: str
    ) -> None:
        with session_scope(ledger) as session:
            ask(session, ASKED)
            assert find(session, tokeniser, again) == [(ASKED, Likeness.SAME_QUESTION)]

    @pytest.mark.parametrize(
        ("asked", "other"),
        [
            ("城镇职工医保怎么参保", "城乡居民医保怎么参保"),
            ("二孩家庭能领多少育儿补贴", "三孩家庭能领多少育儿补贴"),
            (ASKED, "托育机构备案需要什么材料"),
        ],
    )
    def test_a_question_that_differs_where_it_matters_is_not(
        self, ledger: Engine, ask: Ask, tokeniser: Tokeniser, asked: str, other: str
    ) -> None:
        with session_scope(ledger) as session:
            ask(session, asked)
            assert find(session, tokeniser, other) == []

    def test_long_ago_is_forgotten(self, ledger: Engine, ask: Ask, tokeniser: Tokeniser) -> None:
        with session_scope(ledger) as session:
            ask(session, ASKED, "13800000000")
            assert find(session, tokeniser, ASKED, "13800000000", days=20) == []


class TestDuplicatesAmongOpenEntries:
    def test_are_shown_to_the_unit_until_they_are_joined(
        self, ledger: Engine, ask: Ask, tokeniser: Tokeniser
    ) -> None:
        with session_scope(ledger) as session:
            lead, other = ask(session, ASKED), ask(session, ASKED + "？")
            terms = lead.terms.split()

            def alike(besides: LedgerEntry) -> list[str]:
                since = MORNING - timedelta(days=1)
                found = alike_entries(
                    session,
                    terms=terms,
                    question=ASKED,
                    since=since,
                    open_only=True,
                    besides=besides.number,
                )
                return [entry.number for entry in found]

            assert alike(lead) == [other.number]
            handling.join(session, other, lead, step(OPERATOR))
            assert alike(lead) == []
            assert alike(other) == [lead.number]
            Desk(session).accept(lead)
