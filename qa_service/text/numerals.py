"""Converts Chinese numerals before units to digits without damaging words.

一般, 统一, 万一, 十分, 三明市, 一次性 and 五险一金 contain numerals that are no numbers; so only
well-formed numerals before a unit of measure are rewritten.
"""

import re
from decimal import Decimal

_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")}
_DIGITS |= {"〇": 0, "两": 2}
_SCALES = {"十": 10, "百": 100, "千": 1000}
_LEAVING_OUT = frozenset("百千")
_NUMERAL = r"[一二两三四五六七八九十][零〇一二两三四五六七八九十百千]{0,8}"

# 统一年度, 万一天, 这一类, 几十年, 十几天, 三五天: the numeral belongs to the preceding word.
_NOT_AFTER = r"(?<![零〇一二两三四五六七八九十百千万亿几数统同唯单专这那哪某另每归划合均之点第\d.])"
_NOT_AFTER_ORDINAL = _NOT_AFTER.replace("第", "")
# 三元区, 五里店, 三级跳 …: the unit is part of a place name or a fixed phrase.
_PLACE_FOLLOWS = r"(?![区县市镇乡村路街巷桥坊湾店])"

_UNITS = (
    r"个(?:工作日|自然日|月|季度|小时|星期|周|学期|学年|半月|孩子|小孩|子女|宝宝|百分点)"
    r"|工作日|周岁|岁|孩(?!子)|胎|季度|小时|分钟|学期|学年|年(?!轻|画|糕|货)|月|天|日|周"
    r"|亿元|万元|亿|万|元(?!化|论|旦|素)|块钱|级(?!别)|类(?!似|型|别)|倍|次(?!性|序|要|品)|折"
    r"|批|期|针|剂|价|号(?!召|称)|平方米|平米|公里|千米|个百分点"
)
# 两个, 三人, 五名 count; 一个, 一人 and 一名 mostly are articles.
_COUNT_UNITS = (
    r"个(?!人|体|性|别)|人(?!民|口|类|力|员|才|社|大|行)|名(?!字|称|单)|位|份|项|套|户(?!口)"
)

_MEASURED = re.compile(
    rf"{_NOT_AFTER_ORDINAL}({_NUMERAL})(?=(?:{_UNITS}){_PLACE_FOLLOWS})"
    rf"|{_NOT_AFTER}((?!一)[二两三四五六七八九十][一二三四五六七八九十百]{{0,3}})(?={_COUNT_UNITS})"
)
_RANGE_START = re.compile(
    rf"{_NOT_AFTER_ORDINAL}({_NUMERAL})(?=[,、至到或和~-]\d{{1,6}}(?:\.\d{{1,4}})?(?:{_UNITS}))"
)
_YEAR = re.compile(r"(?<![零〇一二三四五六七八九十])([一二][零〇一二三四五六七八九]{3})(?=年|-)")
# 三千六 leaves out the last unit (3600), 两万五 likewise; 三千六百 is an ordinary numeral.
_SPOKEN_END = r"(?=$|[,。?!;:、)\s元块的吗呢吧啊了多左以够是])"
_SPOKEN = re.compile(
    rf"{_NOT_AFTER}([一二两三四五六七八九][百千])([一二三四五六七八九]){_SPOKEN_END}"
)
_TEN_THOUSANDS = re.compile(
    rf"{_NOT_AFTER_ORDINAL}({_NUMERAL})万(?:零?({_NUMERAL})(?=(?:{_UNITS}|{_COUNT_UNITS}){_PLACE_FOLLOWS})"
    rf"|([一二三四五六七八九]){_SPOKEN_END})"
)
_SPOKEN_DIGITS = re.compile(rf"(?<![\d.第])(\d{{1,3}})万([1-9])千?{_SPOKEN_END}")
"""1万5 and 1万5千, as callers type what they say."""
_TWENTY = re.compile(r"([廿卅])(?=[一二三四五六七八九]?[日号天年岁])")
_MONEY = re.compile(
    r"(?<![\d.])(\d{1,6})(\.\d{1,4})?([千百十]?万|千)(?:([1-9一二两三四五六七八九])千)?(?=元|块)"
)
_MONEY_SCALES = {"千": 1_000, "万": 10_000, "十万": 10**5, "百万": 10**6, "千万": 10**7}
_TEN_THOUSANDS_OF_YUAN = re.compile(r"(?<![\d.])(\d{1,8})0000元")
_PERCENT = re.compile(r"百分之([零一二两三四五六七八九十百]{1,5}|\d{1,3}(?:\.\d{1,4})?)(?![点.\d])")


def digits_for_numerals(text: str) -> str:
    """Return ``text`` with 三孩 as 3孩, 二〇二四年 as 2024年, 百分之五十 as 50%.

    A sum of money is one number of yuan: 一万五千元, 1.5万元 and 15000元 are equal.
    """
    text = _TWENTY.sub(lambda match: "二十" if match[1] == "廿" else "三十", text)
    text = _YEAR.sub(lambda match: "".join(str(_DIGITS[sign]) for sign in match[1]), text)
    text = _PERCENT.sub(_percent, text)
    text = _SPOKEN.sub(_spoken, _TEN_THOUSANDS.sub(_ten_thousands, text))
    text = _SPOKEN_DIGITS.sub(r"\1\g<2>000", text)
    text = _RANGE_START.sub(_measured, _MEASURED.sub(_measured, text))
    return _MONEY.sub(_money, text)


def numeral_value(numeral: str) -> int | None:
    """Return the value of a numeral below 10,000; None if not well formed (三五, 十十).

    A last digit right after 百 or 千 leaves out its unit: 一百二 is 120, 一百零二 is 102.
    """
    total, digit, last_scale = 0, None, 10_000
    for sign in numeral:
        if sign in _SCALES:
            scale = _SCALES[sign]
            if scale >= last_scale or (digit is None and total):
                return None
            total += (1 if digit is None else digit) * scale
            digit, last_scale = None, scale
        elif digit:
            return None
        else:
            digit = _DIGITS[sign]
    if numeral[-2:-1] in _LEAVING_OUT and digit:
        return total + digit * last_scale // 10
    return total + (digit or 0)


def office_amounts(text: str) -> str:
    """Return normalised ``text`` with whole ten thousands of yuan as an office writes them.

    250000元 is 25万元; 3600元 stays.
    """
    return _TEN_THOUSANDS_OF_YUAN.sub(r"\1万元", text)


def _measured(match: re.Match[str]) -> str:
    """Return a matched numeral in digits, or as it is when it is not well formed."""
    numeral = match.group(match.lastindex or 0)
    value = numeral_value(numeral)
    return numeral if value is None else str(value)


def _spoken(match: re.Match[str]) -> str:
    """Return 三千六 as 3600."""
    scale = _SCALES[match[1][1]]
    return str(_DIGITS[match[1][0]] * scale + _DIGITS[match[2]] * scale // 10)


def _ten_thousands(match: re.Match[str]) -> str:
    """Return 一万五千 and 一万五 as 15000, or as it is when a part is not well formed."""
    high = numeral_value(match[1])
    low = numeral_value(match[2]) if match[2] else _DIGITS[match[3]] * 1_000
    return match[0] if high is None or low is None else str(high * 10_000 + low)


def _money(match: re.Match[str]) -> str:
    """Return 1.5万 and 1万5千 as 15000; a sum that is no whole number of yuan as it is."""
    scale = _MONEY_SCALES[match[3]]
    thousands = _DIGITS[match[4]] if match[4] in _DIGITS else int(match[4] or 0)
    whole = Decimal(match[1] + (match[2] or "")) * scale + thousands * 1_000
    return str(int(whole)) if whole == int(whole) else match[0]


def _percent(match: re.Match[str]) -> str:
    """Return a matched percentage in digits, or as it is when it is not well formed."""
    if match[1][0].isdigit():
        return f"{match[1]}%"
    value = numeral_value(match[1])
    return match[0] if value is None else f"{value}%"
