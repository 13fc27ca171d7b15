"""Finds numbers of persons in the digits of a text: telephones, resident IDs, bank cards.

A number begins and ends where a group of digits does, so 13912345678, 139-1234-5678 and
(139)12345678 are found and an eleven-digit piece of a longer number is not.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from qa_service.text.privacy.check_digits import (
    has_birth_date,
    is_bank_card,
    is_old_resident_id,
    is_resident_id,
)
from qa_service.text.privacy.digits import LONGEST_NUMBER, Group, Run, digit_runs, part_of
from qa_service.text.privacy.kinds import PersonalDataKind, Span
from qa_service.text.privacy.number_labels import LABEL_CHARACTERS, labels_before

_MOBILE = re.compile(r"(?:(?:00|0)?860?|0|17951|12593)?(1[3-9]\d{9})")
_MOBILE_SIZES = frozenset({11, 12, 13, 14, 15, 16})
_LANDLINE = re.compile(r"(?:(?:0086|086|86)0?|0)(?:10|2\d|[3-9]\d\d)[2-8]\d{6,7}")
_LANDLINE_SIZES = range(9, 17)
_LOCAL = re.compile(r"[2-8]\d{6,7}")
_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_CALLED = re.compile(
    r"(?:区号\d{3,4}[, ]?号码|电话|座机|固话|手机|联系方式|联系|致电|来电|拨打|回电|传真|打"
    r"|(?:^|[^a-z])tel)"
    r"(?:号码|号)?[是为: (,.]{0,3}$",
    re.IGNORECASE,
)
_MONEY = re.compile(r"(?:\.\d{1,2})? {0,2}(?:元(?!旦|宵|月)|[万亿]|块|美元|人民币)")
_MEASURE = re.compile(r" {0,2}(?:元|[万亿块人岁年月天日户名吨米亩件个条档级分页期%]|平方)")
_EXTENSION = re.compile(r"(?:转|-) ?\d{1,5}(?!\d)")
_X = re.compile(r"[ \-.]?[Xx×叉](?![A-Za-z0-9])")
_GROUPED_AMOUNT = re.compile(r"(?:\d{1,3})(?:,\d{3})+")
_IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")

_MOBILE_SHAPES = re.compile(
    "11|3-8|7-4|4-7|1-10|3-4-4|4-4-3|3-5-3|3-3-5|3-3-3-2|3-2-3-3|3-3-2-3|3-4-2-2|3-2-2-4|3-2-4-2"
    "|1-2-4-4|2-3-3-3"
)
"""Sizes of the groups in which telephone numbers are written."""
_SPACED_SHAPES = frozenset({"9-2", "8-3", "10-1", "6-5", "2-9"})
"""Sizes that are a telephone number only with a space between: 136000012 34."""
_ID_SHAPES = frozenset({"18", "6-8-4", "6-12", "6-4-4-4", "3-3-4-4-4", "6-4-2-2-4", "14-4"})
_CARD_SHAPES = re.compile(r"1[6-9]|6-1[0-3]|4-4-4-[4-7]|4-4-4-4(?:-[1-3])?|4-1[2-5]|8-(?:8|11)")


def number_spans(plain: str) -> Iterator[Span]:
    """Yield each number of a person in the folded text ``plain``, in order."""
    addresses = {match.start(): match.end() for match in _IPV4.finditer(plain)}
    for run in digit_runs(plain):
        yield from _of_run(plain, _divided(run), addresses)


def _of_run(plain: str, run: Run, addresses: dict[int, int]) -> Iterator[Span]:
    """Yield the numbers of one run, from the left."""
    at = 0
    while at < len(run):
        internet = addresses.get(run[at].start)
        found = None if internet and _is_address(run[at:], internet) else _at(plain, run, at)
        if internet and found is None:
            at += 4
        elif found is None:
            at += 1
        else:
            span, used = found
            yield span
            at += used


def _is_address(groups: Run, end: int) -> bool:
    """Return whether four groups that end at ``end`` are an internet address (IPv4)."""
    return (
        len(groups) >= 4 and groups[3].end == end and all(int(g.digits) < 256 for g in groups[:4])
    )


def _at(plain: str, run: Run, at: int) -> tuple[Span, int] | None:
    """Return the number that begins with group ``at`` and its count of groups, or None."""
    before = plain[max(0, run[at].start - LABEL_CHARACTERS) : run[at].start]
    labels = labels_before(before) if at == 0 else []
    found: tuple[Span, int] | None = None
    digits = ""
    for used, group in enumerate(run[at : at + LONGEST_NUMBER], start=1):
        digits += group.digits
        if len(digits) > LONGEST_NUMBER + 2:
            break
        groups = run[at : at + used]
        kind, end = _kind(plain, groups, digits, before)
        if kind is not None:
            found = Span(_with_bracket(plain, groups), end, kind), used
            if kind in (PersonalDataKind.RESIDENT_ID, PersonalDataKind.MOBILE):
                break
        elif label := next((one for one in labels if one.fits(digits)), None):
            end = _end_with_x(plain, group.end)
            found = Span(_with_bracket(plain, groups), end, label.kind), used
    return found


def _kind(plain: str, groups: Run, digits: str, before: str) -> tuple[PersonalDataKind | None, int]:
    """Return what kind of number the groups are together, and where it ends."""
    end = groups[-1].end
    size = len(digits)
    if size == 17 and (x := _X.match(plain, end)) and has_birth_date(digits):
        return PersonalDataKind.RESIDENT_ID, x.end()
    if size == 18 and (is_resident_id(digits) or (_is_plain_id(groups) and has_birth_date(digits))):
        return PersonalDataKind.RESIDENT_ID, end
    if size == 15 and len(groups) == 1 and is_old_resident_id(digits):
        return PersonalDataKind.RESIDENT_ID, end
    if size >= 16 and digits[0] in "34569" and _is_card(groups, digits):
        return PersonalDataKind.BANK_CARD, end
    if size in _MOBILE_SIZES and _is_mobile(plain, groups, digits, before):
        return PersonalDataKind.MOBILE, end
    if _is_landline(plain, groups, digits, before):
        extension = _EXTENSION.match(plain, end)
        return PersonalDataKind.LANDLINE, extension.end() if extension else end
    return None, end


def _is_plain_id(groups: Run) -> bool:
    """Return whether the groups are those an ID is commonly written in."""
    return _shape(groups) in _ID_SHAPES


def _is_card(groups: Run, digits: str) -> bool:
    """Return whether 16 to 19 digits pass the check of cards, in groups cards are written in."""
    return bool(_CARD_SHAPES.fullmatch(_shape(groups))) and is_bank_card(digits)


def _shape(groups: Run) -> str:
    """Return the sizes of the groups: 3-4-4."""
    return "-".join(str(len(group.digits)) for group in groups)


def _is_mobile(plain: str, groups: Run, digits: str, before: str) -> bool:
    """Return whether the groups are a mobile phone number, with or without country code."""
    match = _MOBILE.fullmatch(digits)
    if match is None or _is_amount(plain, groups):
        return False
    if groups[0].gap == "." and before[-2:-1] == "0" and not before[-3:-2].isdigit():
        return False
    own = _without_prefix(groups, len(digits) - 11)
    if len(own) > 1 and _MEASURE.match(plain, groups[-1].end):
        return False
    if _MOBILE_SHAPES.fullmatch(_shape(own)) or _CALLED.search(before):
        return True
    if own[-1].gap == " " and _shape(own) in _SPACED_SHAPES:
        return True
    return len(own) >= 5 and not _is_ascending(own)


def _without_prefix(groups: Run, size: int) -> Run:
    """Return the groups without the first ``size`` digits."""
    own = list(groups)
    while size:
        if len(own[0].digits) <= size:
            size -= len(own[0].digits)
            del own[0]
        else:
            own[0] = part_of(own[0], size, len(own[0].digits))
            size = 0
    return own


def _is_ascending(groups: Run) -> bool:
    """Return whether the groups count upwards, as in a list of articles or ages."""
    values = [int(group.digits) for group in groups]
    return all(one < other for one, other in pairwise(values))


def _is_amount(plain: str, groups: Run) -> bool:
    """Return whether the groups are amounts: 13800000000元, 13,800,000,000, 1500/1100/800."""
    start, end = groups[0].start, groups[-1].end
    if _MONEY.match(plain, end):
        return True
    if len(groups) == 1:
        return False
    is_listed = all(group.digits[0] != "0" and int(group.digits) % 100 == 0 for group in groups)
    return is_listed or bool(_GROUPED_AMOUNT.fullmatch(plain, start, end))


def _is_landline(plain: str, groups: Run, digits: str, before: str) -> bool:
    """Return whether the groups are a landline number: with area code, or after 电话."""
    if len(groups) > 5 or _MONEY.match(plain, groups[-1].end):
        return False
    if len(digits) in _LANDLINE_SIZES and _LANDLINE.fullmatch(digits):
        return len(groups[0].digits) >= 2
    if not _LOCAL.fullmatch(digits) or _DATE.fullmatch(digits) or len(groups) > 2:
        return False
    return len(groups[-1].digits) >= 4 and bool(_CALLED.search(before))


def _end_with_x(plain: str, end: int) -> int:
    """Return the end of a labelled number with the X that may follow it."""
    match = _X.match(plain, end)
    return match.end() if match else end


def _with_bracket(plain: str, groups: Run) -> int:
    """Return where a number begins, with its plus sign or the bracket closed inside it."""
    start = groups[0].start
    if any(")" in group.gap for group in groups[1:]) and plain[start - 1 : start] == "(":
        start -= 1
    if start and plain[start - 1] == "+":
        start -= 1
        if any(")" in group.gap for group in groups[1:]) and plain[start - 1 : start] == "(":
            start -= 1
    return start


def _divided(run: Run) -> Run:
    """Return the run with numbers that were typed without a gap taken apart."""
    return [part for group in run for part in _parts(group)]


def _parts(group: Group) -> Run:
    """Return a group of more digits than any number has, cut at the IDs and phones in it."""
    digits = group.digits
    if len(digits) <= LONGEST_NUMBER:
        return [group]
    parts: Run = []
    start = at = 0
    while at < len(digits):
        size = _size_at(digits, at)
        if size == 0:
            at += 1
            continue
        if at > start:
            parts.append(part_of(group, start, at))
        parts.append(part_of(group, at, at + size))
        start = at = at + size
    if start < len(digits):
        parts.append(part_of(group, start, len(digits)))
    return parts


def _size_at(digits: str, at: int) -> int:
    """Return how many digits from ``at`` on are an ID or a phone; 0 if they are none."""
    if is_resident_id(digits[at : at + 18]):
        return 18
    rest = len(digits) - at
    return 11 if _MOBILE.fullmatch(digits, at, at + 11) and rest % 11 in (0, 7) else 0
