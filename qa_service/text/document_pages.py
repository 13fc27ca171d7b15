"""The full text of a document, a page at a time, with its table of contents (目录) and anchors.

Rules are ordered by 编, 分编, 章, 节 and 条 (立法法 2023, 第六十五条), other official documents
by 一、二、 (GB/T 9704-2012 7.3.3). A page begins with a chapter or an article where it can.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from qa_service.text.numerals import numeral_value

PAGE_CHARACTERS = 8_000
"""Most characters of one page: 24 kB, which a phone shows at once."""

CONTENTS_LINES = 150
"""Most lines of a table of contents; the lowest headings are left out above it."""

HEADING_CHARACTERS = 40
"""A longer line is a sentence and no heading."""

_PIECE_CHARACTERS = PAGE_CHARACTERS // 2
_EXCERPT = 18
_NUMBER = r"[零〇一二三四五六七八九十百千\d]{1,9}"
_ARTICLE = re.compile(rf"(第({_NUMBER})条)(?:[ \u3000:：]|$)")
_CITED = re.compile(rf"第({_NUMBER})条")
_CHAPTER = re.compile(rf"第{_NUMBER}(分编|编|章|节)|(附\s*则)$|附[件表录]\s*{_NUMBER}?$")
_SECTION = re.compile(r"[一二三四五六七八九十]{1,3}、")
_NO_END = re.compile(r"[。；;，,：:]$")
_SENTENCE = re.compile(r"[^。；！？]*[。；！？]+|[^。；！？]+")
_RANKS = {"编": 1, "分编": 2, "章": 3, "节": 4}
_SECTION_RANK = 5


@dataclass(frozen=True, slots=True)
class Passage:
    """A line of a document; ``rank`` of a heading is 1 (编) to 5 (一、), 0 of other text.

    ``article`` is the label (第一条) that begins it; headings and articles have an ``anchor``.
    """

    text: str
    rank: int = 0
    article: str = ""
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class ContentsLine:
    """A line of the table of contents: its title, the page from 1, and the anchor there."""

    title: str
    page: int
    anchor: str


@dataclass(frozen=True, slots=True)
class PagedText:
    """The pages of a document, none of an empty one, and its table of contents.

    The latter is empty where one page holds no two headings.
    """

    pages: tuple[tuple[Passage, ...], ...]
    contents: tuple[ContentsLine, ...]

    def page_with(self, anchor: str) -> int | None:
        """Return the page, from 1, on which the anchor is; None where it is on none."""
        return next(
            (
                number
                for number, page in enumerate(self.pages, 1)
                if any(one.anchor == anchor for one in page)
            ),
            None,
        )


def paginate(text: str) -> PagedText:
    """Return a document's text in pages of ``PAGE_CHARACTERS`` at most."""
    passages = _anchored(_ranked([one for one in text.splitlines() if one.strip()]))
    if sum(len(one.text) for one in passages) <= PAGE_CHARACTERS:
        pages: tuple[tuple[Passage, ...], ...] = (tuple(passages),) if passages else ()
    else:
        pages = tuple(_pages(passages))
    return PagedText(pages, _contents(pages))


def article_label(line: str) -> str:
    """Return the label (第一条) with which a line begins an article; "" if it begins none."""
    found = _ARTICLE.match(line)
    return found[1] if found else ""


def article_anchor(cited: str | None) -> str:
    """Return the anchor of the first article that a citation names (第二条第一款); "" for none."""
    found = _CITED.search(cited or "")
    number = _value(found[1]) if found else None
    return "" if number is None else f"article-{number}"


def _value(numeral: str) -> int | None:
    if numeral.isdecimal():
        return int(numeral)
    return None if any(map(str.isdecimal, numeral)) else numeral_value(numeral)


def _ranked(lines: Sequence[str]) -> list[Passage]:
    """Return the lines with the ranks of headings; those of a printed 目录 are text."""
    ranks = [_chapter_rank(line) for line in lines]
    if not any(ranks):
        ranks = [_section_rank(line) for line in lines]
    passages: list[Passage] = []
    below, heads = 0, True
    for line, rank in zip(reversed(lines), reversed(ranks), strict=True):
        # Between a heading and what it heads stand lower headings alone.
        heads = not rank or not below or (rank < below and heads)
        passages.append(Passage(line, rank if heads else 0, article_label(line)))
        below = rank
    return passages[::-1]


def _chapter_rank(line: str) -> int:
    if len(line) > HEADING_CHARACTERS or _NO_END.search(line):
        return 0
    found = _CHAPTER.match(line)
    if not found:
        return 0
    return _RANKS["章"] if found[2] else _RANKS.get(found[1] or "", 1)


def _section_rank(line: str) -> int:
    is_heading = len(line) <= HEADING_CHARACTERS and not _NO_END.search(line)
    return _SECTION_RANK if is_heading and _SECTION.match(line) else 0


def _anchored(passages: Iterable[Passage]) -> list[Passage]:
    """Return the passages with anchors; of two articles of one number the second has another."""
    counted = Counter[str]()
    anchored = []
    for one in passages:
        name = "heading" if one.rank else article_anchor(one.article)
        counted[name] += 1
        times = counted[name]
        if one.rank:
            anchored.append(replace(one, anchor=f"heading-{times}"))
        elif name:
            anchored.append(replace(one, anchor=name if times == 1 else f"{name}-{times}"))
        else:
            anchored.append(one)
    return anchored


def _pages(passages: Iterable[Passage]) -> Iterator[tuple[Passage, ...]]:
    """Yield pages, none of which ends with a heading."""
    page: list[Passage] = []
    length = 0
    for block in _blocks(passages):
        added = sum(len(one.text) for one in block)
        is_due = block[0].rank > 0 and length >= PAGE_CHARACTERS // 2
        if page and (is_due or length + added > PAGE_CHARACTERS):
            yield tuple(page)
            page, length = [], 0
        page += block
        length += added
    if page:
        yield tuple(page)


def _blocks(passages: Iterable[Passage]) -> Iterator[list[Passage]]:
    """Yield what is best kept on one page: headings with the article or paragraph below them."""
    block: list[Passage] = []
    length = 0
    for one in (piece for passage in passages for piece in _pieces(passage)):
        is_headed = bool(block) and block[-1].rank > 0
        begins = one.rank > 0 or bool(one.article) or length + len(one.text) > PAGE_CHARACTERS
        if block and begins and not is_headed:
            yield block
            block, length = [], 0
        block.append(one)
        length += len(one.text)
    if block:
        yield block


def _pieces(passage: Passage) -> Iterator[Passage]:
    """Yield the passage, cut at ends of sentences where no page holds it."""
    if len(passage.text) <= _PIECE_CHARACTERS:
        yield passage
        return
    piece = ""
    for sentence in _SENTENCE.findall(passage.text):
        for start in range(0, len(sentence), _PIECE_CHARACTERS):
            part = sentence[start : start + _PIECE_CHARACTERS]
            if piece and len(piece) + len(part) > _PIECE_CHARACTERS:
                yield replace(passage, text=piece)
                passage, piece = Passage(""), ""
            piece += part
    yield replace(passage, text=piece)


def _contents(pages: Sequence[Sequence[Passage]]) -> tuple[ContentsLine, ...]:
    """Return a line for each heading, or, where there are none, for each page."""
    headings = [(number, one) for number, page in enumerate(pages, 1) for one in page if one.rank]
    if len(headings) > 1:
        ranks = Counter(one.rank for _, one in headings)
        while ranks.total() > CONTENTS_LINES and len(ranks) > 1:
            del ranks[max(ranks)]
        return tuple(
            ContentsLine(one.text, number, one.anchor)
            for number, one in headings
            if one.rank in ranks
        )
    if len(pages) < 2:
        return ()
    return tuple(ContentsLine(_title(page), number, "") for number, page in enumerate(pages, 1))


def _title(page: Sequence[Passage]) -> str:
    """Return what a page holds: its articles, or how its text begins."""
    articles = [one.article for one in page if one.article]
    if articles:
        first, last = articles[0], articles[-1]
        return first if first == last else f"{first}至{last}"
    text = page[0].text
    return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]}…"
