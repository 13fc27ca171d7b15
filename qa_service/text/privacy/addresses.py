"""Finds street addresses in texts: road and number, or building, unit and room."""

import re

from qa_service.text.privacy.kinds import PersonalDataKind, Span, Spans

_NUMBER = r"[0-9A-Za-z一二三四五六七八九十百]{1,6}"
_ROAD = r"(?:路|街|大道|巷|弄|胡同|村|坝|湾|坡|组|社)"
_ESTATE = r"(?:小区|花园|公寓|家园|苑|园|城|府|庄|大厦|社区|院|路|街|巷|村|里|湾|郡|庭|居|都|座|期)"
_INNER = rf"(?:附?{_NUMBER}(?:号楼|号院|栋|幢|座|单元|层|楼|室|房|户|号|门)){{0,6}}"
_ROOM = r"(?:[0-9]{1,4}(?:-[0-9]{1,4}){1,3}|[0-9]{3,4}(?![0-9年元]))?"

# 号 of a document or a railway line is no address: 人民路5号 is, 京广路3号线 and 2号文 are not.
_DOOR = re.compile(
    rf"{_ROAD}{_NUMBER}(?:[-之]{_NUMBER})?号(?!线|文|令|公告|通知|台)(?:院|楼)?{_INNER}{_ROOM}"
    rf"|{_ESTATE}[0-9A-Za-z]{{1,6}}(?:号楼|栋(?!楼)|幢(?!楼)|座){_INNER}{_ROOM}"
    rf"|{_NUMBER}(?:号楼|栋|幢|座){_NUMBER}(?:单元|层|楼|室|房|号|-[0-9]){_INNER}{_ROOM}"
    rf"|{_ESTATE} ?[0-9A-Za-z]{{1,4}}(?:-[0-9]{{1,4}}){{1,3}}(?:号|室)?(?![0-9\-年月日])"
)
_BOUNDARY = frozenset("省市区县镇乡道在住于是到址为的我去从们家")
_LONGEST_NAME = 8


def address_spans(plain: str) -> Spans:
    """Yield each address from the name of the road on, without the district."""
    for match in _DOOR.finditer(plain):
        yield Span(_name_start(plain, match.start()), match.end(), PersonalDataKind.ADDRESS)


def _name_start(text: str, start: int) -> int:
    """Return where the name of the road begins that ends at ``start``."""
    earliest = max(0, start - _LONGEST_NAME)
    while start > earliest and _is_of_name(text[start - 1]):
        start -= 1
    return start


def _is_of_name(sign: str) -> bool:
    return "\u4e00" <= sign <= "\u9fa5" and sign not in _BOUNDARY
