"""Citing a document: suggested while it is typed, and found by its number without scripts."""

from pair_pages import PAIR, write
from sqlmodel import select
from visitor import Browser

from qa_service.knowledge.models import PolicyDocument
from qa_service.knowledge.policies.record.content import PolicyContent
from qa_service.knowledge.policies.service import add_policy
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Validity

NAME = str(PAIR["basis_document"])


def add(services: Services, number: int, title: str = "高龄津贴办法") -> None:
    content = PolicyContent(
        key=f"津贴{number}",
        title=title,
        document_number=f"区政办发〔2026〕{number}号",
        issuer="区政府办公室",
        validity=Validity.IN_FORCE,
    )
    with session_scope(services.database) as session:
        add_policy(session, content, now=services.clock.now())


def suggested(browser: Browser, typed: str) -> list[str]:
    answer = browser.get(f"/policies/suggestions?q={typed}")
    assert answer.status_code == 200
    return list(answer.json())


class TestSuggestions:
    def test_hold_every_word_typed_in_title_or_number(self, editor: Browser) -> None:
        assert NAME in suggested(editor, "社会救助 649")
        assert suggested(editor, "社会救助 没有的字") == []

    def test_are_few_however_large_the_library(self, editor: Browser, services: Services) -> None:
        for number in range(15):
            add(services, number)
        assert len(suggested(editor, "津贴")) == 10

    def test_are_for_those_who_are_signed_in(self, stranger: Browser) -> None:
        assert stranger.get("/policies/suggestions?q=甲").status_code == 303

    def test_the_form_holds_no_document_but_those_cited(self, editor: Browser) -> None:
        assert "<option" not in _datalist(editor.get("/pairs/new").text)
        page = editor.get(write(editor)).text
        assert NAME in page
        assert "<option" not in _datalist(page)


class TestTyped:
    def test_the_number_alone_is_enough(self, editor: Browser) -> None:
        page = editor.get(write(editor, basis_document="国务院令第649号")).text
        assert NAME in page

    def test_the_title_alone_is_enough_if_it_is_of_one_document(
        self, editor: Browser, services: Services
    ) -> None:
        add(services, 1)
        path = write(editor, basis_document="高龄津贴办法")
        assert "高龄津贴办法（区政办发〔2026〕1号）" in editor.get(path).text
        add(services, 2)
        refused = editor.post("/pairs/new", **{**PAIR, "basis_document": "高龄津贴办法"})
        assert refused.status_code == 422
        assert "对应多份文件" in refused.text

    def test_every_suggestion_is_found_again(self, editor: Browser, services: Services) -> None:
        add(services, 1)
        add(services, 2)
        with session_scope(services.database, read_only=True) as session:
            count = len(session.exec(select(PolicyDocument)).all())
        names = {name for word in ("津贴", "办法", "法") for name in suggested(editor, word)}
        assert 2 < len(names) <= count
        for name in names:
            answer = editor.post("/pairs/new", **{**PAIR, "answer": "", "basis_document": name})
            assert "政策库中没有" not in answer.text
            assert "对应多份文件" not in answer.text


def _datalist(page: str) -> str:
    start = page.index('<datalist id="documents">')
    return page[start : page.index("</datalist>", start)]
