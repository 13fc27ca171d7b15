"""Tells which office is asked to do something: 公证处能开单身证明吗 is not about 民政局."""

import re

_OFFICE = (
    r"公证处|派出所|公安局|街道办?|社区|居委会|村委会|村里|镇里|镇政府|民政局|法院|检察院|税务局|社保局|人社局|医保局"
    r"|教育局|卫健委|司法所|律所|医院|银行|学校|单位|公司|12345"
)
_ASKED = re.compile(
    rf"^(?:请问|你好|您好|咨询|[,，:： ])*(?P<office>{_OFFICE})(?:那边|那里|里)?"
    r"(?:能不能|可不可以|可以|能|会|给|还能|还给|现在能)(?:直接|帮忙|帮)?(?:开|办|出具|出|盖)"
)


def other_office(asked: str, *stored: str) -> str | None:
    """Return a Chinese description of the office asked about, if no text of the pair names it.

    ``asked`` and ``stored`` are normalised texts. None where the question does not begin with an
    office and what it is to issue or do.
    """
    match = _ASKED.match(asked)
    if match is None or any(match["office"] in text for text in stored):
        return None
    return f"机构不同：问的是{match['office']}能不能办，这条没有说到"
