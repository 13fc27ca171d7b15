"""The door before what citizens send: other sites, programs, floods, and people without scripts."""

from datetime import timedelta

import pytest
from desk_forms import form_of, leave, leave_and_keep
from fastapi.testclient import TestClient
from httpx import Response
from public_desk import signed_desk
from sqlmodel import func, select

from qa_service.clock import FixedClock
from qa_service.ledger.models import LedgerEntry
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.web.desk.writing import wider_network

ASKED = "火星养老院怎么预约"


@pytest.fixture
def desk(services: Services) -> TestClient:
    services.settings.desk_work = 100
    services.settings.desk_per_minute = 1_000
    return TestClient(signed_desk(services), follow_redirects=False)


def send(desk: TestClient, hidden: dict[str, str], **headers: str) -> Response:
    return desk.post("/desk/ask", data={**hidden, "question": ASKED}, headers=headers)


def registered(services: Services) -> int:
    with session_scope(services.database, read_only=True) as session:
        return session.exec(select(func.count()).select_from(LedgerEntry)).one()


class TestOtherSites:
    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://["},
        ],
    )
    def test_cannot_send_a_form(
        self, desk: TestClient, services: Services, headers: dict[str, str]
    ) -> None:
        found = send(desk, form_of(desk.get("/desk/ask")), **headers)
        assert found.status_code == 403
        assert "请在本网站的页面上填写" in found.text
        assert registered(services) == 0

    @pytest.mark.parametrize(
        "headers",
        [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://testserver"}, {}],
    )
    def test_but_its_own_pages_can(self, desk: TestClient, headers: dict[str, str]) -> None:
        assert send(desk, form_of(desk.get("/desk/ask")), **headers).status_code == 200


class TestPrograms:
    def test_that_fill_in_what_nobody_sees_are_refused(
        self, desk: TestClient, services: Services
    ) -> None:
        hidden = {**form_of(desk.get("/desk/ask")), "website": "https://spam.example"}
        assert send(desk, hidden).status_code == 403
        assert registered(services) == 0

    def test_cannot_make_a_form_change_one_or_use_that_of_another_act(
        self, desk: TestClient, services: Services, clock: FixedClock
    ) -> None:
        hidden = form_of(desk.get("/desk/ask"))
        issued, challenge, signed = hidden["form"].split(".")
        later = int(issued) - 3_600
        other = form_of(desk.get("/desk/answers/test-card/wrong"))
        for form in ("", "1.2.3", f"{later}.{challenge}.{signed}", other["form"], "‮.‮.‮"):
            found = send(desk, {**hidden, "form": form})
            assert (form, found.status_code) == (form, 422)
            assert "页面已过期" in found.text
            assert ASKED in found.text
        assert registered(services) == 0

    @pytest.mark.parametrize("solution", ["", "x", "W10=", "bnVsbA==", "W" * 4_000])
    def test_that_skip_the_work_must_wait_like_people(
        self, desk: TestClient, services: Services, solution: str
    ) -> None:
        hidden = {**form_of(desk.get("/desk/ask")), "solution": solution}
        found = send(desk, hidden)
        assert found.status_code == 422
        assert "提交太快" in found.text
        assert registered(services) == 0

    def test_cannot_bring_the_work_of_another_form(self, desk: TestClient) -> None:
        done, fresh = (form_of(desk.get("/desk/ask")) for _ in range(2))
        assert send(desk, {**fresh, "solution": done["solution"]}).status_code == 422

    def test_a_form_ends_after_some_hours(self, desk: TestClient, clock: FixedClock) -> None:
        hidden = form_of(desk.get("/desk/ask"))
        clock.instant += timedelta(hours=7)
        found = send(desk, hidden)
        assert found.status_code == 422
        assert "页面打开太久" in found.text
        assert send(desk, form_of(found)).status_code == 200


class TestWithoutScripts:
    def test_a_person_may_send_a_few_at_a_human_pace(
        self, desk: TestClient, services: Services, clock: FixedClock
    ) -> None:
        found = []
        for n in range(4):
            hidden = form_of(desk.get("/desk/ask"), works=False)
            clock.instant += timedelta(seconds=30)
            sent = {**hidden, "question": f"火星第{n}养老院怎么预约"}
            found.append(desk.post("/desk/ask", data=sent))
        assert [one.status_code for one in found] == [200, 200, 200, 429]
        assert "着急的请拨打 12345" in found[-1].text
        assert "火星第3养老院怎么预约" in found[-1].text
        assert registered(services) == 3

    def test_the_form_says_what_to_do(self, desk: TestClient) -> None:
        assert "20 秒后再提交" in desk.get("/desk/ask").text


class TestFloods:
    def test_an_address_may_send_so_many_an_hour(
        self, desk: TestClient, services: Services
    ) -> None:
        services.settings.desk_writes_per_hour = 2
        found = [leave(desk, f"火星第{n}养老院怎么预约") for n in range(3)]
        assert [one.status_code for one in found] == [200, 200, 429]
        assert int(found[-1].headers["retry-after"]) > 60
        assert "您所在的网络提交太多" in found[-1].text
        assert desk.get("/desk").status_code == 200
        assert registered(services) == 2

    def test_what_comes_without_the_work_is_counted_for_the_network_around_it_too(
        self, services: Services, clock: FixedClock
    ) -> None:
        """Somebody with a network of their own does not use up what is kept for all."""
        services.settings.desk_work, statuses = 100, []
        application = signed_desk(services)
        for number in range(17):
            desk = TestClient(application, client=(f"2001:db8:7:{number:x}::1", 1))
            form = form_of(desk.get("/desk/ask"), works=False)
            clock.instant += timedelta(seconds=30)
            statuses.append(send(desk, {**form, "question": ""}).status_code)
        assert statuses[-2:] == [429, 429]
        assert 429 not in statuses[:-2]

    def test_so_may_the_network_around_it(self, services: Services) -> None:
        services.settings.desk_work = 100
        services.settings.desk_writes_per_hour = 1
        app = signed_desk(services)
        found = [
            leave(TestClient(app, client=(f"203.0.113.{n}", 1)), f"火星第{n}养老院怎么预约")
            for n in range(1, 7)
        ]
        assert [one.status_code for one in found] == [200] * 5 + [429]

    def test_number_and_code_are_not_tried_by_the_form_of_a_rating_either(
        self, desk: TestClient
    ) -> None:
        receipt = leave_and_keep(desk, ASKED)
        wrong = [{**receipt, "code": f"{n:010d}"} for n in range(20)]
        found = [desk.post("/desk/question/rating", data=one) for one in wrong]
        assert [one.status_code for one in found] == [404] * 20
        right = desk.post("/desk/question/rating", data=receipt)
        assert right.status_code == 429
        assert int(right.headers["retry-after"]) > 0
        assert ASKED not in right.text

    @pytest.mark.parametrize(
        ("address", "network"),
        [
            ("203.0.113.7", "203.0.113.0/24"),
            ("2001:db8:1:2::3", "2001:db8:1::/48"),
            ("testclient", "testclient/wider"),
        ],
    )
    def test_a_network_is_that_of_one_site(self, address: str, network: str) -> None:
        assert wider_network(address) == network

    def test_a_form_longer_than_any_is_not_read(self, desk: TestClient, services: Services) -> None:
        fields = {**form_of(desk.get("/desk/ask")), "question": "火" * 30_000}
        assert desk.post("/desk/ask", data=fields).status_code == 413
        assert registered(services) == 0

    def test_a_crawler_that_sends_everything_everywhere_leaves_nothing_and_is_slowed(
        self, desk: TestClient, services: Services
    ) -> None:
        """It follows every form it finds, with junk in every field, as fast as it can."""
        services.settings.desk_per_minute = 20
        statuses = []
        forms = ("/desk/ask", "/desk/question", "/desk/question/rating")
        paths = (*forms, "/desk/answers/test-card/wrong", "/desk/answers/test-card/rating")
        junk = ("", "'\"><svg onload=1>", "％００" * 100, "a" * 20_000, "ZX20261124-0001")
        for path in paths:
            for said in junk:
                names = ("question", "complaint", "contact", "number", "code", "form", "solution")
                fields = dict.fromkeys((*names, "satisfaction", "area", "still"), said)
                statuses.append(desk.post(path, data=fields).status_code)
                statuses.append(desk.get(path, params={"q": said}).status_code)
        assert set(statuses) <= {200, 403, 404, 405, 422, 429}
        assert statuses.count(429) >= 20
        assert registered(services) == 0


class TestTurnedOff:
    def test_there_is_no_form_and_no_link_to_one(
        self, desk: TestClient, services: Services
    ) -> None:
        services.settings.desk_writing = False
        for path in ("/desk/ask", "/desk/question", "/desk/answers/test-card/wrong"):
            assert desk.get(path).status_code == 404
            assert desk.post(path).status_code == 404
        for path in ("/desk", "/desk/answers/test-card", "/desk/search?q=火星养老院"):
            assert "留言" not in desk.get(path).text
