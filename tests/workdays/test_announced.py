from datetime import date
from pathlib import Path

import pytest

from qa_service.errors import ConfigurationError
from qa_service.workdays.announced import AnnouncedYear, HolidayFileError, load_announced

# Invented: what the notice for 2027 says is not known yet.
NOTICE_2027 = """\
notice: 国办发明电〔2026〕99号
days_off: [2026-12-31, 2027-01-01, 2027-01-02]
make_up_days: [2027-01-30]
"""


class TestFiles:
    def test_are_read_by_year(self, tmp_path: Path) -> None:
        (tmp_path / "2027.yaml").write_text(NOTICE_2027, encoding="utf-8")
        (tmp_path / "2028.yaml").write_text(
            "notice: 甲\ndays_off: [2028-01-01]\nmake_up_days: []\n", encoding="utf-8"
        )
        (tmp_path / "README.md").write_text("not a year", encoding="utf-8")
        found = load_announced(tmp_path)
        assert list(found) == [2027, 2028]
        assert found[2027] == AnnouncedYear(
            2027,
            "国办发明电〔2026〕99号",
            frozenset({date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 2)}),
            frozenset({date(2027, 1, 30)}),
        )

    def test_may_be_missing(self, tmp_path: Path) -> None:
        assert load_announced(tmp_path) == {}
        assert load_announced(tmp_path / "no such folder") == {}


class TestFaultyFiles:
    @pytest.mark.parametrize(
        ("content", "cause"),
        [
            ("", "三项"),
            ("- 1\n", "三项"),
            ("notice: 甲\ndays_off: [2027-01-01]\n", "三项"),
            ("notice: 甲\ndays_off: [2027-01-01]\nmake_up_days: []\nextra: 1\n", "三项"),
            ("notice:\ndays_off: [2027-01-01]\nmake_up_days: []\n", "文号"),
            ("notice: 甲\ndays_off: 2027-01-01\nmake_up_days: []\n", "days_off 应为日期列表"),
            ("notice: 甲\ndays_off: []\nmake_up_days: []\n", "days_off 为空"),
            ("notice: 甲\ndays_off: [元旦]\nmake_up_days: []\n", "元旦 不是日期"),
            ("notice: 甲\ndays_off: [2027-01-01 08:00:00]\nmake_up_days: []\n", "不是日期"),
            ("notice: 甲\ndays_off: [2027-02-30]\nmake_up_days: []\n", "无法读取"),
            ("notice: 甲\ndays_off: [2028-01-01]\nmake_up_days: []\n", "不属于 2027 年"),
            ("notice: 甲\ndays_off: [2026-11-30]\nmake_up_days: []\n", "不属于 2027 年"),
            ("notice: 甲\ndays_off: [2027-01-01, 2027-01-01]\nmake_up_days: []\n", "重复"),
            ("notice: 甲\ndays_off: [2027-01-02]\nmake_up_days: [2027-01-02]\n", "又是上班日"),
            ("notice: 甲\ndays_off: [2027-01-01]\nmake_up_days: [2027-01-04]\n", "不是周六"),
            ("notice: [甲\n", "无法读取"),
        ],
    )
    def test_names_the_file_and_the_cause(self, tmp_path: Path, content: str, cause: str) -> None:
        (tmp_path / "2027.yaml").write_text(content, encoding="utf-8")
        with pytest.raises(HolidayFileError, match=f"2027.yaml.*{cause}") as caught:
            load_announced(tmp_path)
        assert isinstance(caught.value, ConfigurationError)

    def test_refuses_another_encoding(self, tmp_path: Path) -> None:
        (tmp_path / "2027.yaml").write_bytes(NOTICE_2027.encode("gb18030"))
        with pytest.raises(HolidayFileError, match=r"2027\.yaml 无法读取"):
            load_announced(tmp_path)

    def test_refuses_a_name_that_is_no_year(self, tmp_path: Path) -> None:
        (tmp_path / "next.yaml").write_text(NOTICE_2027, encoding="utf-8")
        with pytest.raises(HolidayFileError, match=r"next\.yaml .*四位年份"):
            load_announced(tmp_path)
