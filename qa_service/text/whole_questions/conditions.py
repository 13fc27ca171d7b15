"""Tells a short question in general from a pair about those who lack something.

产假工资谁发 is not answered by who pays where nobody insured (没上社保，产假工资谁发), nor
医保个人交多少 by what one pays as a resident: most callers are in another case.
"""

import re

_SHORT = 16
"""Number of characters up to which a question that leaves a condition out asks in general."""

_LACKS = re.compile(
    r"(?<![有能要])(?:没有?|未)(?:给|按时|及时|依法|按规定)?[上交缴办签参登][\u4e00-\u9fff]?"
    r"|不[给按依]?[交缴签办][\u4e00-\u9fff]?|拖欠|欠缴"
)
_TELLS_LACK = re.compile(r"[没未不欠拖断漏忘]|冇")

_RESIDENT = re.compile(r"居民")
_RESIDENT_WORDS = re.compile(
    r"居民|农|村|城乡|学生|孩子|小孩|儿童|娃|老人|父母|爸|妈|没单位|没工作"
)
_INSURANCE = re.compile(r"医保|养老保险|社保")


def added_condition(asked: str, *stored: str) -> str | None:
    """Return a Chinese description of the condition that every text of the pair adds, if one does.

    ``asked`` and ``stored`` are normalised texts. None for a question that is long, or tells of
    such a condition itself.
    """
    if len(asked) > _SHORT:
        return None
    lacks = [_LACKS.search(text) for text in stored]
    if all(lacks) and not _TELLS_LACK.search(asked) and lacks[0]:
        return f"条件不同：这条说的是“{lacks[0][0]}”的情形，问题没有说到"
    is_of_residents = bool(_RESIDENT.search(stored[-1]))
    if is_of_residents and _INSURANCE.search(asked) and not _RESIDENT_WORDS.search(asked):
        return "条件不同：这条说的是居民的，问题没有说到是职工还是居民"
    return None
