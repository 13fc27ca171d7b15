"""The text of a notice is read as it was written, and what cannot be right is named."""

from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.workdays.notice_dates import WEEKDAYS, read_days
from qa_service.workdays.notice_text import HOLIDAYS, read_notice

NOTICE_2026 = """国务院办公厅关于2026年
部分节假日安排的通知
国办发明电〔2025〕7号
各省、自治区、直辖市人民政府，国务院各部委、各直属机构：
经国务院批准，现将2026年元旦、春节、清明节、劳动节、端午节、中秋节和国庆节放假调休日期的具体安排通知如下。
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
节假日期间，各地区、各部门要妥善安排好值班和安全、保卫等工作。
国务院办公厅
2025年11月4日
"""
NOTICE_2024 = """关于2024年部分节假日安排的通知
国办发明电[2023]7号
一、元旦：1月1日放假，与周末连休。
二、春节：2月10日至17日放假调休，共8天。2月4日（星期日）、2月18日（星期日）上班。鼓励各单位结合带薪年休假等制度落实，安排职工在除夕（2月9日）休息。
三、清明节：4月4日至6日放假调休，共3天。4月7日（星期日）上班。
四、劳动节：5月1日至5日放假调休，共5天。4月28日（星期日）、5月11日（星期六）上班。
五、端午节：6月10日放假，与周末连休。
六、中秋节：9月15日至17日放假调休，共3天。9月14日（星期六）上班。
七、国庆节：10月1日至7日放假调休，共7天。9月29日（星期日）、10月12日（星期六）上班。
"""


@pytest.mark.parametrize(
    ("text", "year", "number"),
    [(NOTICE_2026, 2026, "国办发明电〔2025〕7号"), (NOTICE_2024, 2024, "国办发明电〔2023〕7号")],
)
def test_a_real_notice_gives_the_days_everybody_knows(text: str, year: int, number: str) -> None:
    reading = read_notice(text)
    assert (reading.year, reading.notice, reading.faults, reading.missing) == (
        year,
        number,
        (),
        (),
    )
    day = date(year, 1, 1)
    while day.year == year:
        is_off = day in reading.days_off or (day.weekday() >= 5 and day not in reading.make_up_days)
        assert is_off is chinese_calendar.is_holiday(day), day
        day += timedelta(days=1)


def test_lines_broken_anywhere_as_a_printed_page_breaks_them_make_no_difference() -> None:
    broken = "\n".join(NOTICE_2026[at : at + 7] for at in range(0, len(NOTICE_2026), 7))
    assert read_notice(broken) == read_notice(NOTICE_2026)


def test_new_years_break_may_begin_in_december_before() -> None:
    text = "关于2023年部分节假日安排的通知\n一、元旦：2022年12月31日至2023年1月2日放假调休，共3天。"
    reading = read_notice(text)
    assert (min(reading.days_off), reading.faults) == (date(2022, 12, 31), ())
    assert "国庆节" in reading.missing
    short = read_notice("一、元旦：12月31日至1月2日放假，共3天。", year=2023)
    assert short.days_off == reading.days_off


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("一、元旦：1月3日至1日放假，共3天。", "先后颠倒"),
        ("一、元旦：1月1日至3日放假，共4天。", "共 4 天，日期是 3 天"),
        ("一、元旦：1月1日（周一）放假。", "2027年1月1日（周五），写的是周一"),
        ("一、元旦：1月1日放假。1月5日（周二）上班。", "1月5日（周二）本来就是工作日"),
        ("一、元旦：1月1日至3日放假。1月2日上班。", "既放假又上班"),
        ("二、春节：2026年2月15日放假。", "不在 2027 年"),
        ("二、春节：2月30日放假。", "没有2027年2月30日这一天"),
        ("二、春节：2月6日至12日。", "没有说放假还是上班"),
        ("二、春节：2月6日放假。2月6日放假。", "写了两次"),
        ("二、春节：2月6日至5月6日放假。", "超过一个月"),
        ("关于2026年部分节假日安排的通知。一、元旦：1月1日放假。", "通知是 2026 年的"),
        ("今天天气不错", "没有看到放假或上班的日期"),
    ],
)
def test_names_what_cannot_be_right(text: str, fault: str) -> None:
    assert any(fault in told for told in read_notice(text, year=2027).faults)


def test_a_text_without_a_year_asks_for_it() -> None:
    (fault,) = read_notice("一、元旦：1月1日放假。").faults
    assert "没有看到年份" in fault


@given(st.text(max_size=300), st.integers(0, 2100))
def test_any_text_is_read_without_failing(text: str, year: int) -> None:
    read_notice(text, year=year)
    read_days(text)


@st.composite
def breaks(draw: st.DrawFn) -> tuple[int, list[tuple[str, date, date, list[date]]]]:
    """A year with its holidays in order, each with its days and its make-up weekend days."""
    year = draw(st.integers(2005, 2090))
    months = draw(st.lists(st.integers(1, 12), min_size=1, max_size=7, unique=True).map(sorted))
    found = []
    for name, month in zip(HOLIDAYS[1:] + HOLIDAYS[:1], months, strict=False):
        first = date(year, month, draw(st.integers(1, 20)))
        last = first + timedelta(days=draw(st.integers(0, 8)))
        around = [last + timedelta(days=n) for n in range(1, 9)]
        weekends = [
            day for day in around if day.weekday() >= 5 and (day.year, day.month) == (year, month)
        ]
        worked = draw(st.lists(st.sampled_from(weekends), unique=True)) if weekends else []
        found.append((name, first, last, sorted(worked)))
    return year, found


@given(breaks(), st.booleans(), st.booleans())
def test_a_written_notice_is_read_back(
    drawn: tuple[int, list[tuple[str, date, date, list[date]]]], weekdays: bool, short: bool
) -> None:
    year, found = drawn

    def written(day: date, *, after: date | None = None) -> str:
        month = "" if short and after and after.month == day.month else f"{day.month}月"
        return f"{month}{day.day}日" + (f"（周{WEEKDAYS[day.weekday()]}）" if weekdays else "")

    lines = [f"关于{year}年部分节假日安排的通知"]
    for name, first, last, worked in found:
        if first.month == 12 and name == "元旦":
            continue
        until = f"至{written(last, after=first)}" if last > first else ""
        line = f"{name}：{written(first)}{until}放假调休，共{(last - first).days + 1}天。"
        lines.append(line + ("、".join(map(written, worked)) + "上班。" if worked else ""))
    reading = read_notice("\n".join(lines))
    kept = [one for one in found if not (one[1].month == 12 and one[0] == "元旦")]
    if not kept:
        return
    off = {
        first + timedelta(days=n)
        for _, first, last, _ in kept
        for n in range((last - first).days + 1)
    }
    worked_days = {day for *_, worked in kept for day in worked}
    if off & worked_days or any(day.year != year for day in off):
        return
    assert (reading.days_off, reading.make_up_days) == (off, worked_days)


class TestTypedDays:
    def test_single_days_and_ranges(self) -> None:
        days, faults = read_days("2027-01-01至2027-01-03\n2027/2/5、2027.2.6")
        assert [day.isoformat() for day in days] == [
            "2027-01-01",
            "2027-01-02",
            "2027-01-03",
            "2027-02-05",
            "2027-02-06",
        ]
        assert faults == []

    @pytest.mark.parametrize("word", ["元旦", "2027-13-01", "2027-01-03至2027-01-01", "1至2至3"])
    def test_a_word_that_is_no_day_is_named(self, word: str) -> None:
        days, faults = read_days(f"2027-01-01 {word}")
        assert len(days) == len(faults) == 1
