"""Digits of a text as callers dictate them: in pieces, with words between, counted, as numerals.

一三八，然后四个零，后四位是一一一一; 前三位138，后面00001111; 一百三十八 零零零零 一一一一.
"""

import re

from qa_service.text.privacy.digits import COUNTED, DIGIT, SIGN, Group, Run, digits_of
from qa_service.text.privacy.view import TextView

_PLACE = (
    r"(?:第|(?:最后|后|尾|末|最前|前|头|开头|中间|当中|剩下|剩|其余|这|那)[面边头]?的?)?"
    r"(?:[一二两三四五六七八九十]{1,2}|\d{1,2})(?:位(?:数字|数|号码|号)?|个(?:数字|数|号码))"
)
"""A piece of a number by its place and size: 前三位, 后面4位数, 中间四个数字."""
_WORD = (
    "紧接着|接下来|然后呢|然后|接着|跟着|后面|后边|后头|之后|往后|以后|前面|前边|前头|开头|打头|中间|当中"
    "|最后|末尾|尾号|尾数|尾巴|下面|底下|剩下|其余|还有|再来|再加|加上|就是|都是|也是|是的|好的|对的|没错|那个|这个|数字|号码"
    "|完了|连着|连续|横杠|横线|短横|空格|减号|[后前头尾剩再加是为的呢嗯呃哦噢啊额哎诶呀嘛那哈吧对好跟接连横杠空_]"
)
"""What callers say, and hear, between the pieces of a number."""
_HIDDEN = "[xX]{2,8}"
"""Signs for hidden digits, between digits that are all there: 138xx 0000."""
_GAP = re.compile(rf"(?:{SIGN}|(?<!{DIGIT}){_PLACE}|{_WORD}|{_HIDDEN})*+")
_LONGEST_GAP = 24

_TENS = r"[1-9一二三四五六七八九]?十[1-9一二三四五六七八九]?(?![十百千万亿个])"
"""Two digits as a numeral: 五十六."""
_HUNDRED = rf"[1一幺]百[3-9三四五六七八九](?:十[1-9一二三四五六七八九]?|(?!{DIGIT}|十))"
"""The first three digits of a mobile number as a numeral: 一百三十八, 一百五."""
_PLACE_BEFORE_DIGIT = (
    rf"(?<!{DIGIT}){_PLACE}(?=(?:{SIGN}|就?是|为|都){{0,3}}(?:{DIGIT}|[俩仨双十]))"
)
_PLAIN_DIGITS = rf"(?:{DIGIT}(?![个個](?:都是|连着的?|是)?{DIGIT}|[十百千]))+"
_TOKEN = re.compile(
    rf"(?=[第最后尾末前头开中当剩其这那俩仨双十\d]|{DIGIT})"
    rf"(?:(?P<place>{_PLACE_BEFORE_DIGIT})|(?P<numeral>{_HUNDRED}|{_TENS})"
    rf"|(?:{COUNTED.pattern})(?![十百千万亿])|{_PLAIN_DIGITS})"
)
"""Digits, or a place that is none although it holds a digit: the 三 of 前三位138."""
_SIGNS = re.compile(f"{DIGIT}|[十俩仨双]")
_LEAST_SIGNS = 4
"""Signs that stand for digits in the shortest number: 六个八，俩零."""

_PLACE_AT_END = re.compile(
    rf"(?:[的呢嗯,: ])*(?:{_PLACE}|前面|前边|前头|开头|打头|最前|前|头)(?:就?是|为|[:, ])*$"
)
_LAST_AT_END = re.compile(
    r"(?:尾号|尾数|末尾|(?:后面?|尾|末)的?[两三四五六七八2-8]位)(?:数字?|号码|就?是|为|[:, ]){0,3}$"
)
_FIRST = re.compile("前|开头|打头")
_MOBILE = re.compile(r"1[3-9]\d{9}")

_LETTER = re.compile(r"[^\W_xX]")
"""A sign of a word; xx for hidden digits is none."""
_PLAIN = re.compile(f"{DIGIT}*")
_LONGEST_LEAD = 12
"""Characters before a number in which 尾号 is looked for."""
_MOST_LAST = 5
"""Groups of a number's end that may be told before its beginning."""


def dictated_runs(plain: str) -> list[Run]:
    """Return the digits of a folded text in runs, also across what callers say in between."""
    runs: list[Run] = []
    if len(_SIGNS.findall(plain)) < _LEAST_SIGNS:
        return runs
    for match in _TOKEN.finditer(plain):
        if match["place"]:
            continue
        start, end = match.span()
        digits = _numeral(match[0]) if match["numeral"] else digits_of(match[0])
        gap = plain[runs[-1][-1].end : start] if runs else ""
        if runs and len(gap) <= _LONGEST_GAP and _GAP.fullmatch(gap):
            runs[-1].append(Group(start, end, digits, gap, match[0]))
        else:
            runs.append([Group(start, end, digits, "", match[0])])
    return runs


def is_dictated(groups: Run) -> bool:
    """Return whether digits are counted or told as numerals, or words stand between them."""
    return any(_LETTER.search(group.gap) or not _PLAIN.fullmatch(group.written) for group in groups)


def is_tens(group: Group) -> bool:
    """Return whether a group is a numeral of two digits: 五十六."""
    return "十" in group.written and "百" not in group.written


def without_place(before: str) -> str:
    """Return the text before a number without the place of its first piece: 手机号前三位是."""
    return _PLACE_AT_END.sub("", before)


def first_piece(plain: str, run: Run) -> int:
    """Return which group a number begins with whose end was told first: 尾号1111，前面1380000.

    0 if it begins where the run does.
    """
    start = run[0].start
    if not _LAST_AT_END.search(plain, max(0, start - _LONGEST_LEAD), start):
        return 0
    return next((at for at, group in enumerate(run[:_MOST_LAST]) if _FIRST.search(group.gap)), 0)


def number_told(words: str) -> str:
    """Return the digits of a number that was dictated; as it is if their order is not certain."""
    runs = dictated_runs(TextView(words).plain)
    if len(runs) != 1 or not is_dictated(runs[0]):
        return words
    told = [group.digits for group in runs[0]]
    first = next((at for at, group in enumerate(runs[0]) if _FIRST.search(group.gap)), 0)
    orders = {"".join(told), "".join(told[first:] + told[:first])}
    if len(orders) == 1:
        return orders.pop()
    mobiles = [digits for digits in orders if _MOBILE.fullmatch(digits)]
    return mobiles[0] if len(mobiles) == 1 else words


def _numeral(told: str) -> str:
    """Return the digits of a numeral: 一百三十八, 一百三, 五十六, 十."""
    hundreds, _, rest = told.rpartition("百")
    tens, ten, units = rest.partition("十")
    spoken = hundreds + (tens or ("一" if ten else "")) + (units or "零")
    return digits_of(spoken)
