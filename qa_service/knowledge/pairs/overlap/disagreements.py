"""Points on which the answers of two pairs disagree: figures, dates, documents, yes or no."""

import re
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from functools import lru_cache

from qa_service.knowledge.pairs.record.content import PairContent
from qa_service.text.normalise import normalise
from qa_service.text.numerals import office_amounts

CACHED_ANSWERS = 1_024

_UNITS: dict[str, tuple[str, int]] = {
    "元": ("元", 1),
    "块钱": ("元", 1),
    "万元": ("元", 10_000),
    "亿元": ("元", 100_000_000),
    "%": ("%", 1),
    "岁": ("岁", 1),
    "周岁": ("岁", 1),
    "工作日": ("个工作日", 1),
    "个工作日": ("个工作日", 1),
    "月": ("个月", 1),
    "个月": ("个月", 1),
    "年": ("个月", 12),
    "天": ("天", 1),
    "日": ("天", 1),
    "个自然日": ("天", 1),
    "小时": ("小时", 1),
    "人": ("人", 1),
    "平方米": ("平方米", 1),
    "次": ("次", 1),
    "倍": ("倍", 1),
}
"""Units of measure with the unit they are compared in and the factor."""

_QUANTITY = re.compile(
    rf"(?<![\d.])(\d{{1,12}}(?:\.\d{{1,4}})?) ?({'|'.join(sorted(_UNITS, key=len, reverse=True))})"
)
_DATE = re.compile(r"\d{4}年(?:\d{1,2}月(?:\d{1,2}日)?)?|\d{1,2}月\d{1,2}日")
_NO = re.compile(
    r"(?:您好,?)?(?:不(?:可以|能|是|需要|用|行|会|得|收|必|允许|属于)|无需|无须|没有|否)"
)
_OTHER_DOCUMENTS = "依据不同："
_OTHER_ARTICLES = "依据条款不同："
_YES = re.compile(r"(?:您好,?)?(?:可以|能|是的?[,。]|需要|要|行[,。]|会[,。]|有[,。]|属于|应当)")


def disagreements(
    ours: PairContent,
    theirs: PairContent,
    *,
    with_basis: bool = True,
    is_same_question: bool = True,
) -> tuple[str, ...]:
    """Return the points on which two answers to nearly the same question disagree, in Chinese.

    Documents are named by their keys, which stay when a title is corrected; see
    ``with_documents_named``. Figures and dates count where each answer has one of a kind that the
    other lacks, so that an answer which only says more does not disagree; unless
    ``is_same_question`` the figures must not have any in common either. ``with_basis`` compares
    what they cite, too.
    """
    basis = _documents(ours, theirs) if with_basis else ()
    return (*_answers(ours, theirs, is_same_question), *basis)


def _answers(ours: PairContent, theirs: PairContent, is_same_question: bool) -> Iterator[str]:
    left, right = _normalised(ours.answer), _normalised(theirs.answer)
    if (_NO.match(left) and _YES.match(right)) or (_YES.match(left) and _NO.match(right)):
        yield "结论相反：一条答“是”，一条答“否”"
    yield from _figures(left, right, is_same_question)
    days = [frozenset(_DATE.findall(text)) for text in (left, right)]
    ours_only, theirs_only = _apart(days[0], days[1]), _apart(days[1], days[0])
    if ours_only and theirs_only:
        yield f"日期不同：{_listed(ours_only)} / {_listed(theirs_only)}"


@lru_cache(maxsize=CACHED_ANSWERS)
def _normalised(answer: str) -> str:
    """Return the normalised answer; cached, as one is compared with many."""
    return normalise(answer)


def _apart(days: Iterable[str], others: Iterable[str]) -> frozenset[str]:
    """Return the ``days`` that no other is, holds or lies in: 2027年 holds 2027年3月."""
    known = list(others)
    return frozenset(
        day
        for day in days
        if not any(day.startswith(other) or other.startswith(day) for other in known)
    )


def _figures(left: str, right: str, is_same_question: bool) -> Iterator[str]:
    """Yield the units in which each text states figures that the other does not."""
    one, other = _quantities(left), _quantities(right)
    for unit in one.keys() & other.keys():
        if not is_same_question and one[unit].keys() & other[unit].keys():
            continue
        left_only = [text for value, text in one[unit].items() if value not in other[unit]]
        right_only = [text for value, text in other[unit].items() if value not in one[unit]]
        if left_only and right_only:
            yield f"数字不同：{_listed(left_only)} / {_listed(right_only)}"


@lru_cache(maxsize=CACHED_ANSWERS)
def _quantities(text: str) -> dict[str, dict[Fraction, str]]:
    """Return the figures of a normalised text as written, by unit and value; dates excluded."""
    found: dict[str, dict[Fraction, str]] = {}
    for match in _QUANTITY.finditer(_DATE.sub(" ", text)):
        unit, factor = _UNITS[match[2]]
        found.setdefault(unit, {})[Fraction(match[1]) * factor] = match[0]
    return found


def _documents(ours: PairContent, theirs: PairContent) -> Iterator[str]:
    """Yield a difference where the answers cite no common document, or other articles of it."""
    left, right = ({one.policy for one in content.basis} for content in (ours, theirs))
    if left and right and not left & right:
        yield f"{_OTHER_DOCUMENTS}{_joined(left)} / {_joined(right)}"
    for policy in sorted(left & right):
        one, other = (
            {cited.article for cited in content.basis if cited.policy == policy and cited.article}
            for content in (ours, theirs)
        )
        if one and other and not one & other:
            yield f"{_OTHER_ARTICLES}{policy} {_joined(one)} / {_joined(other)}"


def documents_in(differences: Iterable[str]) -> frozenset[str]:
    """Return the keys of the documents that points of ``disagreements`` name."""
    return frozenset(key for one in differences for key in _keys_in(one))


def with_documents_named(differences: Iterable[str], names: Mapping[str, str]) -> tuple[str, ...]:
    """Return the points as people read them, each document by its name if ``names`` has one."""
    return tuple(_named(one, names) for one in differences)


def _keys_in(difference: str) -> list[str]:
    """Return the keys of documents in one point; none in one of another kind."""
    if difference.startswith(_OTHER_DOCUMENTS):
        sides = difference.removeprefix(_OTHER_DOCUMENTS).split(" / ")
        return [key for side in sides for key in side.split("、")]
    if difference.startswith(_OTHER_ARTICLES):
        return [difference.removeprefix(_OTHER_ARTICLES).split(" ", 1)[0]]
    return []


def _named(difference: str, names: Mapping[str, str]) -> str:
    if difference.startswith(_OTHER_DOCUMENTS):
        sides = difference.removeprefix(_OTHER_DOCUMENTS).split(" / ")
        told = ("、".join(names.get(key, key) for key in side.split("、")) for side in sides)
        return _OTHER_DOCUMENTS + " / ".join(told)
    if difference.startswith(_OTHER_ARTICLES):
        key, articles = difference.removeprefix(_OTHER_ARTICLES).split(" ", 1)
        return f"{_OTHER_ARTICLES}{names.get(key, key)} {articles}"
    return difference


def _listed(texts: Iterable[str]) -> str:
    return _joined(map(office_amounts, texts))


def _joined(texts: Iterable[str]) -> str:
    return "、".join(sorted(texts))
