"""The public desk in other sites: the frame, its script, and JSON; for listed origins alone."""

import re

import pytest
from fastapi.testclient import TestClient
from public_desk import KEY, QUESTION, set_version, signed_desk

from qa_service.services import Services
from qa_service.settings import Settings

SITE = "https://www.example.gov.cn"
UNEMPLOYMENT = "失业保险金怎么领？"


@pytest.fixture
def desk(services: Services) -> TestClient:
    services.settings.desk_origins = f"{SITE}, https://other.example"
    return TestClient(signed_desk(services), follow_redirects=False)


class TestFrame:
    def test_may_be_shown_by_the_listed_sites_alone(self, desk: TestClient) -> None:
        for path in ("/desk/embed", f"/desk/embed/search?q={QUESTION}"):
            headers = desk.get(path).headers
            policy = headers["content-security-policy"]
            assert policy.endswith(f"frame-ancestors https://other.example {SITE}")
            assert "x-frame-options" not in headers
            assert "set-cookie" not in headers
        for path in ("/desk", "/desk/ask", f"/desk/answers/{KEY}"):
            headers = desk.get(path).headers
            assert headers["content-security-policy"].endswith("frame-ancestors 'none'")
            assert headers["x-frame-options"] == "DENY"

    def test_may_be_shown_by_nobody_where_no_site_is_listed(self, services: Services) -> None:
        headers = TestClient(signed_desk(services)).get("/desk/embed").headers
        assert headers["content-security-policy"].endswith("frame-ancestors 'none'")

    def test_searches_and_opens_the_desk_for_the_rest(self, desk: TestClient) -> None:
        page = desk.get("/desk/embed/search", params={"q": QUESTION}).text
        assert 'data-verdict="answered"' in page
        assert "<script" not in page
        link = f'href="http://testserver/desk/answers/{KEY}" target="_blank" rel="noopener"'
        assert link in page
        assert desk.get("/desk/embed/search?q=").status_code == 422

    def test_comes_by_a_script_that_other_sites_may_load(self, desk: TestClient) -> None:
        script = desk.get("/desk/embed/widget.js")
        assert script.headers["content-type"].startswith("text/javascript")
        assert script.headers["cross-origin-resource-policy"] == "cross-origin"
        assert "allow-scripts allow" not in script.text
        # A sandboxed frame is of no origin: its style sheet comes from another one, too.
        styles = desk.get("/static/desk/desk.css").headers
        assert styles["cross-origin-resource-policy"] == "cross-origin"
        kept = {"If-None-Match": script.headers["etag"]}
        assert desk.get("/desk/embed/widget.js", headers=kept).status_code == 304


class TestInterface:
    def test_gives_the_answer_with_its_basis(self, desk: TestClient) -> None:
        found = desk.get("/desk/api/search", params={"q": QUESTION}).json()
        assert found["verdict"] == "answered"
        assert found["answer"]["url"] == f"http://testserver/desk/answers/{KEY}"
        assert found["answer"]["basis"][0]["title"] == "中华人民共和国社会保险法"
        assert desk.get(f"/desk/api/answers/{KEY}").json() == found["answer"]

    def test_offers_or_says_whom_to_call(self, desk: TestClient) -> None:
        offered = desk.get("/desk/api/search", params={"q": "社保卡"}).json()
        assert (offered["verdict"], offered["answer"]) == ("choose", None)
        assert QUESTION in [one["question"] for one in offered["offered"]]
        none = desk.get("/desk/api/search", params={"q": "火星移民基地几点开门"}).json()
        assert (none["verdict"], none["offered"], none["call"]) == ("unmatched", [], "12345")

    def test_never_gives_what_is_hidden(self, desk: TestClient, services: Services) -> None:
        set_version(services, limited_reason="仅涉优抚对象", audience="优抚")
        assert desk.get(f"/desk/api/answers/{KEY}").status_code == 404
        found = desk.get("/desk/api/search", params={"q": QUESTION}).json()
        assert QUESTION not in str(found)

    def test_tells_faults_as_problems(self, desk: TestClient) -> None:
        refused = desk.get("/desk/api/search?q=")
        assert refused.status_code == 422
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["code"] == "unusable_question"

    def test_refuses_an_area_that_is_not_there_and_names_those_that_are(
        self, desk: TestClient
    ) -> None:
        refused = desk.get("/desk/api/search", params={"q": QUESTION, "area": "月球"})
        assert (refused.status_code, refused.json()["code"]) == (422, "unknown_area")
        (problem,) = refused.json()["errors"]
        assert problem["field"] == "area"
        assert "就业创业" in problem["message"]
        assert "不写 area" in problem["message"]
        named = {"q": QUESTION, "area": "就业创业"}
        assert desk.get("/desk/api/search", params=named).json()["verdict"] == "answered"

    def test_may_be_read_by_pages_of_the_listed_sites_alone(self, desk: TestClient) -> None:
        for path in ("/desk/api/search?q=社保卡", "/desk/api/search?q=", "/desk/api/answers/none"):
            for origin, allowed in ((SITE, SITE), ("https://evil.example", None), (None, None)):
                headers = {"Origin": origin} if origin else {}
                answer = desk.get(path, headers=headers)
                assert answer.headers.get("access-control-allow-origin") == allowed
                assert "Origin" in answer.headers["vary"]
        page = desk.get("/desk", headers={"Origin": SITE})
        assert "access-control-allow-origin" not in page.headers


@pytest.mark.parametrize("origins", ["*", "https://a.example/path", "a.example", "https://a b"])
def test_an_origin_that_is_none_is_refused(origins: str) -> None:
    with pytest.raises(ValueError, match="desk_origins"):
        Settings(desk_origins=origins, _env_file=None)  # type: ignore[call-arg]


class TestTopics:
    def test_narrow_lists_and_searches_of_an_area(self, desk: TestClient) -> None:
        page = desk.get("/desk/answers?area=就业创业").text
        assert QUESTION in page
        topic = _topics(page)["失业登记与失业金"]
        narrowed = desk.get(f"/desk/answers?area=就业创业&topic={topic}").text
        assert UNEMPLOYMENT in narrowed
        assert QUESTION not in narrowed
        assert f'value="{topic}" selected' in narrowed
        within = {"area": "就业创业", "topic": topic}
        assert _verdict(desk, q=UNEMPLOYMENT, **within) == "answered"
        assert _verdict(desk, q=QUESTION, **within) != "answered"
        assert _verdict(desk, q=QUESTION, area="就业创业", topic="") == "answered"
        assert _verdict(desk, q=QUESTION, area="就业创业", topic="junk") == "answered"

    def test_an_audience_narrows_a_search(self, desk: TestClient, services: Services) -> None:
        set_version(services, audience="退休人员")
        assert _verdict(desk, q=QUESTION, audience="退休人员") == "answered"
        page = desk.get("/desk/search", params={"q": QUESTION, "audience": "学生"}).text
        assert KEY not in re.findall(r"/desk/answers/([\w-]+)", page)
        assert '<option value="退休人员">退休人员</option>' in page


def _topics(page: str) -> dict[str, str]:
    field = page.split('name="topic">')[1].split("</select>")[0]
    return {name: number for number, name in re.findall(r'value="(\d+)">([^<]+)<', field)}


def _verdict(desk: TestClient, **asked: str) -> str:
    page = desk.get("/desk/search", params=asked).text
    return page.split('data-verdict="')[1].split('"')[0]
