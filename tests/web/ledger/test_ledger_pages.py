from datetime import timedelta
from urllib.parse import quote

import pytest
from visitor import Browse, Browser

from qa_service.clock import FixedClock
from qa_service.vocabulary import Role

QUESTIONS = {"养老": "火星养老院怎么预约", "纳税": "月球商店怎么报税"}


@pytest.fixture
def registrar(operator: Browser) -> Browser:
    """An operator who has registered one question in each of two fields."""
    for area, question in QUESTIONS.items():
        path = operator.post("/consultations", question=question, area=area).headers["location"]
        assert operator.post(f"{path}/registration").status_code == 303
    return operator


class TestLedgerPage:
    def test_lists_entries_with_unit_and_days_left(self, registrar: Browser) -> None:
        page = registrar.get("/ledger").text
        for shown in (*QUESTIONS.values(), "ZX20261124-0002", "2026-12-01", "剩 5 个工作日"):
            assert shown in page

    def test_filters_by_unit_and_state(self, registrar: Browser) -> None:
        page = registrar.get("/ledger?unit=human-resources&state=assigned&due=").text
        assert QUESTIONS["养老"] in page
        assert QUESTIONS["纳税"] not in page

    @pytest.mark.parametrize(
        "words",
        [
            "zx20261124-0002",
            "0002",
            "月球 报税",
            " 商店怎么 ",
            "月球 報稅",
            "ＺＸ２０２６１１２４－０００２",
        ],
    )
    def test_finds_an_entry_by_its_number_or_the_words_of_its_question(
        self, registrar: Browser, words: str
    ) -> None:
        page = registrar.get(f"/ledger?q={quote(words)}").text
        assert QUESTIONS["纳税"] in page
        assert QUESTIONS["养老"] not in page

    def test_offers_the_same_entries_as_a_file_to_those_who_may_export(
        self, registrar: Browser, browse: Browse
    ) -> None:
        assert "export.xlsx" not in registrar.get("/ledger?q=月球&state=assigned").text
        page = browse("ducha", Role.SUPERVISOR).get("/ledger?q=月球&state=assigned").text
        assert f"/ledger/export.xlsx?state=assigned&amp;q={quote('月球')}" in page

    def test_an_unknown_filter_is_no_filter(self, registrar: Browser) -> None:
        assert QUESTIONS["纳税"] in registrar.get("/ledger?due=never&state=lost").text

    @pytest.mark.parametrize(
        ("days", "due", "words"),
        [(7, "today", "今日到期"), (6, "soon", "临期"), (9, "overdue", "超期 2 个工作日")],
    )
    def test_tells_in_words_how_the_deadline_stands(
        self,
        registrar: Browser,
        clock: FixedClock,
        browse: Browse,
        *,
        days: int,
        due: str,
        words: str,
    ) -> None:
        assert "没有符合条件的登记" in registrar.get(f"/ledger?due={due}").text
        clock.instant += timedelta(days=days)
        page = browse("later").get(f"/ledger?due={due}").text
        assert QUESTIONS["养老"] in page
        assert words in page


class TestEntryPage:
    def test_shows_the_proof_and_what_happened(self, registrar: Browser) -> None:
        page = registrar.get("/ledger/ZX20261124-0001").text
        for shown in ("第 5 个工作日", "周末", "首次登记", "按所选领域", "zuoxi"):
            assert shown in page

    def test_an_unknown_number_is_told_so(self, operator: Browser) -> None:
        answer = operator.get("/ledger/ZX20991231-0001")
        assert answer.status_code == 404
        assert "没有这条台账" in answer.text
