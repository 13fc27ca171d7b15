"""The policy library of the desk: documents that are out, ended ones too, and their feeds."""

import re
from datetime import date
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient
from public_desk import LAW, QUESTION, set_law, signed_desk

from qa_service.services import Services
from qa_service.vocabulary import PublicKind, Validity


@pytest.fixture
def desk(services: Services) -> TestClient:
    return TestClient(signed_desk(services), follow_redirects=False)


class TestPolicyLibrary:
    def test_shows_a_document_with_the_answers_that_rest_on_it(
        self, desk: TestClient, services: Services
    ) -> None:
        law = set_law(
            services,
            link="https://law.example/1",
            interpretation_title="一图读懂社会保险法",
            interpretation_link="https://law.example/read",
        )
        path = f"/desk/policies/{law}"
        assert path in desk.get("/desk/policies?q=社会保险").text
        page = desk.get(path).text
        for text in ("主席令第35号", "2011-07-01", "https://law.example/1", QUESTION):
            assert text in page
        assert '<a href="https://law.example/read" rel="noopener noreferrer">一图读懂社会' in page

    def test_an_ended_one_says_so_and_by_what_it_is_replaced(
        self, desk: TestClient, services: Services
    ) -> None:
        ended = {
            "validity": Validity.REPEALED,
            "invalid_since": date(2026, 11, 1),
            "replaced_by": "失业保险条例",
        }
        page = desk.get(f"/desk/policies/{set_law(services, **ended)}").text
        assert "已废止，请不要再作为办事依据" in page
        assert re.search(r'由<a href="/desk/policies/\d+">《失业保险条例》', page)
        assert "没有可以公开的答复" in page
        assert LAW in desk.get("/desk/policies", params={"validity": "废止"}).text

    def test_a_document_is_subscribed_with_its_end_and_the_answers_that_rest_on_it(
        self, desk: TestClient, services: Services
    ) -> None:
        path = f"/desk/policies/{set_law(services)}/feed.atom"
        assert f'href="{path}"' in desk.get(path.removesuffix("/feed.atom")).text
        assert (QUESTION, "2026-11-24T02:00:00Z") in _entries(desk, path)[1:]
        ended = {"validity": Validity.REPEALED, "invalid_since": date(2026, 11, 24)}
        set_law(services, **ended, replaced_by="失业保险条例", written_at=None)
        title, updated = "中华人民共和国社会保险法", "2026-11-23T16:00:00Z"
        assert _entries(desk, path) == [(title, updated)]
        told = desk.get(path).text
        assert "已废止；失效日期 2026-11-24；由《失业保险条例》" in told
        set_law(services, is_public=False)
        assert desk.get(path).status_code == 404

    @pytest.mark.parametrize(
        "hidden", [{"is_public": False}, {"public_kind": PublicKind.ON_REQUEST}]
    )
    def test_one_that_is_not_public_is_not_there(
        self, desk: TestClient, services: Services, hidden: dict[str, object]
    ) -> None:
        path = f"/desk/policies/{set_law(services, **hidden)}"
        assert desk.get(path).status_code == 404
        assert LAW not in desk.get("/desk/policies").text
        assert path not in desk.get("/desk/sitemap.xml").text


def _entries(desk: TestClient, path: str) -> list[tuple[str | None, str | None]]:
    """Title and time of each entry of a feed."""
    names = {"a": "http://www.w3.org/2005/Atom"}
    feed = ElementTree.fromstring(desk.get(path).content)  # noqa: S314
    return [
        (one.findtext("a:title", namespaces=names), one.findtext("a:updated", namespaces=names))
        for one in feed.findall("a:entry", names)
    ]
