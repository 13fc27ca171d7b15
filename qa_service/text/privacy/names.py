"""Finds names of persons: after a label or a relation, before a title, beside a number, or bare."""

import re
from collections.abc import Iterator

from qa_service.text.privacy.after_relation import tells_matter
from qa_service.text.privacy.bare_names import bare_names
from qa_service.text.privacy.foreign_names import foreign_end, foreign_names
from qa_service.text.privacy.kinds import PersonalDataKind, Span
from qa_service.text.privacy.relations import (
    AFTER_REACHED,
    BEFORE_NAME,
    DOES,
    ELDER,
    OTHER_WORDS,
    REACHED,
    RELATED,
    TITLE,
)
from qa_service.text.privacy.surnames import (
    COMMON_SURNAMES,
    COMPOUND_SURNAMES,
    SURNAMES,
    begins_word,
    is_given,
    is_plain_surname,
    is_word,
    takes_object,
)
from qa_service.text.privacy.view import BARRIER, NAME_BARRIER

_CHINESE = r"[\u4e00-\u9fff]"
_IS = r"(?:[:是为叫做(]| ){0,3}"
_NAMED = re.compile(
    r"(?:姓名|名字|大名|真名|联系人|申请人|收件人|经办人|投诉人)(?:[:是为叫做(]| ){1,3}"
    rf"|(?:我叫|本人叫|名叫|叫做|他叫|她叫"
    rf"|(?:孩子|儿子|女儿|老公|老婆|丈夫|妻子|父亲|母亲|爸爸|妈妈|小孩|宝宝|孙子|孙女|弟弟|妹妹|哥哥|姐姐"
    rf"|同学|朋友|邻居|学生|患者|老人|房东|家属)(?:名字)?叫){_IS}"
)
_INTRODUCED = re.compile(r"(?:我是|本人是|这里是|我系)(?!不)")
_BY_SEX = re.compile(
    rf"(?:^|[^\u4e00-\u9fff{NAME_BARRIER}])({_CHINESE}{{2,4}})"
    r"(?=[,、 (]{1,2}[男女](?:[,、 )(]|$))"
)
_COMPOUND = re.compile(COMPOUND_SURNAMES)
_OF_WHOM = re.compile(
    r"的(?:女儿|儿子|孩子|家属|家人|爱人|妻子|丈夫|老公|老婆|父亲|母亲|爸爸|妈妈|孙子|孙女|亲戚|邻居|同事|监护人)"
)
_SPACED = re.compile(
    rf"(?:(?<![\u4e00-\u9fff])|(?<=叫)|(?<=名)|(?<=是)|(?<=人))"
    rf"({_CHINESE}(?: {{1,2}}{_CHINESE}){{1,3}})(?![\u4e00-\u9fff{NAME_BARRIER}])"
)
_NUMBER = re.compile(rf"{BARRIER}+|(?<!\d)1[3-9]\d[*x]{{3,8}}\d{{0,4}}")
"""What is masked, or a telephone number of which somebody masked the middle."""
_OWNED = re.compile(
    r"(?:(?:本人)?的?(?:联系)?(?:电话|手机|身份证|住址)(?:号码|号)?[是为: ]{0,2}|[ :,(]{0,2})$"
)
_LONGEST_OWNED = 12
_AFTER_NUMBER = re.compile(r"[ :,(]{0,2}(?:[是为叫]|联系人|机主|找)?[ :]?")
_SURNAME_TOLD = re.compile(
    rf"姓([{''.join(sorted(SURNAMES))}])[, ]{{0,2}}"
    rf"(?:名字叫|名叫|单名|名(?![额单称下义次录])|叫)(?!什么|啥)({_CHINESE}{{1,2}})"
)

_FOLLOWING = frozenset(
    "在的于有是因被和与跟同今现想要去到已从住患得能可怎没不也就都还会说问户原系参女男来上家生身电手年岁申需"
    "办交领退失入出报属且但如请咨我他她跑逃欠骗骂,"
)
"""Characters by which the text goes on after a name."""

_ROLE_ENDS = frozenset(
    "人民员工生师户妇者族兵商家长主童属亲校院厂身婚休业籍市区县省镇乡村的了吗女男士军侨"
)
_BESIDE_CHARACTERS = 8
_AND = re.compile(r" ?(?:[、,/]|和|及|与) ?")
_MOST_LISTED = 6
_LEADER = "习近平"
"""Part of the names of policies."""


def name_spans(plain: str) -> Iterator[Span]:
    """Yield each name in the folded text ``plain``, in which numbers are hidden by barriers."""
    for start, end in _names(plain):
        if end > start:
            yield Span(start, end, PersonalDataKind.NAME)


def _names(plain: str) -> Iterator[tuple[int, int]]:
    for match in _NAMED.finditer(plain):
        yield from _with_others(plain, match.end(), is_labelled=True)
    for match in RELATED.finditer(plain):
        is_other = plain[match.end() - 1 : match.end() + 1] in OTHER_WORDS
        if not is_other and not tells_matter(plain, match):
            yield from _with_others(plain, match.end(), is_labelled=False)
    for match in _INTRODUCED.finditer(plain):
        yield match.end(), _introduced_end(plain, match.end())
    for match in TITLE.finditer(plain):
        yield _titled_start(plain, match.start()), match.start()
    for match in _BY_SEX.finditer(plain):
        if _is_full_name(match[1]):
            yield match.span(1)
    yield from _unlabelled(plain)
    yield from _of_notes(plain)
    yield from bare_names(plain)


def _with_others(plain: str, at: int, *, is_labelled: bool) -> Iterator[tuple[int, int]]:
    """Yield the name that begins at ``at`` and those listed after it: 父母吴大海、钱秀莲."""
    end = _name_end(plain, at, is_labelled=is_labelled)
    for _ in range(_MOST_LISTED):
        if end == at:
            return
        yield at, end
        at = _end_of(_AND, plain, end)
        end = _full_name_end(plain, at) if at > end else at


def _unlabelled(plain: str) -> Iterator[tuple[int, int]]:
    """Yield names known by their own form: with spaces, with a dot, beside a number."""
    for match in _SPACED.finditer(plain):
        if _is_full_name(match[1].replace(" ", "")):
            yield match.span(1)
    yield from foreign_names(plain)
    for match in _SURNAME_TOLD.finditer(plain):
        yield match.start(1), match.end()
    for match in _NUMBER.finditer(plain):
        owned = _OWNED.search(plain, max(0, match.start() - _LONGEST_OWNED), match.start())
        end = owned.start() if owned else match.start()
        yield _start_before(plain, end), end
        at = _end_of(_AFTER_NUMBER, plain, match.end())
        yield at, _full_name_end(plain, at)


def _of_notes(plain: str) -> Iterator[tuple[int, int]]:
    """Yield names known by what the person or the office does: 王小明反映, 已联系王小明."""
    for match in DOES.finditer(plain):
        yield _start_before(plain, match.start()), match.start()
    for match in REACHED.finditer(plain):
        end = _full_name_end(plain, match.end())
        if AFTER_REACHED.match(plain, end):
            yield match.end(), end
    for match in ELDER.finditer(plain):
        at = match.start() - 1
        if at >= 0 and plain[at] in COMMON_SURNAMES and not _is_in_word(plain, at):
            yield at, match.start()


def _end_of(pattern: re.Pattern[str], plain: str, at: int) -> int:
    """Return where ``pattern`` ends that begins at ``at``; ``at`` if it does not."""
    match = pattern.match(plain, at)
    return match.end() if match else at


def _full_name_end(plain: str, at: int) -> int:
    """Return where the full name ends that begins at ``at``; ``at`` if there is none."""
    end = _name_end(plain, at, is_labelled=False)
    return end if _is_full_name(plain[at:end]) else at


def _start_before(plain: str, end: int) -> int:
    """Return where the full name begins that ends at ``end``; ``end`` if there is none."""
    for size in (4, 3, 2):
        at = end - size
        if at >= 0 and _begins(plain, at) and _is_full_name(plain[at:end]):
            return at
    return end


def _is_in_word(plain: str, at: int) -> bool:
    """Return whether the sign at ``at`` makes a word with the one before."""
    return at > 0 and is_word(plain[at - 1 : at + 1])


def _name_end(plain: str, at: int, *, is_labelled: bool) -> int:
    """Return where the name that begins at ``at`` ends; ``at`` if there is none."""
    foreign = foreign_end(plain, at, is_labelled=is_labelled)
    if foreign > at:
        return foreign
    given = _given_start(plain, at)
    if given == at:
        return at
    is_single = given == at + 1
    if is_single and not is_labelled and not is_plain_surname(plain[at]):
        return at
    is_common = begins_word(plain, at) or takes_object(plain, at)
    if is_single and is_common and not (is_labelled and _stands_alone(plain, at)):
        return at
    return _given_end(plain, at, given)


def _given_start(plain: str, at: int) -> int:
    """Return where the given name begins after the surname at ``at``; ``at`` if it is none."""
    compound = _COMPOUND.match(plain, at)
    if compound:
        return compound.end()
    return at + 1 if at < len(plain) and plain[at] in SURNAMES else at


def _given_end(plain: str, at: int, given: int) -> int:
    """Return the end of one or two characters of a given name, judged by what follows them."""
    one = given < len(plain) and is_given(plain[given])
    if not one:
        return at
    two = given + 1 < len(plain) and is_given(plain[given + 1])
    goes_on = is_word(plain[given + 1 : given + 3]) and not _ends(plain, given + 2)
    if two and _ends(plain, given + 2) and not goes_on:
        return given + 2
    if _ends(plain, given + 1):
        return given + 1
    return at


def _ends(plain: str, end: int) -> bool:
    """Return whether a name may end here: at a sign, a word of its own, or a particle."""
    if end >= len(plain) or plain[end] in _FOLLOWING:
        return True
    if not "\u4e00" <= plain[end] <= "\u9fff":
        return plain[end] != NAME_BARRIER
    return is_word(plain[end : end + 2]) or bool(TITLE.match(plain, end))


def _stands_alone(plain: str, at: int) -> bool:
    """Return whether exactly three characters up to a sign are no word themselves: 高明月."""
    end = at
    while end < len(plain) and end - at < 4 and "\u4e00" <= plain[end] <= "\u9fff":
        end += 1
    return end - at == 3 and not is_word(plain[at:end]) and not is_word(plain[at + 1 : end])


def _introduced_end(plain: str, at: int) -> int:
    """Return the end of a name after 我是, which is mostly followed by a role or a place."""
    end = _name_end(plain, at, is_labelled=True)
    is_of = end > at and _OF_WHOM.match(plain, end) is not None
    is_closed = is_of or end >= len(plain) or not "\u4e00" <= plain[end] <= "\u9fff"
    is_next = plain.startswith(("今年", "家住", "住在", "电话", "手机", "身份证"), end)
    is_role = end > at and plain[end - 1] in _ROLE_ENDS
    return end if (is_closed or is_next) and not is_role else at


def _titled_start(plain: str, title: int) -> int:
    """Return where the full name before a title begins; ``title`` if there is none."""
    for size in (4, 3, 2):
        at = title - size
        if at < 0 or not _is_full_name(plain[at:title]):
            continue
        # 平安小区书记 holds no 安小区, 金融老师 no 金融; but 请问王建国老师 holds 王建国.
        is_inside = _is_in_word(plain, at) or (
            not _begins(plain, at) and is_word(plain[title - 2 : title])
        )
        if not is_inside or size == 4:
            return at
    return title


def _begins(plain: str, at: int) -> bool:
    """Return whether a name may begin at ``at``: after a sign, or after a word such as 找."""
    if at == 0:
        return True
    before = plain[at - 1]
    if not "\u4e00" <= before <= "\u9fff":
        return before != NAME_BARRIER
    return any(BEFORE_NAME.fullmatch(plain, max(0, at - size), at) for size in (1, 2))


def _is_full_name(text: str) -> bool:
    """Return whether the whole of ``text`` has the form of a name and is no word."""
    if text == _LEADER:
        return False
    given = _given_start(text, 0)
    rest = text[given:]
    if not given or not 1 <= len(rest) <= 2 or not all(map(is_given, rest)):
        return False
    if TITLE.fullmatch(rest):
        return False
    if given > 1:
        return True
    return is_plain_surname(text[0]) and not is_word(text) and not is_word(text[:2])
