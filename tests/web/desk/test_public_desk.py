"""The public desk: what a citizen finds there, and what is never shown."""

import json
import re
from collections.abc import Callable
from datetime import date
from xml.etree import ElementTree

import pytest
from actors import person
from fastapi.testclient import TestClient
from public_desk import (
    HIDING,
    KEY,
    QUESTION,
    set_law,
    set_pair,
    set_version,
    signed_desk,
)
from sqlmodel import func, select

from qa_service.consultation.models import Consultation
from qa_service.knowledge.pairs.queries import find_by_keys
from qa_service.knowledge.pairs.service import withdraw_pair
from qa_service.ledger.models import LedgerEntry
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.web.desk.answering import network_of

ANSWER = "持卡人可带有效身份证件"
"""Stands in the answer alone, not in its question."""

PAGE = f"/desk/answers/{KEY}"
LISTS = (
    "/desk",
    "/desk/answers",
    "/desk/feed.atom",
    "/desk/sitemap.xml",
    "/desk/booklets/print",
)


@pytest.fixture
def desk(services: Services) -> TestClient:
    return TestClient(signed_desk(services), follow_redirects=False)


def search(desk: TestClient, question: str, **more: str) -> str:
    answer = desk.get("/desk/search", params={"q": question, **more})
    assert answer.status_code == 200
    return answer.text


def verdicts(page: str) -> list[str]:
    return re.findall(r'data-verdict="(\w+)"', page)


def end_soon(services: Services) -> None:
    """The first page then names the answer among those that end."""
    set_pair(services, expires_on=date(2026, 12, 10))


def shows(desk: TestClient, path: str) -> bool:
    page = desk.get(path).text
    return QUESTION in page or re.search(rf"{KEY}(?![\w-])", page) is not None


class TestSearch:
    def test_tells_the_answer_with_its_basis(self, desk: TestClient) -> None:
        page = search(desk, QUESTION)
        assert verdicts(page)[0] == "answered"
        assert ANSWER in page
        assert "中华人民共和国社会保险法" in page
        assert f'href="{PAGE}"' in page

    def test_offers_what_may_be_meant(self, desk: TestClient) -> None:
        page = search(desk, "社保卡")
        assert verdicts(page) == ["offered"]
        assert "您是不是想问" in page
        assert QUESTION in page
        assert ANSWER not in page

    def test_says_whom_to_ask_where_nothing_fits(self, desk: TestClient) -> None:
        page = search(desk, "火星移民基地几点开门")
        assert verdicts(page) == ["unmatched"]
        assert 'href="tel:12345"' in page

    def test_keeps_to_the_area(self, desk: TestClient) -> None:
        assert ANSWER not in search(desk, QUESTION, area="养老")

    @pytest.mark.parametrize(
        ("typed", "told"), [("", "没有文字"), ("？！", "没有文字"), ("问" * 201, "超过 200 个字")]
    )
    def test_says_what_is_wrong_and_loses_nothing(
        self, desk: TestClient, typed: str, told: str
    ) -> None:
        answer = desk.get("/desk/search", params={"q": typed})
        assert answer.status_code == 422
        assert told in answer.text
        assert f'value="{typed}"' in answer.text

    def test_stores_nothing_of_the_question(self, desk: TestClient, services: Services) -> None:
        answer = desk.get("/desk/search", params={"q": "我叫王小明，13600001234，火星低保"})
        assert answer.headers["cache-control"] == "private, no-cache"
        with session_scope(services.database, read_only=True) as session:
            for table in (Consultation, LedgerEntry):
                assert session.exec(select(func.count()).select_from(table)).one() == 0


class TestAnswer:
    def test_has_basis_days_unit_link_and_code(self, desk: TestClient) -> None:
        page = desk.get(PAGE).text
        for text in (ANSWER, "政策依据", "生效日期", "2025-01-01", "人力资源", "朗读"):
            assert text in page
        assert f'value="http://testserver{PAGE}"' in page
        code = desk.get(f"{PAGE}/qr.svg")
        assert code.headers["content-type"] == "image/svg+xml"
        assert code.text.startswith("<svg")

    def test_is_described_for_search_engines(self, desk: TestClient) -> None:
        found = re.search(
            r'<script type="application/ld\+json">(.*?)</script>', desk.get(PAGE).text
        )
        assert found
        page = json.loads(found[1])
        assert page["@type"] == "FAQPage"
        assert page["mainEntity"][0]["name"] == QUESTION
        assert ANSWER in page["mainEntity"][0]["acceptedAnswer"]["text"]

    def test_cannot_end_the_script_that_describes_it(
        self, desk: TestClient, services: Services
    ) -> None:
        set_version(services, answer="</script><script>window.ran=1</script>")
        page = desk.get(PAGE).text
        assert "</script><script>" not in page
        assert "<script>window" not in page

    def test_names_the_public_address_where_there_is_one(
        self, desk: TestClient, services: Services
    ) -> None:
        services.settings.desk_url = "https://desk.example/wen"
        for path in (PAGE, "/desk/feed.atom", "/desk/sitemap.xml", "/desk/opensearch.xml"):
            answer = desk.get(path, headers={"Host": "evil.example"})
            assert "https://desk.example/wen/desk/" in answer.text
            assert "evil.example" not in answer.text


class TestHidden:
    """What everybody may not read today is not there, whatever QA_TELL_UNSIGNED says."""

    @pytest.mark.parametrize("hide", HIDING.values(), ids=HIDING)
    def test_is_nowhere(
        self, desk: TestClient, services: Services, hide: Callable[[Services], object]
    ) -> None:
        end_soon(services)
        for path in (*LISTS, PAGE):
            assert (path, shows(desk, path)) == (path, True)
        hide(services)
        assert ANSWER not in search(desk, QUESTION)
        for path in LISTS:
            assert (path, shows(desk, path)) == (path, False)
        assert desk.get(PAGE).status_code == desk.get(f"{PAGE}/qr.svg").status_code == 404

    def test_unless_its_basis_is_missing_from_a_reasoned_answer(
        self, desk: TestClient, services: Services
    ) -> None:
        """A second person's reason stands for a public basis, but opens no document."""
        set_pair(services, ground_reason="先入库后公开")
        set_law(services, is_public=False)
        assert desk.get(PAGE).status_code == 404

    def test_what_was_withdrawn_is_gone_from_search_feed_and_caches(
        self, desk: TestClient, services: Services
    ) -> None:
        end_soon(services)
        tags = {path: desk.get(path).headers["etag"] for path in (*LISTS, PAGE)}
        for path, tag in tags.items():
            kept = desk.get(path, headers={"If-None-Match": tag})
            assert (path, kept.status_code, kept.content) == (path, 304, b"")
            assert kept.headers["cache-control"] == "public, no-cache"
        with session_scope(services.database) as session:
            pair = find_by_keys(session, [KEY])[KEY]
            now = services.clock.now()
            withdraw_pair(session, pair, "有误", now=now, by=person("shenhe"))
        for path in LISTS:
            fresh = desk.get(path, headers={"If-None-Match": tags[path]})
            assert (path, fresh.status_code) == (path, 200)
            assert not shows(desk, path)
        gone = desk.get(PAGE, headers={"If-None-Match": tags[PAGE]})
        assert (gone.status_code, gone.headers["cache-control"]) == (404, "no-store")
        assert ANSWER not in search(desk, QUESTION)


class TestLists:
    def test_of_an_area_and_an_audience(self, desk: TestClient, services: Services) -> None:
        set_version(services, audience="退休人员")
        assert '<option value="退休人员">退休人员</option>' in desk.get("/desk").text
        assert shows(desk, "/desk/answers?area=就业创业&audience=退休人员")
        assert not shows(desk, "/desk/answers?area=养老")
        assert "没有符合条件" in desk.get("/desk/answers?audience=学生").text

    def test_feed_of_an_area(self, desk: TestClient) -> None:
        names = {"a": "http://www.w3.org/2005/Atom"}
        feed = ElementTree.fromstring(desk.get("/desk/feed.atom?area=养老").content)  # noqa: S314
        titles = [one.text for one in feed.findall("a:entry/a:title", names)]
        assert len(titles) == 2
        assert "灵活就业人员怎么参加职工养老保险？" in titles
        assert feed.findtext("a:updated", namespaces=names) == "2026-11-24T02:00:00Z"
        assert desk.get("/desk/feed.atom?area=没有的").status_code == 404

    def test_sitemap_and_search_description(self, desk: TestClient) -> None:
        found = ElementTree.fromstring(desk.get("/desk/sitemap.xml").content)  # noqa: S314
        addresses = [one.text for one in found.iter() if one.tag.endswith("loc")]
        assert f"http://testserver{PAGE}" in addresses
        assert len(addresses) == 3 + 11 + 7
        assert "q={searchTerms}" in desk.get("/desk/opensearch.xml").text
        robots = desk.get("/robots.txt").text.splitlines()
        assert robots[0] == "User-agent: *"
        assert "Disallow: /desk/search" in robots
        assert robots[-1] == "Sitemap: http://testserver/desk/sitemap.xml"


class TestReading:
    def test_large_type_stays_on_the_way(self, desk: TestClient) -> None:
        page = desk.get("/desk?type=large").text
        assert '<html lang="zh-CN" class="large">' in page
        assert "/desk/answers?type=large" in page
        assert '<input type="hidden" name="type" value="large">' in page
        assert 'class="large"' not in desk.get("/desk").text

    def test_leaves_no_cookie_and_allows_only_its_own_files(self, desk: TestClient) -> None:
        for path in (*LISTS, PAGE, "/desk/search?q=低保", "/desk/policies", "/desk/nothing"):
            headers = desk.get(path).headers
            assert (path, "set-cookie" in headers) == (path, False)
            assert headers["content-security-policy"].startswith("default-src 'none'; script-src")
            assert headers["referrer-policy"] == "no-referrer"

    def test_too_much_from_one_network_is_told_to_wait(
        self, desk: TestClient, services: Services
    ) -> None:
        services.settings.desk_per_minute = 3
        found = [desk.get("/desk/opensearch.xml").status_code for _ in range(4)]
        assert found == [200, 200, 200, 429]
        told = desk.get("/desk")
        assert "您所在的网络每分钟最多访问 3 次" in told.text
        assert int(told.headers["retry-after"]) > 0
        assert desk.get("/desk/healthz").text == "ok"

    def test_what_takes_long_to_make_is_given_to_one_network_a_few_times_a_minute(
        self, desk: TestClient
    ) -> None:
        found = [desk.get("/desk/sitemap.xml").status_code for _ in range(10)]
        found += [desk.get("/desk/booklets/booklet.pdf?area=投资").status_code]
        assert found == [200] * 10 + [429]
        assert desk.get("/desk").status_code == 200

    @pytest.mark.parametrize(
        ("address", "network"),
        [
            ("203.0.113.7", "203.0.113.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("fe80::1%eth0", "fe80::/64"),
            ("testclient", "testclient"),
        ],
    )
    def test_a_visitor_is_counted_by_what_cannot_be_changed_at_will(
        self, address: str, network: str
    ) -> None:
        assert network_of(address) == network
