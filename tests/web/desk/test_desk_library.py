"""The policy library of the desk: documents that are out, ended ones too, and their feeds."""

import re
from datetime import date
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient
from public_desk import KEY, LAW, QUESTION, set_law, signed_desk
from sqlalchemy import update

from qa_service.consultation.desk.answers import answers_resting_on, list_answers
from qa_service.knowledge.models import PairBasis, PolicyDocument
from qa_service.knowledge.policies.record.full_text import store_text
from qa_service.services import Services
from qa_service.storage.engine import session_scope
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

    def test_a_long_text_is_read_a_page_at_a_time_and_found_by_the_article_cited(
        self, desk: TestClient, services: Services
    ) -> None:
        law = set_law(services)
        said = "用人单位应当自行申报、按时足额缴纳社会保险费。"
        lines = [f"第{number}条 {said * 20}" for number in range(1, 131)]
        with session_scope(services.database) as session:
            document = session.get_one(PolicyDocument, law)
            text = "\n".join(("第一章 总则", *lines[:60], "第二章 缴费", *lines[60:]))
            store_text(session, document, text)
            session.execute(update(PairBasis).values(article="第一百条第二款"))
        path = f"/desk/policies/{law}"
        first = desk.get(path)
        assert len(first.content) < 45_000
        assert "第 1 页，共 9 页" in first.text
        assert f'<a href="{path}?page=5#heading-2">第二章 缴费</a>' in first.text
        assert 'id="article-100"' not in first.text
        cited = desk.get(f"{path}?article=100").text
        assert f'<p id="article-100">第100条 {said}' in cited
        assert f'<a class="button" href="{path}?page=8#text" rel="next">下一页</a>' in cited
        assert "第 9 页，共 9 页" in desk.get(f"{path}?page=4000").text
        assert desk.get(f"{path}?page=0").status_code == 422
        link = f'href="{path}?article=100#article-100"'
        assert link in desk.get(f"/desk/answers/{KEY}").text
        assert link in desk.get("/desk/search", params={"q": QUESTION}).text

    def test_the_answers_that_rest_on_a_document_come_by_pages(
        self, desk: TestClient, services: Services
    ) -> None:
        law, day, after = set_law(services), date(2026, 11, 24), 0
        with session_scope(services.database) as session:
            session.execute(update(PairBasis).values(document_id=law))
            every = [one.key for one in answers_resting_on(session, law, day=day)]
            assert len(every) > 6
            found: list[str] = []
            while after is not None:
                page = list_answers(session, day=day, resting_on=law, after=after, limit=3)
                found += [one.key for one in page.items]
                after = page.next_after
        assert found == every
        path = f"/desk/policies/{law}"
        assert "没有更多可以公开的答复" in desk.get(f"{path}?after=9999").text

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
