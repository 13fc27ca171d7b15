"""Replaces personal data in a question by readable markers before anything is stored."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from qa_service.text.privacy.addresses import address_spans
from qa_service.text.privacy.check_digits import (
    is_bank_card,
    is_credit_code,
    is_old_resident_id,
    is_resident_id,
)
from qa_service.text.privacy.names import name_spans
from qa_service.vocabulary import LabelledEnum


class PersonalDataKind(LabelledEnum):
    """A kind of personal data (个人信息) that is masked."""

    EMAIL = "email", "邮箱"
    RESIDENT_ID = "resident_id", "身份证号"
    BANK_CARD = "bank_card", "银行卡号"
    MOBILE = "mobile", "手机号"
    LANDLINE = "landline", "电话号码"
    NAME = "name", "姓名"
    ADDRESS = "address", "地址"


MARKERS = {kind: f"〔{kind.label}〕" for kind in PersonalDataKind}


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without the personal data found; each kind once, in order of appearance."""

    text: str
    found: tuple[PersonalDataKind, ...]


Span = tuple[int, int]
Finder = Callable[[str], Iterator[Span]]

# Full-width signs and other dashes are mapped one to one to ASCII, so that positions in
# the copy are positions in the text.
_ASCII = str.maketrans(
    {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    | dict.fromkeys("‐‑‒–—―−", "-")
    | {"\u3000": " ", "\xa0": " ", "\t": " "}
)

_EMAIL = re.compile(
    r"[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,4}", re.ASCII
)
_RESIDENT_ID = re.compile(
    r"(?<![0-9A-Za-z])[1-9]\d{5}[ -]?\d{4}[ -]?\d{4}[ -]?\d{3}[\dXx](?![0-9A-Za-z])", re.ASCII
)
_OLD_RESIDENT_ID = re.compile(r"(?<![0-9A-Za-z])[1-8]\d{14}(?![0-9A-Za-z])", re.ASCII)
# After its label a mistyped number is personal data too.
_LABELLED_ID = re.compile(
    r"身份证(?:号码|号)?(?:[:是为]| ){0,3}([1-9]\d{14}(?:\d{2}[\dXx])?)(?![0-9A-Za-z])", re.ASCII
)
_BANK_CARD = re.compile(
    r"(?<![0-9A-Za-z])[3-69]\d{3}(?:[ -]?\d{4}){3}(?:[ -]?\d{1,3})?(?![0-9A-Za-z])", re.ASCII
)
_MOBILE = re.compile(
    r"(?<!\d)(?:(?:\(?(?:\+|00)86\)?|86)[ -]{0,2})?"
    r"1(?:[3-9]\d[ -]{0,2}\d{4}[ -]{0,2}\d{4}|[3-9]\d\d[ -]\d{4}[ -]\d{3}"
    r"|[3-9]\d[ -]\d{3}[ -]\d{5}|[ -][3-9](?:[ -]\d){9})(?!\d|\.\d| ?[元万亿%])",
    re.ASCII,
)
_SPOKEN_MOBILE = re.compile(
    r"(?<![幺零〇一二三四五六七八九])[一幺][三四五六七八九][幺零〇一二三四五六七八九]{9}"
    r"(?![幺零〇一二三四五六七八九])"
)
_LANDLINE = re.compile(
    r"(?<![\d.])(?:\(?(?:\+|00)86\)?[ -]?)?\(?0(?:10|2\d|[3-9]\d\d)\)?[ -]{0,2}[2-8]\d{2,3}"
    r"[ -]?\d{4}"
    r"(?:(?:转|-)\d{1,5})?(?!\d|\.\d)",
    re.ASCII,
)
_CREDIT_CODE = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z]{18}(?![0-9A-Za-z])", re.ASCII)


def mask_personal_data(text: str) -> Masked:
    """Replace personal data in ``text`` by markers such as 〔手机号〕.

    Document numbers, amounts, years, hotlines and credit codes are kept. Idempotent; linear
    in the length of the text.
    """
    found: dict[PersonalDataKind, None] = {}
    while spans := _spans(text):
        found |= dict.fromkeys(kind for _, _, kind in spans)
        text = _replaced(text, spans)
    return Masked(text, tuple(found))


def personal_data(text: str) -> Iterator[tuple[PersonalDataKind, str]]:
    """Yield the kind and the words of each piece of personal data in ``text``, in order."""
    for start, end, kind in _spans(text):
        yield kind, text[start:end]


def _spans(text: str) -> list[tuple[int, int, PersonalDataKind]]:
    """Return start, end and kind of each piece of personal data, in order."""
    plain = text.translate(_ASCII)
    taken = bytearray(len(plain))
    for start, end in _credit_codes(plain):
        taken[start:end] = b"\1" * (end - start)
    found: list[tuple[int, int, PersonalDataKind]] = []
    for kind, finder in _FINDERS:
        for start, end in finder(plain):
            if not any(taken[start:end]):
                taken[start:end] = b"\1" * (end - start)
                found.append((start, end, kind))
    return sorted(found)


def _replaced(text: str, spans: list[tuple[int, int, PersonalDataKind]]) -> str:
    """Return ``text`` with each span replaced by its marker."""
    parts, at = [], 0
    for start, end, kind in spans:
        parts += [text[at:start], MARKERS[kind]]
        at = end
    return "".join([*parts, text[at:]])


def _matches(pattern: re.Pattern[str], check: Callable[[str], bool] | None = None) -> Finder:
    """Return a finder of the matches of ``pattern`` that pass ``check``."""

    def find(plain: str) -> Iterator[Span]:
        """Yield start and end of each match; of its group, if it has one."""
        for match in pattern.finditer(plain):
            if check is None or check(re.sub("[ -]", "", match[0])):
                yield match.span(match.lastindex or 0)

    return find


_credit_codes = _matches(_CREDIT_CODE, is_credit_code)

_FINDERS: tuple[tuple[PersonalDataKind, Finder], ...] = (
    (PersonalDataKind.EMAIL, _matches(_EMAIL)),
    (PersonalDataKind.RESIDENT_ID, _matches(_LABELLED_ID)),
    (PersonalDataKind.RESIDENT_ID, _matches(_RESIDENT_ID, is_resident_id)),
    (PersonalDataKind.RESIDENT_ID, _matches(_OLD_RESIDENT_ID, is_old_resident_id)),
    (PersonalDataKind.BANK_CARD, _matches(_BANK_CARD, is_bank_card)),
    (PersonalDataKind.MOBILE, _matches(_MOBILE)),
    (PersonalDataKind.MOBILE, _matches(_SPOKEN_MOBILE)),
    (PersonalDataKind.LANDLINE, _matches(_LANDLINE)),
    (PersonalDataKind.ADDRESS, address_spans),
    (PersonalDataKind.NAME, name_spans),
)
