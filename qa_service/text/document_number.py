"""One normal form of a document number (文号), however its brackets and spaces were typed.

GB/T 9704-2012 (党政机关公文格式) 7.2.5: the year in four digits within 〔〕, the number without
leading zeros and without 第. Orders (令) and announcements (公告) keep their 第.
"""

import re
import unicodedata

from qa_service.text.normalise import display_clean, normalise, simplify
from qa_service.text.numerals import numeral_value

_OPEN = r"[(\[{〔【〖［（〈《⟨<「『⟦‹«“‘\"']"
_CLOSE = r"[)\]}〕】〗］）〉》⟩>」』⟧›»”’\"']"
_YEAR = r"((?:19|20)\d{2})"
_HALF_BRACKETED = re.compile(
    rf"(?<=[发函字规办文])\s*(?:{_OPEN}\s*{_YEAR}\s*年?|{_YEAR}\s*年?\s*(?:{_CLOSE}|[-－—–/]))"
    r"\s*(?=第?\s*\d+)"
)
_BETWEEN_STROKES = re.compile(
    rf"(?<=[发函字规办文])\s*[|/·]\s*{_YEAR}\s*年?\s*[|/·]\s*(?=第?\s*\d+\s*号)"
)
_SHORT_YEAR = re.compile(
    rf"(?<=[\u4e00-\u9fff])\s*{_OPEN}\s*(\d{{2}})\s*年?\s*{_CLOSE}\s*(?=第?\s*\d+\s*号)"
    rf"|(?<=[发函字规办文])\s*{_OPEN}\s*(\d{{2}})\s*年?\s*{_CLOSE}\s*(?=第?\s*\d)"
)
_WITHOUT_YEAR = re.compile(
    rf"[\u4e00-\u9fff]{{1,20}}(?<=[发函字规办文])\s*(?:{_OPEN}\s*)?\d+"
    rf"\s*(?:年|{_CLOSE}|[-－—–/|·])?\s*第?\s*\d*\s*号?"
    r"|[\u4e00-\u9fff]{2,20}〔\d{1,3}〕第?\d+号?"
)
"""A number whose year is not four digits in brackets."""
_SPOKEN_YEAR = re.compile(
    rf"(?<={_OPEN})\s*([一二12][零〇九09][零〇一二三四五六七八九\d]{{2}})(?=\s*年?\s*{_CLOSE})"
)
_SPOKEN_SERIAL = re.compile(r"(?<=[〕令])(\s*第?)([零〇一二三四五六七八九十百千]{1,7})(?=\s*号)")
_SPOKEN = str.maketrans("零〇一二三四五六七八九", "00123456789")
_BEFORE_SERIAL = re.compile(r"(?<=〕)\s*(?:no\.?|№)\s*(?=\d)", re.IGNORECASE)
_BEHIND_SERIAL = re.compile(
    r"(〕\d+)(?:号文件?|号)?(?=$|\s|第[零〇一二三四五六七八九十百千\d]+[条款项章])"
)
_BRACKETED = re.compile(
    rf"\s*{_OPEN}\s*{_YEAR}\s*年?\s*{_CLOSE}\s*(?=第?\s*\d|no|№|$)", re.IGNORECASE
)
_BARE_YEAR = re.compile(rf"(?<=[发函字规办文]){_YEAR}\s*年?\s*(?=第?\s*\d+\s*号)")
_SERIAL = re.compile(r"〕第?\s*0*(\d+)\s*(号?)")
_ORDER = re.compile(r"\s*第\s*0*(\d+)\s*号")
_OF_YEAR = re.compile(r"〔\d{4}〕\d+号|(?:公告|通告|令)\d{4}年第\d+号")
_WHOLE = re.compile(r"([^\d〔〕]{1,60})(〔\d{4}〕\d+号)")
_LABEL = re.compile(r"^(?:文号|发文字号|发文号|字号|文件编号|编号) ?[::]? ?(?=\S{2,30}〔)")
_AROUND = re.compile(rf"^{_OPEN}(.*){_CLOSE}$")
_LAST_SHORT, _FIRST_SHORT = 40, 49
_STOPS = "。.,，;；、 "
_OFFICE_CHARACTERS = 8
"""Greatest length of an office's sign (国办发, 发改价格规), in which spaces mean nothing."""
_ARTICLE = re.compile(r"^(.*号)\s*(第[零〇一二三四五六七八九十百千\d]+[条款项章].*)$")
_ISSUED_BY_NOTICE = re.compile(
    r"关于(?:印发|公布|发布|转发)[《〈“](.+?)[》〉”](?:\(试行\)|（试行）)?的?(?:通知|公告|决定|意见|令)$"
)


def normal_document_number(text: str) -> str:
    """Return the number as it is stored and shown; a text that is no number is only cleaned.

    Idempotent; never raises.
    """
    cleaned = display_clean(unicodedata.normalize("NFKC", display_clean(text)))
    if not re.search(r"\d", cleaned) and not _SPOKEN_SERIAL.search(cleaned):
        return display_clean(text)
    number = _SPOKEN_YEAR.sub(lambda found: found[1].translate(_SPOKEN), simplify(cleaned))
    number = _SHORT_YEAR.sub(_four_digits, number)
    number = _BETWEEN_STROKES.sub(r"〔\1〕", number)
    number = _BRACKETED.sub(r"〔\1〕", number)
    number = _HALF_BRACKETED.sub(lambda found: f"〔{found[1] or found[2]}〕", number)
    number = _BARE_YEAR.sub(r"〔\1〕", number)
    number = _SPOKEN_SERIAL.sub(lambda found: found[1] + _serial(found[2]), number)
    number = _SERIAL.sub(r"〕\1\2", _BEFORE_SERIAL.sub("", number))
    number = _BEHIND_SERIAL.sub(r"\1号", number)
    number = _alone(_ORDER.sub(r"第\1号", number))
    return number if number != cleaned or _is_number(number) else display_clean(text)


def lacks_year(number: str) -> bool:
    """Return whether this looks like a 文号 whose year cannot be read, and has to be asked for."""
    normal = normal_document_number(number)
    return _OF_YEAR.search(normal) is None and _WITHOUT_YEAR.fullmatch(normal) is not None


def _four_digits(found: re.Match[str]) -> str:
    """Return a year of two digits in full; one that could be of either century stays.

    The first documents of the People's Republic are of 1949, and none is dated far ahead.
    """
    short = found[1] or found[2]
    century = "20" if int(short) < _LAST_SHORT else "19" if int(short) >= _FIRST_SHORT else ""
    return f"〔{century}{short}〕"


def _serial(numeral: str) -> str:
    """Return a serial number in digits: 六百一十九 and 六一九 are 619."""
    value = numeral_value(numeral)
    if value is not None:
        return str(value)
    spoken = numeral.translate(_SPOKEN)
    return spoken if spoken.isdigit() else numeral


def _alone(number: str) -> str:
    """Return a number without label, brackets around it, stops behind it, spaces in its sign."""
    bare = _LABEL.sub("", number).strip(_STOPS)
    around = _AROUND.match(bare)
    whole = _WHOLE.fullmatch(around[1].strip() if around else bare)
    if whole is None:
        return number
    sign = re.sub(r"\s", "", whole[1])
    return (sign if len(sign) <= _OFFICE_CHARACTERS else whole[1]) + whole[2]


def document_number_key(text: str) -> str:
    """Return the form under which two spellings of one number, or of a part of it, are equal."""
    return re.sub(r"\s", "", normalise(normal_document_number(text)))


def names_one_document(number: str) -> bool:
    """Return whether the number alone tells which document it is.

    An office gives a number of a year once. Orders without a year start again at 1 with the next
    head of state, so that two laws have the number 主席令第63号.
    """
    return _OF_YEAR.search(normal_document_number(number)) is not None


def split_article(citation: str) -> tuple[str, str | None]:
    """Return the number and the article of 民发〔2021〕57号第三条; None where it names none."""
    found = _ARTICLE.match(normal_document_number(citation))
    return (found[1], found[2]) if found else (citation, None)


def bare_title(text: str) -> str:
    """Return the title a citation names, without 《》 and without the notice that issued it.

    关于印发《甲办法》的通知 names 甲办法.
    """
    title = display_clean(text)
    while title[:1] == "《" and title[-1:] == "》" and len(title) > 2:
        title = title[1:-1]
    issued = _ISSUED_BY_NOTICE.search(title)
    return issued[1] if issued else title


def _is_number(text: str) -> bool:
    return _OF_YEAR.search(text) is not None or _ORDER.search(text) is not None
