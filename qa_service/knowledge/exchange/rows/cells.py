"""Lossless encoding of lists, and of texts that look like formulas, in one cell.

Items (single lines) are separated by one sign. A backslash escapes a sign or another
backslash; before any other character it is literal, so users need not know about it.

A text that begins with = + - @ (also in full width), tab, carriage return or an apostrophe is
prefixed with an apostrophe (OWASP, CSV Injection); reading removes an apostrophe exactly if one
of these follows it.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from qa_service.text.numerals import numeral_value

LINE_SIGNS = "|｜\n"
"""Signs that separate citations and clarifying questions; the line break is the one written."""
WORDING_SIGNS = LINE_SIGNS + "；;"
"""Signs that separate variants. The sign 、 is not one: it stands within questions."""
KEYWORD_SIGNS = "、，,|｜；;\n"
ARTICLE_SIGNS = "#＃"

# Chinese Excel takes the full-width signs for the half-width ones when it evaluates a cell.
_FORMULA_SIGNS = "=+-@＝＋－＠\t\r'"

_PLACEHOLDERS = frozenset(
    {
        "无",
        "无无",
        "略",
        "暂缺",
        "不涉及",
        "待补充",
        "待完善",
        "待定",
        "未定",
        "不填",
        "无需填写",
        "暂无",
        "没有",
        "空",
        "空白",
        "不适用",
        "未填",
        "无内容",
        "na",
        "n/a",
        "#n/a",
        "n.a",
        "nil",
        "none",
        "null",
    }
)
_LACKING = re.compile(
    r"(?:暂时?|还|尚)?(?:没有|无)(?:其他|别的)?(?:相似问|相似问题|相似问法|关键词|追问|依据|政策依据)"
)
_AROUND = " 。.;,、()[]【】〔〕「」《》“”\"'"
_STROKES = re.compile(r"[-‐‑‒–—―−_~/*.。·…]+")
_DITTO = frozenset({"同答案", "见附件", "同左", "〃", '"', "″"})
_ABOVE = re.compile(r"[(（]?(?:同|见|参见|参照)(?:上|前)(?:一?[行条格]|面|文)?[)）]?")
_NUMBERED = re.compile(
    r"\s*(?:[（(]?(?P<digits>\d{1,2})\s*(?:[)）、．]|\.(?!\d))|(?P<circled>[①-⑳])"
    r"|[（(]?(?P<numeral>[一二三四五六七八九十]{1,3})[)）、．.]|(?:[QqＱ]|问题?)(?P<asked>\d{1,2})[:：.、])"
    r"\s*(?P<rest>.+)",
    re.DOTALL,
)


_BULLETED = re.compile(r"\s*[-–—•·●○◆■▪*＊]\s*(?P<rest>[^\s\d].*)", re.DOTALL)
_INLINE = re.compile(
    r"(?<=\S)\s*(?=[①-⑳])|(?<=[^\d\s.（(第])\s*(?=[（(]?\d{1,2}(?:[)）、．]|\.(?!\d)))"
)


def split_items(cell: str, signs: str) -> tuple[str, ...]:
    """Return the trimmed items of a cell, without empty ones and placeholders such as 无."""
    parts = [item for part in split(cell, signs) if (item := part.strip())]
    return tuple(_plain_item(part, signs) for part in parts if not is_placeholder(part))


def join_items(items: Iterable[str], separator: str, signs: str) -> str:
    """Return the cell that ``split_items`` reads as ``items``; ``separator`` is one of the signs.

    An item that would be read as a placeholder or as 同上 has a backslash in front, and so has a
    cell that would be read as an inline list.
    """
    escaped = (escape(item, signs) for item in items)
    cell = separator.join("\\" + item if _says_nothing(item) else item for item in escaped)
    return cell if inline_list(cell) is None else "\\" + cell


def inline_list(cell: str) -> list[Any] | None:
    """Return the items of a cell written as a list, ["甲", "乙"] or [甲, 乙]; None for others.

    Files of programs (JSON, YAML) have such cells, which otherwise would be one text.
    """
    text = cell.strip()
    if not (text.startswith("[") and text.endswith("]")):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        inner = text[1:-1]
        if re.search(r"[\[\]{}]", inner) or not re.search("[,，]", inner):
            return None
        return [part.strip().strip("\"'“”‘’") for part in re.split("[,，]", inner)]
    return found if isinstance(found, list) else None


def _plain_item(part: str, signs: str) -> str:
    """Return the item that was written as ``part``."""
    rest = part[1:]
    is_marked = part.startswith("\\") and (_says_nothing(rest) or rest.startswith("["))
    return unescape(rest if is_marked else part, signs)


def _says_nothing(text: str) -> bool:
    """Return whether a text alone in a cell would be read as a placeholder or as 同上."""
    return is_placeholder(text) or is_ditto(text)


def is_placeholder(text: str) -> bool:
    """Return whether ``text`` only says that a cell is empty: 无, 暂无, 空, N/A, — or /."""
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    if _STROKES.fullmatch(plain):
        return True
    parts = [part.strip(_AROUND) for part in plain.strip(_AROUND).split("、")]
    return all(part in _PLACEHOLDERS or _LACKING.fullmatch(part) for part in parts)


def is_ditto(text: str) -> bool:
    """Return whether ``text`` refers to another cell: 同上."""
    return text.strip() in _DITTO or bool(_ABOVE.fullmatch(text.strip()))


def has_ditto(cell: str, signs: str) -> bool:
    """Return whether an item of a cell refers to another cell."""
    return any(map(is_ditto, split(cell, signs)))


def without_numbering(items: tuple[str, ...]) -> tuple[str, ...]:
    """Return the items of a list without what counts them: 1. 2、 （3） ④ 五、 Q6： or bullets.

    Only a whole list counted from 1 is changed; a single number may belong to the text.
    """
    counted = [_NUMBERED.fullmatch(item) for item in items]
    if len(items) < 2:
        return items
    if _is_count(counted):
        return tuple(found["rest"].strip() for found in counted if found)
    bulleted = [_BULLETED.fullmatch(item) for item in items]
    return tuple(one["rest"] for one in bulleted if one) if all(bulleted) else items


def counts_several(item: str) -> bool:
    """Return whether one item is a whole list counted on one line: 1、怎么办 2、在哪办."""
    parts = [part for part in _INLINE.split(item) if part]
    return len(parts) > 1 and _is_count([_NUMBERED.fullmatch(part) for part in parts])


def _is_count(counted: Sequence[re.Match[str] | None]) -> bool:
    """Return whether the numbers found count from 1."""
    numbers = [_number(found) if found else 0 for found in counted]
    return numbers == list(range(1, len(counted) + 1))


def _number(found: re.Match[str]) -> int:
    """Return the number before a counted item."""
    if numeral := found["numeral"]:
        return numeral_value(numeral) or 0
    if digits := found["digits"] or found["asked"]:
        return int(digits)
    return ord(found["circled"]) - ord("①") + 1


@cache
def _in_need_of_escape(signs: str) -> re.Pattern[str]:
    """Return the pattern of separators and backslashes; a sheet escapes millions of items."""
    return re.compile(rf"[\\{re.escape(signs)}]")


def escape(item: str, signs: str) -> str:
    """Return ``item`` with a backslash before each separator and each backslash in need of one."""
    return _in_need_of_escape(signs).sub(r"\\\g<0>", item)


def unescape(item: str, signs: str) -> str:
    """Return the original of an escaped item; the inverse of ``escape``."""
    return re.sub(rf"\\([\\{re.escape(signs)}])", lambda found: found[1], item)


def split(cell: str, signs: str) -> list[str]:
    """Return the parts of a cell between its signs, still escaped."""
    parts = [""]
    for token in re.findall(r"\\[\s\S]|[\s\S]", cell):
        if token in signs:
            parts.append("")
        else:
            parts[-1] += token
    return parts


def guard_formula(cell: str) -> str:
    """Return ``cell`` in a form that Excel never evaluates as a formula."""
    return "'" + cell if cell[:1] and cell[0] in _FORMULA_SIGNS else cell


def unguard_formula(cell: str) -> str:
    """Return the original of a guarded cell; the inverse of ``guard_formula``."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] and cell[1] in _FORMULA_SIGNS else cell


def escape_xstring(text: str) -> str:
    """Return ``text`` for an XLSX cell, where ``_xHHHH_`` is a character (ECMA-376, ST_Xstring)."""
    return re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)


def unescape_xstring(cell: str) -> str:
    """Return the text of an XLSX cell; the inverse of ``escape_xstring``."""
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), cell)
