import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import func, select

from qa_service.accounts.models import Unit
from qa_service.clock import BEIJING
from qa_service.consultation.duplicates.received_again import ExternalIdTakenError
from qa_service.consultation.inquiry import RegisterMode, UnusableQuestionError
from qa_service.consultation.models import Consultation
from qa_service.ledger.askers.details import AskerDetails
from qa_service.ledger.models import Asker, LedgerEntry
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Channel, PolicyArea, RoutedBy

MORNING = datetime(2026, 11, 24, 10, tzinfo=BEIJING)
# No pair of the test bank belongs to this field, so nothing can answer.
UNKNOWN = {"question": "外商投资项目怎么备案？", "area": PolicyArea.INVESTMENT}
PHONE = "13800000000"
NAME = "司徒测试来电人"

LINES = (
    (Path(__file__).parents[1] / "bank" / "qa_pairs.jsonl").read_text(encoding="utf-8").splitlines()
)
# The pair about quarantine rests on a repealed document and is never published.
PAIRS = [pair for pair in map(json.loads, LINES) if pair["key"] != "test-quarantine"]
VARIANTS = [(variant, pair["key"]) for pair in PAIRS for variant in pair["variants"]]

Asking = Callable[..., Any]


def count(services: Services, table: type[Consultation] | type[LedgerEntry] | type[Asker]) -> int:
    with session_scope(services.database, read_only=True) as session:
        return session.exec(select(func.count()).select_from(table)).one()


def unit_key(services: Services, unit_id: int) -> str:
    with session_scope(services.database, read_only=True) as session:
        return session.exec(select(Unit.key).where(Unit.id == unit_id)).one()


class TestFound:
    def test_every_standard_question_is_answered_with_its_own_pair(self, asking: Asking) -> None:
        answered = {pair["question"]: asking(pair["question"]).consultation for pair in PAIRS}
        verdicts = {question: held.verdict for question, held in answered.items()}
        assert verdicts == dict.fromkeys(answered, "answered")
        keys = {question: held.candidates[0].key for question, held in answered.items()}
        assert keys == {pair["question"]: pair["key"] for pair in PAIRS}

    def test_every_variant_finds_its_pair_first(self, asking: Asking) -> None:
        held = {variant: asking(variant).consultation for variant, _ in VARIANTS}
        first = {
            variant: found.candidates[0].key if found.candidates else found.verdict
            for variant, found in held.items()
        }
        assert first == dict(VARIANTS)

    def test_what_is_shown_is_kept_with_the_consultation(
        self, asking: Asking, services: Services
    ) -> None:
        asked = asking("社保卡丢了怎么补办？")
        shown = asked.result.candidates[0]
        with session_scope(services.database, read_only=True) as session:
            kept = session.get_one(Consultation, asked.consultation.id)
            first = kept.candidates[0]
            assert first == shown
            assert (kept.operator, kept.channel) == ("坐席甲", Channel.HOTLINE)
            assert kept.created_at == MORNING
            assert kept.confidence == first.confidence == asked.result.confidence
            assert kept.index_revision == services.index_sync.revision
        assert first.matched_text == "社保卡丢了怎么补办？"
        assert first.content.phone_script
        assert first.basis[0].document_number == "主席令第35号"

    @pytest.mark.parametrize("keyword", ["低保", "社保卡", "发票", "救助 低保", "养犬证"])
    def test_a_keyword_is_offered_pairs_and_not_registered(
        self, asking: Asking, services: Services, keyword: str
    ) -> None:
        asked = asking(keyword)
        assert asked.result.verdict == "choose"
        assert asked.result.candidates
        assert asked.entry is None
        assert count(services, LedgerEntry) == 0

    def test_of_two_matters_both_are_offered_with_what_found_them(self, asking: Asking) -> None:
        found = asking("低保怎么申请，还有社保卡丢了怎么补办").result
        assert found.verdict == "choose"
        assert {"test-dibao", "test-card"} <= {one.key for one in found.candidates[:3]}
        remarks = {remark for one in found.candidates for remark in one.why.differences}
        assert "按“低保怎么申请”查到" in remarks or "按“社保卡丢了怎么补办”查到" in remarks

    def test_what_is_asked_besides_is_told_with_the_answer(self, asking: Asking) -> None:
        found = asking("社保卡丢了怎么补办，手续费要交多少").result
        assert found.verdict == "answered"
        first, *others = found.candidates
        assert first.key == "test-card"
        assert first.why.warnings == ("另问“手续费要交多少”，答案中没有的请另查",)
        assert not any("另问" in remark for one in others for remark in one.why.differences)

    def test_a_found_question_is_not_registered(self, asking: Asking, services: Services) -> None:
        assert asking("低保怎么申请？").entry is None
        assert count(services, LedgerEntry) == 0

    def test_no_more_candidates_than_asked_for_the_surest_first(
        self, asking: Asking, services: Services
    ) -> None:
        shares = [found.confidence for found in asking("怎么申请？").result.candidates]
        assert len(shares) <= services.settings.candidate_limit
        assert shares == sorted(shares, reverse=True)
        found = services.searcher.search(
            "低保怎么申请？", area=None, day=date(2026, 11, 24), limit=1
        )
        assert len(found.candidates) == 1

    def test_only_pairs_of_the_given_field_are_shown(self, asking: Asking) -> None:
        asked = asking("低保怎么申请？", area=PolicyArea.SOCIAL_ASSISTANCE)
        assert asked.consultation.verdict == "answered"
        assert {found.area for found in asked.result.candidates} == {PolicyArea.SOCIAL_ASSISTANCE}
        elsewhere = asking("低保怎么申请？", area=PolicyArea.INVESTMENT)
        assert elsewhere.consultation.verdict == "unmatched"


class TestUnrelated:
    @pytest.mark.parametrize(
        "question",
        [
            "结婚登记需要什么材料",
            "护照过期了怎么换？",
            "今天天气怎么样",
            "asdf qwer zxcv",
            "啊啊啊啊啊",
            "密切接触者要集中隔离几天？",
            "'; DROP TABLE qa_pair; --",
        ],
    )
    def test_is_never_answered_outright(self, asking: Asking, question: str) -> None:
        assert asking(question).consultation.verdict != "answered"

    @pytest.mark.parametrize("question", ["12333", "12366？", "１２３３３"])
    def test_a_short_number_lists_the_pairs_that_hold_it(
        self, asking: Asking, question: str
    ) -> None:
        held = asking(question).consultation
        assert held.verdict == "choose"
        number = "12366" if "6" in question else "12333"
        first = next(pair for pair in PAIRS if pair["key"] == held.candidates[0].key)
        assert number in json.dumps(first, ensure_ascii=False)

    @pytest.mark.parametrize("question", ["2024", "13800000000", "500"])
    def test_another_number_alone_is_refused(self, asking: Asking, question: str) -> None:
        with pytest.raises(UnusableQuestionError, match="没有文字"):
            asking(question)

    def test_an_unusable_question_leaves_nothing(self, asking: Asking, services: Services) -> None:
        with pytest.raises(UnusableQuestionError):
            asking("？？？")
        assert count(services, Consultation) == 0


class TestRegistered:
    def test_once_with_number_unit_of_the_field_and_due_date(
        self, asking: Asking, services: Services
    ) -> None:
        asked = asking(**UNKNOWN)
        assert asked.consultation.verdict == "unmatched"
        assert asked.consultation.candidates == ()
        assert asked.entry.number == "ZX20261124-0001"
        assert asked.entry.due_on == date(2026, 12, 1)
        assert asked.entry.received_at == MORNING
        assert asked.entry.question == UNKNOWN["question"]
        assert asked.entry.routed_by == RoutedBy.FIELD
        assert unit_key(services, asked.entry.unit_id) == "development-reform"
        assert count(services, LedgerEntry) == 1

    def test_without_a_field_an_unlikely_near_pair_tells_no_unit(
        self, asking: Asking, services: Services
    ) -> None:
        asked = asking("图书馆的书丢了怎么赔")
        assert asked.consultation.verdict == "unmatched"
        assert asked.consultation.nearest_unit is None
        assert asked.entry.routed_by == RoutedBy.DEFAULT
        assert unit_key(services, asked.entry.unit_id) == "government-services"

    def test_the_nearest_pair_of_an_unrelated_question_tells_no_unit(self, asking: Asking) -> None:
        asked = asking("asdf qwer zxcv")
        assert asked.consultation.verdict == "unmatched"
        assert asked.entry.routed_by == RoutedBy.DEFAULT

    def test_when_nothing_is_near_it_goes_to_the_default_unit(
        self, asking: Asking, services: Services
    ) -> None:
        # Before the first pair's effective date nothing may be shown.
        early = MORNING.replace(year=2024)
        asked = asking("社保卡丢了怎么补办？", now=early)
        assert asked.consultation.verdict == "unmatched"
        assert asked.consultation.nearest_unit is None
        assert asked.entry.routed_by == RoutedBy.DEFAULT
        assert unit_key(services, asked.entry.unit_id) == "government-services"

    def test_never_leaves_the_ledger_alone(self, asking: Asking, services: Services) -> None:
        asked = asking(**UNKNOWN, register=RegisterMode.NEVER)
        assert asked.consultation.verdict == "unmatched"
        assert asked.entry is None
        assert count(services, LedgerEntry) == 0


class TestAskedAgain:
    def test_the_same_external_id_with_another_question_is_refused_and_nothing_is_lost(
        self, asking: Asking, services: Services
    ) -> None:
        asking(**UNKNOWN, external_id="T-1")
        with pytest.raises(ExternalIdTakenError, match="T-1"):
            asking("低保怎么申请？", external_id="T-1")
        assert asking("低保怎么申请？", external_id="T-2").is_new
        assert count(services, Consultation) == 2

    def test_the_same_external_id_gives_the_first(self, asking: Asking, services: Services) -> None:
        first = asking(**UNKNOWN, external_id="T-1", asker=AskerDetails(phone=PHONE))
        later = MORNING + timedelta(days=1)
        again = asking(**UNKNOWN, external_id="T-1", asker=AskerDetails(phone=PHONE), now=later)
        assert (first.is_new, again.is_new) == (True, False)
        assert again.consultation.id == first.consultation.id
        assert again.consultation.question == UNKNOWN["question"]
        assert again.entry.number == first.entry.number
        counts = [count(services, table) for table in (Consultation, LedgerEntry, Asker)]
        assert counts == [1, 1, 1]

    def test_another_channel_or_no_id_is_another_question(
        self, asking: Asking, services: Services
    ) -> None:
        asking(**UNKNOWN, external_id="T-1")
        assert asking(**UNKNOWN, external_id="T-1", channel=Channel.MAILBOX).is_new
        assert asking(**UNKNOWN).is_new
        assert asking(**UNKNOWN).is_new
        assert count(services, LedgerEntry) == 4


def stored_bytes(data_dir: Path) -> bytes:
    files = sorted(data_dir.glob("qa_service.db*"))
    assert files
    return b"".join(path.read_bytes() for path in files)


class TestPersonalData:
    def test_name_and_phone_are_nowhere_in_the_database_in_plain(
        self, asking: Asking, services: Services
    ) -> None:
        question = (
            f"外商投资项目备案找谁？我叫张三丰，电话{PHONE}，或{PHONE[:3]} {PHONE[3:7]} {PHONE[7:]}"
        )
        asker = AskerDetails(name=NAME, phone=PHONE)
        asked = asking(question, area=PolicyArea.INVESTMENT, asker=asker, external_id="T-1")
        held = stored_bytes(services.settings.data_dir)
        assert asked.entry.question.encode() in held
        for encoding in ("utf-8", "utf-16-le"):
            for secret in (NAME, "张三丰", PHONE, f"{PHONE[:3]} {PHONE[3:7]} {PHONE[7:]}"):
                assert secret.encode(encoding) not in held
        assert b"138******00" in held

    def test_the_name_and_contact_can_be_read_back_for_the_call(
        self, asking: Asking, services: Services
    ) -> None:
        asked = asking(**UNKNOWN, asker=AskerDetails(name=NAME, phone=PHONE))
        assert asked.entry.asker_id == asked.consultation.asker_id
        with session_scope(services.database, read_only=True) as session:
            asker = session.get_one(Asker, asked.entry.asker_id)
            sealed = (asker.name_sealed or "", asker.contact_sealed or "")
        assert tuple(map(services.cipher.decrypt, sealed)) == (NAME, PHONE)
