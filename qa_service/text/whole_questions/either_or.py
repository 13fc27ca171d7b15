"""Tells an either-or question (158天还是98天, 职工医保还是居民医保) that a text does not decide.

Of two numbers it asks how many: what names one of them and asks something else (98天产假包括周末吗)
is no answer. Of two kinds a text about one alone says nothing about the choice.
"""

import re

from qa_service.text.guards.model import words

_UNIT = r"(?:元|块|万|天|岁|个?月|年|小时|%|折|针|次)"
_NUMBERS = re.compile(rf"\d[\d.]{{0,9}}{_UNIT}还是\d[\d.]{{0,9}}{_UNIT}?")
_ASKS_FOR_NUMBER = re.compile(
    r"几|多少|多久|多长|多大|多高|还是|怎么[算扣]|标准|额度|期限|是不是|最[长多高低少]"
)

_KINDS = tuple(
    words(line)
    for line in """
职工医保 居民医保
职工养老 居民养老
职工 居民
企业 个体户
公司 个体户
公积金 商贷
公积金 商业贷款
退税 补税
买方 卖方
低保 特困
低保 低保边缘
失业金 失业补助金
产假 病假
生育津贴 产假工资
转学 休学
高龄津贴 护理补贴
""".strip().splitlines()
)
"""Kinds of which a question lets one choose."""

_LEAVES_OPEN = re.compile(r"还是|区别|不同|[和跟或]|哪|谁|什么")
"""Signs of a text that is not about one of the kinds alone."""


def undecided_choice(asked: str, *stored: str) -> str | None:
    """Return a Chinese description of the choice asked about, if no text decides it.

    ``asked`` and ``stored`` are normalised texts. None where nothing is to be chosen.
    """
    if "还是" not in asked:
        return None
    if match := _NUMBERS.search(asked):
        if any(map(_ASKS_FOR_NUMBER.search, stored)):
            return None
        return f"两者择一：问的是“{match[0]}”，这条没有说到是哪个"
    if any(map(_LEAVES_OPEN.search, stored)):
        return None
    first, _, second = asked.partition("还是")
    for one, other in (pair for kinds in _KINDS for pair in (kinds, kinds[::-1])):
        if one in first and other in second:
            told = [any(kind in text for text in stored) for kind in (one, other)]
            if told[0] != told[1]:
                return f"两者择一：问的是“{one}”还是“{other}”，这条只说到一个"
    return None
