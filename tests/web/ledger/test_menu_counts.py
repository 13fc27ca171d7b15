from datetime import timedelta

from callback_entries import await_calls
from httpx import Response
from visitor import Browse, Browser

from qa_service.clock import FixedClock
from qa_service.reporting.pending.items import PendingKind
from qa_service.reporting.pending.tally import PendingTally
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role


class TestRoute:
    def test_tells_the_numbers_of_the_menu(self, operator: Browser, services: Services) -> None:
        await_calls(services, 2)
        operator.post("/consultations", question="火星上怎么养狗")
        found = operator.get("/todo/counts").json()
        assert found == {"/todo": 3, "/callbacks": 2}

    def test_does_not_keep_an_idle_session_alive(
        self, operator: Browser, services: Services, clock: FixedClock
    ) -> None:
        third = timedelta(minutes=services.settings.session_idle_minutes / 3)

        def after_a_while(path: str, **headers: str) -> Response:
            clock.instant += third
            answer = operator.get(path, **headers)
            with session_scope(services.database) as session:
                services.usage.flush(session)
            return answer

        for _ in range(4):
            assert after_a_while("/todo").status_code == 200
        for _ in range(3):
            answer = after_a_while("/todo/counts", **{"X-Background": "counts"})
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login")

    def test_is_for_nobody_without_a_session(self, stranger: Browser) -> None:
        assert stranger.get("/todo/counts").status_code == 303


class TestKinds:
    def test_of_an_operator_count_todays_open_questions_truly(self, operator: Browser) -> None:
        for place in range(12):
            operator.post("/consultations", question=f"火星第{place}街怎么走")
        assert "今日未处理的咨询（12）" in operator.get("/todo").text

    def test_of_an_editor_name_what_the_bank_lacks(self, browse: Browse, operator: Browser) -> None:
        operator.post("/consultations", question="火星第三街怎么走")
        page = browse("bianji", Role.EDITOR).get("/todo").text
        assert "最近 30 天有 1 次咨询在库中没有答案" in page
        assert "待起草的知识缺口" not in operator.get("/todo").text


class TestTally:
    def test_counts_once_in_some_seconds_and_anew_after_a_change(self) -> None:
        seconds, asked = [0.0], []
        tally = PendingTally(lambda: seconds[0])

        def count() -> dict[PendingKind, int]:
            asked.append(seconds[0])
            return {PendingKind.TO_REPLY: len(asked)}

        assert tally.counts(1, count) == tally.counts(1, count) == {PendingKind.TO_REPLY: 1}
        seconds[0] = 1
        tally.forget()
        assert tally.counts(1, count) == {PendingKind.TO_REPLY: 2}
        seconds[0] = 7
        assert tally.counts(1, count) == {PendingKind.TO_REPLY: 3}
        assert tally.counts(2, count) == {PendingKind.TO_REPLY: 4}

    def test_keeps_what_takes_long_from_the_last_full_count(self) -> None:
        seconds = [0.0]
        tally = PendingTally(lambda: seconds[0])
        full = {PendingKind.TO_REPLY: 1, PendingKind.CORRECTION_CALLS: 4}
        assert tally.full_counts(1, full) == full
        seconds[0] = 60
        assert tally.counts(1, lambda: {PendingKind.TO_REPLY: 2}) == {
            PendingKind.TO_REPLY: 2,
            PendingKind.CORRECTION_CALLS: 4,
        }
        assert tally.full_counts(1, {PendingKind.TO_REPLY: 2})[PendingKind.CORRECTION_CALLS] == 0
