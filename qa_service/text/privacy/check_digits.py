"""Check digits: resident IDs (GB 11643-1999), bank cards (Luhn), credit codes (GB 32100-2015)."""

import re
from datetime import date

_PROVINCES = re.compile("1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_CREDIT_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def is_resident_id(number: str) -> bool:
    """Return whether 18 characters have province, birth date and check character of an ID."""
    if len(number) != 18 or not has_birth_date(number):
        return False
    checked = sum(
        int(digit) * weight for digit, weight in zip(number[:17], _ID_WEIGHTS, strict=True)
    )
    return number[17].upper() == _ID_CHECKS[checked % 11]


def has_birth_date(number: str) -> bool:
    """Return whether 17 or 18 characters have the province and birth date of an ID."""
    return _has_province(number) and number[6:8] in {"19", "20"} and _is_date(number[6:14])


def is_old_resident_id(number: str) -> bool:
    """Return whether 15 digits have province and birth date (IDs issued before 1999)."""
    return _has_province(number) and _is_date(f"19{number[6:12]}")


def is_bank_card(number: str) -> bool:
    """Return whether 16 to 19 digits pass the Luhn check."""
    doubled = (int(digit) * 2 for digit in number[-2::-2])
    total = sum(int(digit) for digit in number[-1::-2])
    return (total + sum(value - 9 if value > 9 else value for value in doubled)) % 10 == 0


def is_credit_code(code: str) -> bool:
    """Return whether 18 characters are a unified social credit code, which belongs to no person."""
    signs = [_CREDIT_SIGNS.find(sign) for sign in code.upper()]
    if -1 in signs:
        return False
    total = sum(sign * pow(3, at, 31) for at, sign in enumerate(signs[:17]))
    return signs[17] == (31 - total % 31) % 31


def _has_province(number: str) -> bool:
    """Return whether a number begins with the code of a province."""
    return bool(_PROVINCES.match(number))


def _is_date(digits: str) -> bool:
    """Return whether eight digits are a date."""
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return False
    return True
