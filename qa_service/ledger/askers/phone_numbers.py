"""Check and one form of the contacts that askers leave: mobile, landline with extension, e-mail."""

import re
import unicodedata

_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"(?:0(?:10|2\d|[3-9]\d\d))?[2-8]\d{6,7}(?:转\d{1,6})?")
_SERVICE = re.compile(r"[48]00\d{7}(?:转\d{1,6})?")
_EMAIL = re.compile(r"[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,4}")
_EXTENSION = re.compile(r"(?:转|分机|ext\.?|x|#)+:?(\d{1,6})$", re.IGNORECASE)
_DASHED_EXTENSION = re.compile(r"^(\(?0\d{2,3}\)?[ -]*\d{7,8})[ -]+(\d{1,6})$")
_SPOKEN = str.maketrans("〇零一幺二三四五六七八九", "001123456789")
_PUNCTUATION = re.compile(r"[\s()\-‐‑‒–—―−·.]+")
_TRUNK = re.compile(r"^0(?=1[3-9]\d{9}$)")
_COUNTRY = re.compile(r"^(?:\+|00)?86(?=1[3-9]\d{9}$|0\d{9,11}(?:转|$))")


def plain_contact(typed: str) -> str:
    """Return the contact in one form: digits, with 转 before an extension; e-mails in lower case.

    What looks like no contact is returned without spaces.
    """
    typed = unicodedata.normalize("NFKC", typed)
    unspaced = unicodedata.normalize("NFKC", "".join(typed.split()))
    if "@" in unspaced:
        return unspaced.lower()
    number = _plain_number(typed.strip())
    return number if _is_number(number) else unspaced


def _plain_number(text: str) -> str:
    """Return a telephone number in digits, with 转 before an extension."""
    text = _DASHED_EXTENSION.sub(r"\1转\2", text)
    text = _PUNCTUATION.sub("", text)
    text = _EXTENSION.sub(r"转\1", text)
    spoken = text.translate(_SPOKEN)
    # A 0 before a mobile is dialled from another city and is no part of the number.
    number = _COUNTRY.sub("", spoken if _is_number(_TRUNK.sub("", spoken)) else text)
    return _TRUNK.sub("", number)


def is_contact(plain: str) -> bool:
    """Return whether ``plain_contact`` gave a telephone number or an e-mail address."""
    return _is_number(_COUNTRY.sub("", plain)) or _EMAIL.fullmatch(plain) is not None


def is_mobile(plain: str) -> bool:
    """Return whether ``plain_contact`` gave the number of a mobile, which takes text messages."""
    return _MOBILE.fullmatch(plain) is not None


def contact_problem(typed: str) -> str | None:
    """Return in Chinese why ``typed`` cannot be called back; None for a usable or empty contact."""
    plain = plain_contact(typed)
    if not plain or is_contact(plain):
        return None
    digits = sum(sign.isdigit() for sign in plain)
    if plain.startswith("1") and plain.isdigit():
        return f"手机号应为 11 位数字、以 13 至 19 开头，现为 {digits} 位，请与咨询人核对"
    return "回访电话应为 11 位手机号，或带区号的座机号（可加“转”分机号），请与咨询人核对"


def _is_number(plain: str) -> bool:
    patterns = (_MOBILE, _LANDLINE, _SERVICE)
    return any(pattern.fullmatch(plain) for pattern in patterns)
