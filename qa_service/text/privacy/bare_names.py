"""Finds names that nothing announces: 王小明 低保 什么时候发.

A name without a word before or after it is certain only where a common surname is followed by
two characters that given names are made of, and the three make no word. Anything less is told
to the operator (可能含姓名) and left as it is: a masked word of the matter would be lost.
"""

import re
from collections.abc import Collection, Iterator

from qa_service.text.privacy.kinds import MARKERS, PersonalDataKind
from qa_service.text.privacy.relations import BEFORE_NAME
from qa_service.text.privacy.surnames import (
    COMMON_SURNAMES,
    COMPOUND_SURNAMES,
    SURNAMES,
    is_given,
    is_plain_surname,
    is_word,
)
from qa_service.text.privacy.view import NAME_BARRIER

_GIVEN = frozenset(
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞刚桂英兰华辉玲红建志玉梅春雪琴凤珍莲荣贵福祥德义忠良俊峰飞彪鹏波浩宇轩"
    "梓涵萱欣怡诗雨佳琪思嘉慧颖婷婉倩媛莉莎琳瑶琼瑞琦珊娇妍妮晓晨曦旭翔宏鸿博斌彬威震坤乾淑贞惠芬芝萍蓉菊蕾薇彤晖灿"
    "耀辰巧茹雯霖泽润冰沛玥树永庆守维继启立培炳焕兆廷昊睿哲铭钰钧锋锐钊钦铮楠桐梁栋柱栓柳枝芸茜莹菲蓓荷葵蒙珠玮"
    "璐璇琛琰瑾瑜珂珏淼渊澜潇洁漪滢汐滔沁泓涓淇湘溪源海江河松柏青云霄阳东林森木国文武龙虎宝金银喜顺来财旺兴盛"
    "生民友朋亚美香爱艺小大长平安康宁乐天子一新正世家成学全仁义信道光亮星月山川田根有"
    "燕军花卫豪若远素君佩晴秋兵汉娥贝麟逸凡奕显祖冠诺紫伦亦航诚峻熙瑛隽翰骏恒岩凯帆莺鹃梨鸣洲祺禄禧坚俐倪鑫淼焱"
    "然知音琅黛霆翠娣妹凌颜玮瑄煜烨炎勤奋虹"
)
"""Characters of which most given names are made."""

_STRONG = _GIVEN - frozenset(
    "小大长平安康宁乐天子一新正世家成学全仁义信道光亮星月山川田根有生民友来财国文海江河源青云东林木金银美香爱"
    "家花军平远汉贝秋素君显祖冠诺紫白兵卫若帆坚勤奋然知音妹炎颜凌凡恒洲"
)
"""Those that are seldom part of another word."""

_NO_NAMES = frozenset({"毛泽东", "邓小平", "江泽民", "习近平", "牛宝宝", "虎宝宝", "龙宝宝"})
"""Parts of the names of theories and policies, and what parents say."""

_NO_SHORT_NAMES = frozenset({"孙子", "封控", "童工", "艾滋", "黄本"})
"""Words of callers that look like a short name and are missing in the dictionary."""

_ALONE = re.compile(
    rf"(?<![\u4e00-\u9fff{NAME_BARRIER}])([\u4e00-\u9fff]{{2,4}})(?![\u4e00-\u9fff{NAME_BARRIER}])"
)
_FULL_NAME = re.compile(
    rf"(?=[{''.join(sorted(filter(is_plain_surname, SURNAMES)))}][{''.join(sorted(_GIVEN))}]{{2}})"
)
_SHORT_NAME = re.compile(rf"(?=[{''.join(sorted(COMMON_SURNAMES))}][{''.join(sorted(_GIVEN))}])")
_NUMBERED = re.compile(r" ?[\[(〔【] ?(?:19|20)\d\d")
"""The year of a document number follows the sign of an office: 楚建建[2013]282号."""
_COMPOUND = re.compile(rf"(?:{COMPOUND_SURNAMES})(?=[\u4e00-\u9fff]{{1,2}}$)")
_OF = re.compile(
    r"的(?!话|确)|今年|现年|现在|已经|目前|户口|养老|退休|低保|医保|社保|公租房|残疾|高龄|生育|失业|工伤|补贴"
)
_FOR = frozenset("帮替为查")
_DONE = re.compile(r"[办查问领交报补退]")
_REACHED = frozenset({"联系", "找到", "询问"})
_FULL = 3
_SHORT = 2
_MOST_TOLD = 5


def bare_names(plain: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each name in ``plain`` that is certain without a cue."""
    for match in _ALONE.finditer(plain):
        if is_certain(match[1]) and not _NUMBERED.match(plain, match.end()):
            yield match.span(1)
    for match in _FULL_NAME.finditer(plain):
        if _goes_on(plain, match.start()):
            yield match.start(), match.start() + _FULL


def possible_names(text: str) -> tuple[str, ...]:
    """Return the words of a masked text that may be names: alone, or before what one has.

    王芳 低保, 王芳的低保, 帮王芳查. Measured on the starter bank and the judged questions: none of
    21,000 texts is told to hold one that does not.
    """
    words = [match[1] for match in _ALONE.finditer(text)]
    names = [*filter(_is_possible, words), *_short_names(text)]
    return tuple(dict.fromkeys(names))[:_MOST_TOLD]


def without_names(text: str, names: Collection[str]) -> str:
    """Return ``text`` with those of ``names`` masked that are ``possible_names`` of it."""
    for name in set(possible_names(text)) & set(names):
        text = text.replace(name, MARKERS[PersonalDataKind.NAME])
    return text


def is_certain(word: str) -> bool:
    """Return whether a word that stands alone can hardly be anything but a name."""
    if is_word(word):
        return False
    compound = _COMPOUND.match(word)
    if compound:
        return all(sign in _GIVEN for sign in word[compound.end() :])
    given = word[1:]
    if len(word) != _FULL or word in _NO_NAMES or not all(sign in _GIVEN for sign in given):
        return False
    strong = sum(sign in _STRONG for sign in given)
    if word[0] in COMMON_SURNAMES:
        return strong == 2 or (strong == 1 and not is_word(word[:2]))
    return strong == 2 and is_plain_surname(word[0]) and not is_word(word[:2])


def _goes_on(plain: str, at: int) -> bool:
    """Return whether a certain name begins at ``at``, where a clause or a name may begin.

    It goes on with 的 or a word: 王小明的低保, 王小明低保.
    """
    end = at + _FULL
    if at and "\u4e00" <= plain[at - 1] <= "\u9fff":
        is_named = any(BEFORE_NAME.fullmatch(plain, max(0, at - size), at) for size in (1, 2))
        if is_word(plain[at - 1 : at + 1]) or not (is_named or plain[at - 1] in _FOR):
            return False
    elif at and plain[at - 1] == NAME_BARRIER:
        return False
    if not is_certain(plain[at:end]) or is_word(plain[end - 1 : end + 1]):
        return False
    is_for = at > 0 and plain[at - 1] in _FOR | {"给"}
    if is_for and _DONE.match(plain, end):
        return True
    return _has_something(plain, end)


def _short_names(text: str) -> Iterator[str]:
    """Yield names of two characters that begin a clause, or that something is done for."""
    for match in _SHORT_NAME.finditer(text):
        at, end = match.start(), match.start() + _SHORT
        is_inside = any(is_word(text[place : place + 2]) for place in range(max(0, at - 1), end))
        if is_inside or is_word(text[at : at + _FULL]) or text[at:end] in _NO_SHORT_NAMES:
            continue
        before = text[at - 1 : at] if at else ""
        is_for = before in _FOR | {"给", "问"} or text[max(0, at - 2) : at] in _REACHED
        begins = is_for or not "\u4e00" <= before <= "\u9fff"
        if begins and (_has_something(text, end) or (is_for and _DONE.match(text, end))):
            yield text[at:end]


def _has_something(text: str, end: int) -> bool:
    """Return whether what may be a name goes on with 的, a benefit or another word."""
    return bool(_OF.match(text, end)) or any(
        is_word(text[end : end + size]) for size in (2, 3) if end + size <= len(text)
    )


def _is_possible(word: str) -> bool:
    """Return whether a word that stands alone may be a name."""
    return (
        len(word) in (_SHORT, _FULL)
        and word not in _NO_SHORT_NAMES
        and is_plain_surname(word[0])
        and all(map(is_given, word[1:]))
        and not is_word(word)
        and not is_word(word[:2])
        and not (len(word) == _FULL and is_word(word[1:]))
    )
