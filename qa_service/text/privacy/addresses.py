"""Finds street addresses in texts: road and number, or building, unit and room."""

import re

from qa_service.text.privacy.kinds import PersonalDataKind, Span, Spans

_NUMBER = r"[0-9A-Za-z零〇一二三四五六七八九十百]{1,6}"
_ROAD = r"(?:路|街|大道|巷|弄|胡同|村|坝|湾|坡|组|社)"
_ESTATE = r"(?:小区|花园|公寓|家园|苑|园|城|府|庄|大厦|社区|院|路|街|巷|村|里|湾|郡|庭|居|都|座|期)"
_INNER = rf"(?:附?{_NUMBER}(?:号楼|号院|栋|幢|座|单元|层|楼|室|房|户|号|门)){{0,6}}"
_NO_MEASURE = r"(?![0-9\-]|[ 多]?[天日年个月晚周人次元岁层楼间万名位折成期条项公里米亩%])"
"""No number of days, persons or the like follows: 住院3-5天 and 社区3-5名 are no doors."""
_PART = r"[A-Za-z0-9一二三四五六七八九十东西南北]{1,2}[区期]"
_ROOM = r"(?:[0-9]{1,4}(?:-[0-9]{1,4}){1,3}|[0-9]{3,4}(?![0-9年元])|[零〇一二三四五六七八九]{3,4})?"

# 号 of a document or a railway line is no address: 人民路5号 is, 京广路3号线 and 2号文 are not.
_DOOR = re.compile(
    rf"{_ROAD}(?:{_NUMBER}(?:弄|支弄|支路|巷))?{_NUMBER}(?:[-之]{_NUMBER})?号(?!线|文|令|公告|通知|台)(?:院|楼)?{_INNER}{_ROOM}"
    rf"|{_ESTATE}[0-9A-Za-z]{{1,6}}(?:号楼|栋(?!楼)|幢(?!楼)|座){_INNER}{_ROOM}"
    rf"|{_NUMBER}(?:号楼|栋|幢|座){_NUMBER}(?:单元|室|房|号|-[0-9]|[层楼]{_NUMBER}[室房号]){_INNER}{_ROOM}"
    rf"|[0-9]{{1,4}}(?:号楼|栋|幢|座)[0-9]{{1,3}}[层楼]"
    rf"|[0-9]{{1,3}}(?:号楼|栋|幢|座)[0-9]{{3,4}}(?![户家套平㎡]){_NO_MEASURE}"
    rf"|[0-9]{{1,4}}#(?:楼|栋|幢)?[0-9]{{1,4}}(?:单元|-[0-9]{{1,4}}|室){_INNER}{_ROOM}"
    rf"|{_ESTATE}[0-9]{{1,3}}单元{_INNER}{_ROOM}"
    rf"|{_ESTATE} ?(?:{_PART})?[0-9A-Za-z]{{1,4}}(?:-[0-9]{{1,4}}){{1,3}}(?:号|室)?{_NO_MEASURE}"
)
_LIVING = re.compile(
    r"(?:家住|住在|住址|房号|门牌号?|室号|我家|居住于|[在我]住|住)(?:[:是为在 ]{0,2})"
    r"([0-9]{1,4}(?:[\-之][0-9]{1,4}){1,3}(?:号|室)?"
    rf"|[0-9]{{1,3}}(?:单元|号楼|楼|栋|幢)[0-9]{{2,4}}(?:室|号|房)?){_NO_MEASURE}"
)
"""A house number after the word for living there: 我家住3-2-501."""
_BARE = re.compile(
    r"(?<![0-9A-Za-z\-.])[0-9]{1,3}-[0-9]{1,2}-(?!(?:19|20)[0-9]{2})[0-9]{3,4}(?![A-Za-z])"
    rf"{_NO_MEASURE}"
)
"""Building, unit and room alone: 3-2-501. A date has one or two digits at an end, or a year."""
_BOUNDARY = frozenset("省市区县镇乡道在住于是到址为的我去从们家")
_LONGEST_NAME = 8


def address_spans(plain: str) -> Spans:
    """Yield each address from the name of the road on, without the district."""
    for match in _DOOR.finditer(plain):
        yield Span(_name_start(plain, match.start()), match.end(), PersonalDataKind.ADDRESS)
    for match in _LIVING.finditer(plain):
        yield Span(*match.span(1), PersonalDataKind.ADDRESS)
    for match in _BARE.finditer(plain):
        yield Span(*match.span(), PersonalDataKind.ADDRESS)


def _name_start(text: str, start: int) -> int:
    """Return where the name of the road begins that ends at ``start``."""
    earliest = max(0, start - _LONGEST_NAME)
    while start > earliest and _is_of_name(text, start - 1):
        start -= 1
    return start


def _is_of_name(text: str, at: int) -> bool:
    is_boundary = text[at] in _BOUNDARY and not text.startswith("家园", at)
    return "\u4e00" <= text[at] <= "\u9fa5" and not is_boundary
