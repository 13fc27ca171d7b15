from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session

from qa_service.knowledge.policies.record.full_text import (
    PolicyTextTooLongError,
    articles_of,
    search_policies,
    split_articles,
    store_text,
)
from qa_service.knowledge.policies.service import find_policy
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Validity

TEXT = (
    "为了养老，制定本办法。\n第一条 本办法适用于本区。\n含各街道。\n第二条　高龄津贴每月100%发放。"
)


@pytest.fixture
def session(bank: Engine) -> Iterator[Session]:
    with session_scope(bank) as opened:
        yield opened


class TestSplitting:
    def test_gives_each_article_its_label(self) -> None:
        assert list(split_articles(TEXT)) == [
            ("", "为了养老，制定本办法。"),
            ("第一条", "第一条 本办法适用于本区。\n含各街道。"),
            ("第二条", "第二条 高龄津贴每月100%发放。"),
        ]

    @given(st.text(alphabet="第一二条 甲乙\n", max_size=200))
    def test_loses_no_line(self, text: str) -> None:
        kept = [line for _, body in split_articles(text) for line in body.split("\n")]
        assert kept == [
            cleaned for line in text.splitlines() if (cleaned := " ".join(line.split()))
        ]


class TestSearching:
    def test_finds_by_name_number_and_text_with_the_place(self, session: Session) -> None:
        store_text(session, find_policy(session, "养老办法"), TEXT)
        (by_text,) = search_policies(session, "高龄津贴")
        assert (by_text.document.key, by_text.article) == ("养老办法", "第二条")
        assert "高龄津贴每月" in (by_text.excerpt or "")
        assert [one.document.key for one in search_policies(session, "〔2010〕")] == ["旧办法"]

    def test_finds_traditional_characters_and_full_width_digits_in_either_text(
        self, session: Session
    ) -> None:
        store_text(session, find_policy(session, "养老办法"), TEXT)
        store_text(session, find_policy(session, "旧办法"), "第一条 老年優待證免費。")
        for wanted, key in (("高齡津貼每月１００", "养老办法"), ("優待證", "旧办法")):
            (found,) = search_policies(session, wanted)
            assert (found.document.key, bool(found.excerpt)) == (key, True)

    @pytest.mark.parametrize(("wanted", "found"), [("100%", 1), ("1%", 0), ("养_办", 0)])
    def test_takes_every_sign_for_itself(self, session: Session, wanted: str, found: int) -> None:
        store_text(session, find_policy(session, "养老办法"), TEXT)
        assert len(search_policies(session, wanted)) == found

    def test_filters_by_validity_and_goes_on_after_the_last(self, session: Session) -> None:
        assert [
            one.document.key for one in search_policies(session, validity=Validity.REPEALED)
        ] == ["旧办法"]
        first, *_ = search_policies(session, limit=1)
        assert first.document.id not in [
            one.document.id for one in search_policies(session, after=first.document.id or 0)
        ]


class TestStoring:
    def test_replaces_the_text_there_was(self, session: Session) -> None:
        document = find_policy(session, "养老办法")
        store_text(session, document, TEXT)
        assert store_text(session, document, "第一条 新文。") == 1
        assert [article.text for article in articles_of(session, document)] == ["第一条 新文。"]

    def test_of_too_much_is_refused(self, session: Session) -> None:
        with pytest.raises(PolicyTextTooLongError):
            store_text(session, find_policy(session, "养老办法"), "长" * 200_001)
