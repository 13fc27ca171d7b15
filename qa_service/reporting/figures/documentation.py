"""The table of figures as a document (``docs/figures.md``)."""

from qa_service.reporting.figures.table import FIGURES

_HEAD = """# Figures

The figures of supervision (监督统计), as `qa_service/reporting/figures/table.py` defines them:
pages, sheets, REST and commands read that table, and `qa-service report definitions` prints this
document from it. Days are those of Beijing, working days those of the calendar. Where nothing was
counted, or a denominator is zero, a figure has no value (无数据, `null`), never 0. Counts (件) have
no denominator. 现: as of the day of compiling, whatever the period.

| name | 指标 | 单位 | 分子 | 分母 | 不计入 | 数据来源 |
|---|---|---|---|---|---|---|
"""


def figures_document() -> str:
    """Return the document in Markdown."""
    lines = []
    for one in FIGURES:
        source = one.source.label + ("（现）" if one.source.is_present else "")
        cells = (
            f"`{one.name}`",
            one.label,
            one.measure.label,
            one.numerator,
            one.denominator or "—",
            one.excluded,
            source,
        )
        lines.append("| " + " | ".join(cells) + " |")
    return _HEAD + "\n".join(lines) + "\n"
