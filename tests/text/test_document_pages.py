"""The full text of a document in pages, with contents and anchors; the texts are made up here."""

from hypothesis import given
from hypothesis import strategies as st

from qa_service.text.document_pages import (
    PAGE_CHARACTERS,
    PagedText,
    article_anchor,
    paginate,
)

SENTENCE = "申请人应当如实提交材料，受理机关当场登记。"


def rule(chapters: int, articles: int, sentences: int = 6) -> str:
    """A rule of so many chapters, with a printed 目录 and so many articles in each."""
    names = [f"第{number}章 事项{number}" for number in "一二三四五六七八九"[:chapters]]
    lines, number = ["XX区办法", "目录", *names], 0
    for name in names:
        lines.append(name)
        for _ in range(articles):
            number += 1
            lines.append(f"第{number}条 {SENTENCE * sentences}")
    return "\n".join(lines)


def words(text: PagedText) -> str:
    return "".join(one.text for page in text.pages for one in page)


class TestPages:
    def test_a_short_document_is_one_page(self) -> None:
        text = paginate(rule(chapters=2, articles=3))
        assert len(text.pages) == 1
        assert [line.title for line in text.contents] == ["第一章 事项一", "第二章 事项二"]

    def test_a_long_one_begins_its_pages_with_chapters_and_articles(self) -> None:
        text = paginate(rule(chapters=5, articles=40))
        assert len(text.pages) > 2
        for page in text.pages[1:]:
            assert page[0].rank or page[0].article
            assert not page[-1].rank
        assert sum(page[0].rank > 0 for page in text.pages) >= 3

    @given(
        st.lists(
            st.sampled_from(["第一章 总则", "第二节", "一、目标", SENTENCE, "字" * 9_000, ""])
        ),
        st.integers(1, 5),
    )
    def test_none_is_too_long_and_no_word_is_lost(self, lines: list[str], times: int) -> None:
        text = paginate("\n".join(lines * times))
        assert words(text) == "".join(lines * times)
        for page in text.pages:
            assert 0 < sum(len(one.text) for one in page) <= PAGE_CHARACTERS * 3 // 2

    def test_a_text_without_lines_is_cut_at_ends_of_sentences(self) -> None:
        text = paginate(SENTENCE * 3_250)
        assert len(words(text)) == 68_250
        assert len(text.pages) >= 8
        assert all(page[-1].text.endswith("。") for page in text.pages)
        assert [line.page for line in text.contents] == list(range(1, len(text.pages) + 1))


class TestContents:
    def test_leads_to_chapters_and_not_to_the_printed_one(self) -> None:
        text = paginate(rule(chapters=5, articles=40))
        assert len(text.contents) == 5
        for line in text.contents:
            page = text.pages[line.page - 1]
            (heading,) = (one for one in page if one.anchor == line.anchor)
            assert heading.text == line.title
            assert page[-1] != heading

    def test_names_the_articles_of_each_page_where_there_are_no_chapters(self) -> None:
        lines = [f"第{number}条 {SENTENCE * 8}" for number in range(1, 101)]
        first, *_, last = paginate("\n".join(lines)).contents
        assert first.title.startswith("第1条至第")
        assert last.title.endswith("至第100条")

    def test_leads_to_the_sections_of_other_documents(self) -> None:
        text = paginate(f"通知\n一、总体要求\n{SENTENCE}\n二、工作安排\n{SENTENCE}\n二、另见附件。")
        assert [line.title for line in text.contents] == ["一、总体要求", "二、工作安排"]

    def test_leaves_the_lowest_headings_out_where_there_are_too_many(self) -> None:
        chapter = "\n".join(f"第{number}节 事项\n{SENTENCE}" for number in "一二三四五六七八九")
        lines = [f"第{number}章 事项\n{chapter}" for number in range(1, 31)]
        assert len(paginate("\n".join(lines)).contents) == 30


class TestArticles:
    def test_are_found_by_what_a_citation_names(self) -> None:
        text = paginate(
            "\n".join(f"第{one}条 {SENTENCE * 250}" for one in ("九", "十六", "一百零二"))
        )
        for cited, page in (("第九条", 1), ("第十六条第一款", 2), ("第102条、第一百零三条", 3)):
            assert text.page_with(article_anchor(cited)) == page
        assert text.page_with(article_anchor("第三条")) is None

    def test_of_one_number_in_an_annex_have_anchors_of_their_own(self) -> None:
        (page,) = paginate("第一条 甲。\n附件1\n第一条 乙。").pages
        assert [one.anchor for one in page] == ["article-1", "heading-1", "article-1-2"]

    def test_that_no_number_names_have_none(self) -> None:
        for cited in (None, "", "第三章", "第条", "第十十条", "第1二条", "第" + "9" * 5_000 + "条"):
            assert article_anchor(cited) == ""
