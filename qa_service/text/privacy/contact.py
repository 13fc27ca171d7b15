"""The name and telephone number that a caller says in the question itself."""

import re
from dataclasses import dataclass, field

from qa_service.text.privacy.dictation import number_told
from qa_service.text.privacy.masking import MARKERS, PersonalDataKind, Said, personal_data

_BEFORE_NAME = r"(?:我(?:的名字)?(?:叫做?|是)|本人(?:叫|是)?|名字(?:叫|是)|姓名|联系人|申请人)"
_BEFORE_NUMBER = r"(?:我的|本人的?)?(?:联系电话|电话号码|手机号码|手机号|电话|手机|号码|联系方式)"
_LEAD_IN = {
    PersonalDataKind.NAME: _BEFORE_NAME,
    PersonalDataKind.MOBILE: _BEFORE_NUMBER,
    PersonalDataKind.LANDLINE: _BEFORE_NUMBER,
}
_MARKED = re.compile(
    "|".join(
        [f"(?:{_LEAD_IN[kind]}[:：是为叫]? ?)?{MARKERS[kind]}" for kind in _LEAD_IN]
        + [MARKERS[kind] for kind in PersonalDataKind if kind not in _LEAD_IN]
    )
)
_LOOSE_STOPS = re.compile(r"[,，、;；。 ]{2,}")
_STOPS = ",，、;；。:： "


@dataclass(frozen=True, slots=True)
class Contact:
    """A caller's name and telephone number in plain text; None for what was not said."""

    name: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)


def find_contact(text: str) -> Contact:
    """Return the first name and the first telephone number in ``text``; mobiles come first."""
    return contact_of(personal_data(text))


def contact_of(said: Said) -> Contact:
    """Return the contact in what was said; mobiles come before landlines."""
    phone = _first(said, PersonalDataKind.MOBILE) or _first(said, PersonalDataKind.LANDLINE)
    return Contact(
        name=_first(said, PersonalDataKind.NAME),
        phone=None if phone is None else number_told(phone),
    )


def without_markers(masked: str) -> str:
    """Return a masked text without its markers and what leads up to them (我叫〔姓名〕).

    The words that remain are what the text asks. Idempotent.
    """
    if "〔" not in masked:
        return masked
    return _LOOSE_STOPS.sub("，", _MARKED.sub("，", masked)).strip(_STOPS)


def _first(said: Said, wanted: PersonalDataKind) -> str | None:
    return next((words for kind, words in said if kind is wanted), None)
