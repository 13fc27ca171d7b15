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
from qa_service.text.privacy.dictation import (
    dictated_runs,
    first_piece,
    is_dictated,
    is_tens,
    without_place,
)
from qa_service.text.privacy.digits import (
    LONGEST_NUMBER,
    Group,
    Run,
    digit_runs,
    digits_of,
    part_of,
    places_of,
)
from qa_service.text.privacy.kinds import PersonalDataKind, Span
from qa_service.text.privacy.number_labels import LABEL_CHARACTERS, NumberLabel, labels_before

_MOBILE = re.compile(r"(?:(?:00|0)?860?|0|17951|12593)?(1[3-9]\d{9})")
_MOBILE_SIZES = frozenset({11, 12, 13, 14, 15, 16})
_LANDLINE = re.compile(r"(?:(?:0086|086|86)0?|0)(?:10|2\d|[3-9]\d\d)[2-8]\d{6,7}")
_LANDLINE_SIZES = range(9, 17)
_LOCAL = re.compile(r"[2-8]\d{6,7}")
_MOST_PIECES = 5
"""Groups in which a landline number is told at most."""
_MOBILE_DIGITS = 11
_PREFIX_DIGITS = 3
_LEAST_OF_CARD = 15
_LEAST_OF_AREA = 3
"""Digits of a mobile number, its beginning, a bank card told in pieces, an area code."""
_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_CALLED = re.compile(
    r"(?:区号\d{3,4}[, ]?号码|电话|座机|固话|手机|联系方式|联系|致电|来电|拨打|回电|传真|打"
    r"|(?:^|[^a-z])tel)"
    r"(?:号码|号)?[是为: (,.]{0,3}$",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"号码[是为: (,]{0,3}$")
_MONEY = re.compile(r"(?:\.\d{1,2})? {0,2}(?:元(?!旦|宵|月)|[万亿]|块|美元|人民币)")
_MEASURE = re.compile(
    r" {0,2}(?:元|[万亿块岁天吨米亩件页%]|平方|人(?!在|社|才|工|家|事)|年(?!底|初|龄|纪|轻|终)"
    r"|月(?!底|初|供|嫂)|日(?!常)|户(?!口|籍|主|名)|名(?!字|下|叫|额)|个(?!体|人|税)|条(?!件)"
    r"|档(?!案)|级(?!别)|分(?!户|红|娩|配)|期(?!间))"
)
_YEAR_OR_AMOUNT = re.compile(r"(?:19|20)\d\d|[1-9]\d{0,3}0")
_LISTED = re.compile(
    rf"(?P<others>(?:、(?:{_YEAR_OR_AMOUNT.pattern}))*)(?: ?元"
    r"| ?(?:这|那|共)?(?P<count>[三四五六七八3-8])(?:个?(?:年|档|等级|标准)|种|类|项|笔))"
)
"""How the text goes on after listed years and amounts: 150、2023、2024这三年."""
_EXTENSION = re.compile(r"(?:转|-) ?\d{1,5}(?!\d)")
_X = re.compile(r"[ \-.]?[Xx×叉](?![A-Za-z0-9])")
_LAST_X = re.compile(
    r"(?:[ \-.,:]|然后|再|最后|后面|一?[位个]|[加来是]|大写的?|字母|英文){0,6}+"
    r"(?:[Xx×叉]|[艾爱埃]克斯)(?![A-Za-z0-9])"
)
"""The X at the end of an ID, also dictated: 最后一位是叉."""
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
    found: list[Span] = []
    for run in digit_runs(plain):
        found += _of_run(plain, _divided(run), addresses)
    for run in dictated_runs(plain):
        found += _of_run(plain, _divided(run), addresses, may_be_amounts=True)
        found += _turned(plain, run)
    yield from _united(found)


def _united(spans: list[Span]) -> Iterator[Span]:
    """Yield the spans in order, those that overlap as one of the kind of the longest."""
    longest = held = None
    for span in sorted(spans, key=lambda one: (one.start, one.end)):
        if held is None or longest is None or span.start >= held.end:
            if held is not None:
                yield held
            held = longest = span
            continue
        if span.end - span.start > longest.end - longest.start:
            longest = span
        held = Span(held.start, max(held.end, span.end), longest.kind)
    if held is not None:
        yield held


def _turned(plain: str, run: Run) -> Iterator[Span]:
    """Yield the number of a run whose last digits were told before the first."""
    at = first_piece(plain, run)
    last = "".join(group.digits for group in run[:at])
    digits = ""
    for group in run[at : at + LONGEST_NUMBER if at else 0]:
        digits += group.digits
        if _MOBILE.fullmatch(digits + last):
            yield Span(run[0].start, group.end, PersonalDataKind.MOBILE)
            return
        if len(digits + last) == 18 and has_birth_date(digits + last):
            yield Span(run[0].start, group.end, PersonalDataKind.RESIDENT_ID)
            return


def _of_run(
    plain: str, run: Run, addresses: dict[int, int], *, may_be_amounts: bool = False
) -> Iterator[Span]:
    """Yield the numbers of one run, from the left."""
    at = 0
    while at < len(run):
        internet = addresses.get(run[at].start)
        found = None
        if not internet or not _is_address(run[at:], internet):
            found = _at(plain, run, at, may_be_amounts=may_be_amounts)
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


def _at(plain: str, run: Run, at: int, *, may_be_amounts: bool) -> tuple[Span, int] | None:
    """Return the number that begins with group ``at`` and its count of groups, or None."""
    before = plain[max(0, run[at].start - LABEL_CHARACTERS) : run[at].start]
    labels = []
    if at == 0:
        before = without_place(before)
        labels = labels_before(before)
    found: tuple[Span, int] | None = None
    digits = ""
    for used, group in enumerate(run[at : at + LONGEST_NUMBER], start=1):
        digits += group.digits
        if len(digits) > LONGEST_NUMBER + 2:
            break
        groups = run[at : at + used]
        kind, end = _kind(plain, groups, digits, before)
        label = next((one for one in labels if one.fits(digits)), None)
        if may_be_amounts and (kind or label) and is_dictated(groups):
            if _is_reckoned(plain, groups, before):
                continue
            label = label if label and _is_surely_labelled(label, digits, before) else None
        if kind is not None:
            found = Span(_with_bracket(plain, groups), end, kind), used
            if kind in (PersonalDataKind.RESIDENT_ID, PersonalDataKind.MOBILE):
                break
        elif label is not None:
            end = _end_with_x(plain, group.end)
            found = Span(_with_bracket(plain, groups), end, label.kind), used
    return found


def _kind(plain: str, groups: Run, digits: str, before: str) -> tuple[PersonalDataKind | None, int]:
    """Return what kind of number the groups are together, and where it ends."""
    end = groups[-1].end
    size = len(digits)
    if size == 17 and has_birth_date(digits) and (x := _LAST_X.match(plain, end)):
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
    is_usual = _CARD_SHAPES.fullmatch(_shape(groups)) is not None or is_dictated(groups)
    return is_usual and is_bank_card(digits)


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
    if _is_listed(plain, groups) and not (_CALLED.search(before) or _NUMBER.search(before)):
        return False
    if _MOBILE_SHAPES.fullmatch(_shape(own)) or _CALLED.search(before) or _NUMBER.search(before):
        return True
    if _is_told(own):
        return True
    if own[-1].gap == " " and _shape(own) in _SPACED_SHAPES:
        return True
    return len(own) >= 5 and not _is_ascending(own)


def _is_told(own: Run) -> bool:
    """Return whether the groups of a mobile number are told as nobody tells amounts or ages."""
    if is_dictated(own):
        return len(own[0].digits) > 1 and not is_tens(own[0])
    if len(own[0].digits) != _PREFIX_DIGITS or any(group.gap == "." for group in own):
        return False
    written = "".join(group.written for group in own)
    is_spoken = not written.isdecimal()
    return is_spoken or any(group.digits[0] == "0" for group in own)


def _without_prefix(groups: Run, size: int) -> Run:
    """Return the groups without the first ``size`` digits."""
    own = list(groups)
    while size:
        if len(own[0].digits) <= size:
            size -= len(own[0].digits)
            del own[0]
        else:
            own[0] = part_of(own[0], size, len(own[0].digits), places_of(own[0]))
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


def _is_listed(plain: str, groups: Run) -> bool:
    """Return whether the groups are listed years and amounts, counted: 150、2023、2024这三年."""
    is_list = all(group.gap == "、" for group in groups[1:]) and all(
        _YEAR_OR_AMOUNT.fullmatch(group.written) for group in groups
    )
    told = _LISTED.match(plain, groups[-1].end) if is_list and len(groups) > 1 else None
    if told is None or told["count"] is None:
        return told is not None
    return digits_of(told["count"]) == str(len(groups) + told["others"].count("、"))


def _is_reckoned(plain: str, groups: Run, before: str) -> bool:
    """Return whether dictated pieces are amounts: 先交150，然后3000，最后2000."""
    if _MEASURE.match(plain, groups[-1].end):
        return True
    is_round = all(g.digits[0] != "0" and int(g.digits) % 10 == 0 for g in groups)
    is_mobile = sum(len(g.digits) for g in groups) >= _MOBILE_DIGITS
    return is_round and not (is_mobile and _CALLED.search(before))


def _is_surely_labelled(label: NumberLabel, digits: str, before: str) -> bool:
    """Return whether dictated pieces after a label are a number: not 医保3850，再来1285."""
    match label.kind:
        case PersonalDataKind.RESIDENT_ID:
            return True
        case PersonalDataKind.BANK_CARD:
            return len(digits) >= _LEAST_OF_CARD
        case _:
            return "号" in before


def _is_landline(plain: str, groups: Run, digits: str, before: str) -> bool:
    """Return whether the groups are a landline number: with area code, or after 电话."""
    if len(groups) > _MOST_PIECES or _MONEY.match(plain, groups[-1].end):
        return False
    if len(digits) in _LANDLINE_SIZES and _LANDLINE.fullmatch(digits):
        return len(groups[0].digits) >= (_LEAST_OF_AREA if is_dictated(groups) else 2)
    if not _LOCAL.fullmatch(digits) or _DATE.fullmatch(digits) or not _CALLED.search(before):
        return False
    return is_dictated(groups) or (len(groups) <= 2 and len(groups[-1].digits) >= 4)


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
    places = places_of(group)
    parts: Run = []
    start = at = 0
    while at < len(digits):
        size = _size_at(digits, at)
        if size == 0:
            at += 1
            continue
        if at > start:
            parts.append(part_of(group, start, at, places))
        parts.append(part_of(group, at, at + size, places))
        start = at = at + size
    if start < len(digits):
        parts.append(part_of(group, start, len(digits), places))
    return parts


def _size_at(digits: str, at: int) -> int:
    """Return how many digits from ``at`` on are an ID or a phone; 0 if they are none."""
    if is_resident_id(digits[at : at + 18]):
        return 18
    rest = len(digits) - at
    return 11 if _MOBILE.fullmatch(digits, at, at + 11) and rest % 11 in (0, 7) else 0
