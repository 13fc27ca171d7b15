from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from actors import person
from sqlmodel import select

from qa_service.consultation.callbacks.contacts import (
    contact_as_heard,
    keep_contact,
    masked_contact,
)
from qa_service.consultation.choosing import choose
from qa_service.consultation.inquiry import RegisterMode
from qa_service.consultation.service import choose_none, find_consultation
from qa_service.ledger.askers.details import AskerDetails, InvalidContactError
from qa_service.ledger.models import Asker, LedgerEntry
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PolicyArea, RoutedBy

Asking = Callable[..., Any]
SAID = "我叫赵敏电话13800001111，社保卡丢了怎么补办？"
TAKER = person("坐席甲")


class TestHeard:
    def test_is_kept_encrypted_and_the_question_is_masked(
        self, asking: Asking, services: Services
    ) -> None:
        held = asking(SAID).consultation
        assert "13800001111" not in held.question
        assert "赵敏" not in held.question
        with session_scope(services.database, read_only=True) as session:
            asker = session.exec(select(Asker)).one()
            assert asker.contact_masked == "138******11"
            assert "13800001111" not in (asker.contact_sealed or "")

    def test_does_not_stand_in_the_way_of_the_search(self, asking: Asking) -> None:
        said, plain = asking(SAID), asking("社保卡丢了怎么补办？")
        assert said.consultation.verdict == plain.consultation.verdict == "answered"
        assert said.consultation.confidence == plain.consultation.confidence

    def test_is_shown_to_its_taker_on_the_day_alone(
        self, asking: Asking, services: Services
    ) -> None:
        held = asking(SAID).consultation
        with session_scope(services.database, read_only=True) as session:
            stored = find_consultation(session, held.id)

            def seen(name: str, days: int) -> AskerDetails:
                now = services.clock.now() + timedelta(days=days)
                return contact_as_heard(
                    session, stored, cipher=services.cipher, actor=person(name), now=now
                )

            assert (seen("坐席甲", 0).name, seen("坐席甲", 0).phone) == ("赵敏", "13800001111")
            assert seen("坐席乙", 0).is_empty
            assert seen("坐席甲", 1).is_empty


class TestTold:
    def test_keeps_a_contact_for_a_later_correction(
        self, asking: Asking, services: Services
    ) -> None:
        held = asking("社保卡丢了怎么补办？").consultation
        now = services.clock.now()
        with session_scope(services.database) as session:
            stored = find_consultation(session, held.id)
            choose(session, stored, held.candidates[0].qa_id, actor=TAKER, now=now)
            given = AskerDetails(phone="023-40000000转12")
            keep_contact(session, stored, given, cipher=services.cipher, actor=TAKER, now=now)
            assert masked_contact(session, stored) == "023*********12"


class TestRegistered:
    def test_unit_and_area_are_the_operators_choice(
        self, asking: Asking, services: Services
    ) -> None:
        held = asking("怎么办理护照", register=RegisterMode.NEVER).consultation
        with session_scope(services.database) as session:
            choose_none(
                session,
                services.consultation,
                find_consultation(session, held.id),
                actor=TAKER,
                now=services.clock.now(),
                unit="education",
                area=PolicyArea.HEALTHCARE,
            )
            entry = session.exec(select(LedgerEntry)).one()
            assert (entry.routed_by, entry.area) == (RoutedBy.OPERATOR, PolicyArea.HEALTHCARE)

    def test_a_wrong_number_is_refused_unless_a_reason_is_given(
        self, asking: Asking, services: Services
    ) -> None:
        held = asking("怎么办理护照", register=RegisterMode.NEVER).consultation
        with session_scope(services.database) as session:
            stored = find_consultation(session, held.id)

            def register(asker: AskerDetails) -> str:
                return choose_none(
                    session,
                    services.consultation,
                    stored,
                    actor=TAKER,
                    now=services.clock.now(),
                    asker=asker,
                )

            with pytest.raises(InvalidContactError):
                register(AskerDetails(phone="123"))
            assert register(AskerDetails(phone="123", unusual="单位内线"))
            assert session.exec(select(Asker.contact_note)).one() == "单位内线"
