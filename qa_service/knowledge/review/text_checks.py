"""Checks of any text that is to be told: blanks, secrecy, listed words, personal data."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlmodel import Session

from qa_service.errors import FieldProblem
from qa_service.knowledge.pairs.record.blanks import local_blanks
from qa_service.knowledge.pairs.record.rules import clean_paragraphs, personal_problems
from qa_service.knowledge.review.check_words import CheckWords, find_words, words_in_use
from qa_service.knowledge.review.secrecy_marks import secrecy_marks
from qa_service.text.normalise import display_clean
from qa_service.text.privacy.bare_names import possible_names
from qa_service.text.privacy.check_digits import is_bank_card, is_credit_code, is_resident_id
from qa_service.text.privacy.masking import PersonalDataKind, mask_personal_data

_ADVISED = (PersonalDataKind.NAME, PersonalDataKind.ADDRESS)
"""Personal data that may also be an office's own, so that a person has to decide."""

_LONG_NUMBER = re.compile(
    r"(?<![0-9A-Za-z])(?:\d{4}[ -]?){3}\d{4}(?:[ -]?\d{1,3})?(?![0-9A-Za-z])", re.ASCII
)
_ID_LENGTH = 18
_BIRTH_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding of the pre-checks: a fault must be corrected, advice may be overruled.

    What ``is_forbidden`` is published by no door, a file neither.
    """

    field: str
    message: str
    is_fault: bool
    is_forbidden: bool = False


def check_texts(session: Session, texts: Mapping[str, str]) -> Iterator[Finding]:
    """Yield the findings in ``texts``, keyed by the name of their field.

    Invisible characters count for nothing: what is stored and told has none.
    """
    words = words_in_use(session)
    for field, written in texts.items():
        text = clean_paragraphs(written)
        for blank in dict.fromkeys(local_blanks(text)):
            yield Finding(field, f"本地内容尚未填写：{blank}", is_fault=True)
        yield from _marks_and_words(field, text, words)
        for kind in _personal_kinds(text):
            message = f"疑似含有个人{kind.label}，请核对；单位的名称、地址可以保留"
            yield Finding(field, message, is_fault=False)
        # A name that is certain is told already, among the kinds.
        for name in possible_names(mask_personal_data(text).text):
            message = f"“{name}”可能是姓名，请核对；不是姓名的可以保留"
            yield Finding(field, message, is_fault=False)
        for number in _faulty_numbers(text):
            yield Finding(field, number, is_fault=False)


def check_told(session: Session, texts: Mapping[str, str]) -> Iterator[Finding]:
    """Yield the findings of ``check_texts`` and each personal number, which is a fault."""
    yield from check_texts(session, texts)
    for one in personal_problems(texts):
        yield Finding(one.field, one.message, is_fault=True)


def text_problems(session: Session, text: str) -> tuple[FieldProblem, ...]:
    """Return the faults of a text: blanks, marks of secrecy, blocked words, personal numbers."""
    found = check_told(session, {"title": text})
    return tuple(FieldProblem(one.field, one.message) for one in found if one.is_fault)


def forbidden_in(session: Session, texts: Mapping[str, str]) -> tuple[Finding, ...]:
    """Return the marks of secrecy and blocked words in ``texts``, keyed by their field."""
    words = words_in_use(session)
    return tuple(
        finding
        for field, written in texts.items()
        for finding in _marks_and_words(field, clean_paragraphs(written), words)
        if finding.is_forbidden
    )


def _marks_and_words(field: str, text: str, words: CheckWords) -> Iterator[Finding]:
    """Yield the marks of secrecy and the listed words in a cleaned text."""
    for mark in dict.fromkeys(secrecy_marks(text)):
        message = f"含有涉密标志“{mark}”，请删去并核对来源"
        yield Finding(field, message, is_fault=True, is_forbidden=True)
    for hit in find_words(text, words):
        yield Finding(field, hit.message, is_fault=hit.is_blocked, is_forbidden=hit.is_blocked)


def _personal_kinds(text: str) -> Iterator[PersonalDataKind]:
    """Yield the kinds of personal data that only a person can tell from an office's."""
    found = mask_personal_data(text).found
    return (kind for kind in _ADVISED if kind in found)


def _faulty_numbers(text: str) -> Iterator[str]:
    """Yield a message for each number that is a card's or an ID's but for its check digit."""
    for match in _LONG_NUMBER.finditer(display_clean(text)):
        number = re.sub("[ -]", "", match[0])
        is_id = len(number) == _ID_LENGTH
        if is_bank_card(number) or (is_id and (is_credit_code(number) or is_resident_id(number))):
            continue
        kind = "身份证号" if is_id and _BIRTH_YEAR.match(number[6:10]) else "银行卡号"
        yield f"“{match[0]}”像{kind}但校验位不符，请核对；是个人信息的请删去"
