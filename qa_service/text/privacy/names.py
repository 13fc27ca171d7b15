"""Finds names of persons: after a label or a relation, before a title, or beside a number."""

import re
from collections.abc import Iterator

from qa_service.text.privacy.kinds import PersonalDataKind, Span
from qa_service.text.privacy.surnames import (
    COMPOUND_SURNAMES,
    MINORITY_SYLLABLES,
    SURNAMES,
    begins_word,
    is_given,
    is_plain_surname,
    is_word,
    takes_object,
)
from qa_service.text.privacy.view import BARRIER

_CHINESE = r"[\u4e00-\u9fff]"
_IS = r"(?:[:是为叫做(]| ){0,3}"
_NAMED = re.compile(
    r"(?:姓名|名字|大名|真名|联系人|申请人|收件人|经办人|投诉人)(?:[:是为叫做(]| ){1,3}"
    rf"|(?:我叫|本人叫|名叫|叫做|他叫|她叫"
    rf"|(?:孩子|儿子|女儿|老公|老婆|丈夫|妻子|父亲|母亲|爸爸|妈妈|小孩|宝宝|孙子|孙女|弟弟|妹妹|哥哥|姐姐"
    rf"|同学|朋友|邻居|学生|患者|老人|房东|家属)(?:名字)?叫){_IS}"
)
_INTRODUCED = re.compile(r"(?:我是|本人是|这里是|我系)(?!不)")
_RELATED = re.compile(
    r"(?:患者|病人|学生|户主|本人|当事人|考生|原告|被告|业主|租客|租户|房东|职工|员工|同学|居民(?!区)|村民|伤者"
    r"|死者|逝者|家长|监护人|法人|法定代表人|负责人|联系人|申请人|收件人|经办人|投诉人|举报人|参保人|受益人"
    r"|持卡人|开户人|户名|收款人|被保险人|退休人员|残疾人|低保户|特困人员|老人|孩子|小孩|宝宝|儿子|女儿|老公"
    r"|丈夫|妻子|老婆|爱人|配偶|父亲|母亲|爸爸|妈妈|爷爷|奶奶|外公|外婆|公公|婆婆|岳父|岳母|孙子|孙女|外孙"
    r"|哥哥|姐姐|弟弟|妹妹|邻居|朋友|同事|老板|(?:我|他|她)(?:爸|妈|哥|姐|弟|妹|爷|奶|儿|女|婆|公))"
    r"(?:[:是为( ]|名叫){0,2}"
)
_TITLE = re.compile(
    r"(?:先生|女士|小姐|同志|老师|大爷|大妈|大娘|大姐|大哥|大叔|阿姨|叔叔|师傅|医生|大夫|主任|书记|同学|老人"
    r"|老太太|老太|奶奶|爷爷|警官|律师)"
)
_BY_SEX = re.compile(
    rf"(?:^|[^\u4e00-\u9fff])({_CHINESE}{{2,4}})(?=[,、 (]{{1,2}}[男女](?:[,、 )(]|$))"
)
_COMPOUND = re.compile(COMPOUND_SURNAMES)
_DOTTED = re.compile(rf"{_CHINESE}{{2,8}}(?:[·.•]{_CHINESE}{{1,8}}){{1,3}}")
_MINORITY = re.compile(rf"(?:{MINORITY_SYLLABLES}|[尔提木江汗娜丽拉甫·]){{2,8}}")
_SYLLABLE = re.compile(MINORITY_SYLLABLES)
_SPACED = re.compile(
    rf"(?:(?<![\u4e00-\u9fff])|(?<=叫)|(?<=名)|(?<=是)|(?<=人))"
    rf"({_CHINESE}(?: {{1,2}}{_CHINESE}){{1,3}})(?![\u4e00-\u9fff])"
)
_BESIDE = re.compile(rf"(?<![\u4e00-\u9fff])({_CHINESE}{{2,4}})[ :,(]{{0,2}}$")

_FOLLOWING = frozenset(
    "在的于有是因被和与跟同今现想要去到已从住患得能可怎没不也就都还会说问户原系参女男来上家生身电手年岁申需"
    "办交领退失入出报属且但如请咨我他她,"
)
"""Characters by which the text goes on after a name."""

_LEADING = frozenset("请问找和跟与向让给是叫由")
"""Characters after which a name begins."""

_OTHER_WORDS = frozenset({"公司", "公安", "公平", "主任", "生平", "人家", "人和"})
"""Words that begin with the last character of a relation: 老公司 holds no 老公."""

_ROLE_ENDS = frozenset(
    "人民员工生师户妇者族兵商家长主童属亲校院厂身婚休业籍市区县省镇乡村的了吗女男士军侨"
)
_BESIDE_CHARACTERS = 8
_LEADER = "习近平"
"""Part of the names of policies."""


def name_spans(plain: str) -> Iterator[Span]:
    """Yield each name in the folded text ``plain``, in which numbers are hidden by barriers."""
    for start, end in _names(plain):
        if end > start:
            yield Span(start, end, PersonalDataKind.NAME)


def _names(plain: str) -> Iterator[tuple[int, int]]:
    for match in _NAMED.finditer(plain):
        yield match.end(), _name_end(plain, match.end(), is_labelled=True)
    for match in _RELATED.finditer(plain):
        if plain[match.end() - 1 : match.end() + 1] not in _OTHER_WORDS:
            yield match.end(), _name_end(plain, match.end(), is_labelled=False)
    for match in _INTRODUCED.finditer(plain):
        yield match.end(), _introduced_end(plain, match.end())
    for match in _TITLE.finditer(plain):
        yield _titled_start(plain, match.start()), match.start()
    for match in _BY_SEX.finditer(plain):
        if _is_full_name(match[1]):
            yield match.span(1)
    yield from _unlabelled(plain)


def _unlabelled(plain: str) -> Iterator[tuple[int, int]]:
    """Yield names known by their own form: with spaces, with a dot, beside a number."""
    for match in _SPACED.finditer(plain):
        if _is_full_name(match[1].replace(" ", "")):
            yield match.span(1)
    for match in _DOTTED.finditer(plain):
        if syllable := _SYLLABLE.search(match[0]):
            yield match.start() + _lead(match[0], syllable.start()), match.end()
    at = plain.find(BARRIER)
    while at >= 0:
        beside = _BESIDE.search(plain, max(0, at - _BESIDE_CHARACTERS), at)
        if beside and _is_full_name(beside[1]):
            yield beside.span(1)
        after = at
        while after < len(plain) and plain[after] == BARRIER:
            after += 1
        at = plain.find(BARRIER, after)


def _lead(name: str, syllable: int) -> int:
    """Return how many characters before the first known syllable are not of the name."""
    return syllable if syllable <= name.find("·") else 0


def _name_end(plain: str, at: int, *, is_labelled: bool) -> int:
    """Return where the name that begins at ``at`` ends; ``at`` if there is none."""
    foreign = _foreign_end(plain, at, is_labelled=is_labelled)
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


def _foreign_end(plain: str, at: int, *, is_labelled: bool) -> int:
    """Return where a name of several parts or of a minority ends; ``at`` if there is none."""
    dotted = _DOTTED.match(plain, at)
    if dotted and (is_labelled or _SYLLABLE.search(dotted[0])):
        return dotted.end()
    minority = _MINORITY.match(plain, at)
    if minority and len(minority[0]) >= 3 and _SYLLABLE.match(plain, at):
        return minority.end()
    return at


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
    if end >= len(plain) or not "\u4e00" <= plain[end] <= "\u9fff" or plain[end] in _FOLLOWING:
        return True
    return is_word(plain[end : end + 2]) or bool(_TITLE.match(plain, end))


def _stands_alone(plain: str, at: int) -> bool:
    """Return whether exactly three characters up to a sign are no word themselves: 高明月."""
    end = at
    while end < len(plain) and end - at < 4 and "\u4e00" <= plain[end] <= "\u9fff":
        end += 1
    return end - at == 3 and not is_word(plain[at:end]) and not is_word(plain[at + 1 : end])


def _introduced_end(plain: str, at: int) -> int:
    """Return the end of a name after 我是, which is mostly followed by a role or a place."""
    end = _name_end(plain, at, is_labelled=True)
    is_closed = end >= len(plain) or not "\u4e00" <= plain[end] <= "\u9fff"
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
        is_inside = is_word(plain[max(0, at - 1) : at + 1]) or (
            not _begins(plain, at) and is_word(plain[title - 2 : title])
        )
        if not is_inside or size == 4:
            return at
    return title


def _begins(plain: str, at: int) -> bool:
    """Return whether a name may begin at ``at``: after a sign, or after a word such as 找."""
    return at == 0 or not "\u4e00" <= plain[at - 1] <= "\u9fff" or plain[at - 1] in _LEADING


def _is_full_name(text: str) -> bool:
    """Return whether the whole of ``text`` has the form of a name and is no word."""
    if text == _LEADER:
        return False
    given = _given_start(text, 0)
    rest = text[given:]
    if not given or not 1 <= len(rest) <= 2 or not all(map(is_given, rest)):
        return False
    if given > 1:
        return True
    return is_plain_surname(text[0]) and not is_word(text) and not is_word(text[:2])
