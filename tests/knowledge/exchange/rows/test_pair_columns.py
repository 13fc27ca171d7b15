from dataclasses import replace
from datetime import date, datetime

import pytest

from qa_service.errors import FieldProblem
from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.exchange.rows.pair_columns import read_pair
from qa_service.knowledge.exchange.rows.source_row import FileFormat, SourceRow, UnreadableFileError
from qa_service.knowledge.pairs.record.rules import InvalidPairError
from qa_service.vocabulary import Aspect, PairStatus, PolicyArea

TABLE = {
    "领域": "养老",
    "承办单位": "甲区社保局",
    "标准问题": "养老金怎么领？",
    "答案": "到社保局领。",
    "口播稿": "到社保局领。",
    "生效日期": "2026-01-31",
}


def table_row(**changes: object) -> SourceRow:
    values = {**TABLE, **changes}
    letters = dict(zip(values, "ABCDEFGHIJKLM", strict=False))
    return SourceRow(FileFormat.XLSX, 7, values, letters)


def json_row(**changes: object) -> SourceRow:
    values: dict[str, object] = {
        "field": "养老",
        "unit": "pensions",
        "question": "养老金怎么领？",
        "answer": "到社保局领。",
        "phone_script": "到社保局领。",
        "effective_from": "2026-01-31",
    }
    return SourceRow(FileFormat.JSONL, 7, values | changes, {})


def problems_of(row: SourceRow) -> tuple[FieldProblem, ...]:
    with pytest.raises(InvalidPairError) as caught:
        read_pair(row)
    return caught.value.problems


class TestInlineLists:
    """A cell that a program wrote as a list is a list, in tables and in JSONL."""

    def test_of_every_column_that_holds_several(self) -> None:
        cells = {
            "variants": '["咋领养老金", "养老金哪儿领"]',
            "keywords": "[养老金, 领取]",
            "basis": '[{"policy": "养老办法", "article": "第三条"}, "试〔2020〕1号#第一条"]',
        }
        names = {"variants": "相似问", "keywords": "关键词", "basis": "政策依据"}
        table = table_row(**{names[name]: cell for name, cell in cells.items()})
        for row in (table, json_row(**cells)):
            content = read_pair(row).content
            assert content.variants == ("咋领养老金", "养老金哪儿领")
            assert content.keywords == ("养老金", "领取")
            assert [(one.policy, one.article) for one in content.basis] == [
                ("养老办法", "第三条"),
                ("试〔2020〕1号", "第一条"),
            ]

    def test_of_other_things_than_texts_is_refused(self) -> None:
        assert [one.field for one in problems_of(json_row(variants='[["甲问"], {"a": 1}]'))] == [
            "variants"
        ]


class TestTables:
    def test_reads_the_chinese_columns(self) -> None:
        said = read_pair(
            table_row(
                编号=" A-1 ",
                相似问="咋领养老金\n养老金哪儿领|养老金领取",
                关键词="养老金、领取，社保",
                政策依据="试〔2020〕1号#第三条\n养老办法",
                失效日期="2027/1/31",
                状态="草稿",
                备注="局里核过",
            )
        )
        content = said.content
        assert said.key == "A-1"
        assert said.status is PairStatus.DRAFT
        assert content.area == PolicyArea.ELDERLY_CARE
        assert content.variants == ("咋领养老金", "养老金哪儿领", "养老金领取")
        assert content.keywords == ("养老金", "领取", "社保")
        assert content.basis == (Basis("试〔2020〕1号", "第三条"), Basis("养老办法"))
        assert content.expires_on == date(2027, 1, 31)

    @pytest.mark.parametrize(
        "day",
        [
            "2026-01-31",
            "2026/1/31",
            "2026年1月31日",
            " 2026-1-31 ",
            datetime(2026, 1, 31, 12, 30),
            date(2026, 1, 31),
            46053,
            "46053",
            46053.5,
            20260131,
            "２０２６．１．３１",
        ],
    )
    def test_reads_dates_as_people_write_them(self, day: object) -> None:
        assert read_pair(table_row(生效日期=day)).content.effective_from == date(2026, 1, 31)

    @pytest.mark.parametrize(
        "day",
        ["2026-02-30", "2026-1", "26-1-31", 31, 4605300, "2026-1/31", "长期", "1/31/2026", True],
    )
    def test_another_date_is_refused_with_a_model(self, day: object) -> None:
        (problem,) = problems_of(table_row(生效日期=day))
        assert problem.field == "生效日期"
        assert "2026-01-31" in problem.message or "应是文字" in problem.message

    def test_a_number_taken_for_a_date_is_told(self) -> None:
        (note,) = read_pair(table_row(生效日期=46053)).notes
        assert note == "F7 的 46053 读作 2026-01-31"

    def test_numbers_of_the_1904_system_are_counted_from_1904(self) -> None:
        row = replace(table_row(生效日期=44591), dates_from_1904=True)
        assert read_pair(row).content.effective_from == date(2026, 1, 31)

    @pytest.mark.parametrize(
        "nothing", ["无", "暂无", "—", "——", "/", "N/A", "空", "（无）", "Ｎ／Ａ"]
    )
    def test_a_placeholder_is_an_empty_cell(self, nothing: str) -> None:
        optional = (
            "编号",
            "相似问",
            "关键词",
            "失效日期",
            "复核日期",
            "政策依据",
            "追问",
            "适用对象",
        )
        said = read_pair(table_row(**dict.fromkeys(optional, nothing)))
        assert said == read_pair(table_row())

    def test_an_answer_that_has_no_end_needs_no_last_day(self) -> None:
        assert read_pair(table_row(失效日期="长期有效")).content.expires_on is None

    def test_same_as_above_is_refused(self) -> None:
        (problem,) = problems_of(table_row(相似问="同上"))
        assert (problem.field, "写出内容" in problem.message) == ("相似问", True)

    @pytest.mark.parametrize(
        "cell",
        [
            "去哪办？；怎么办理？",
            "去哪办？;怎么办理？;",
            "去哪办？|怎么办理？",
            "1.去哪办？\n2、怎么办理？",
            "（1）去哪办？；（2）怎么办理？",
            "①去哪办？\n②怎么办理？",
            "去哪办？\n无\n怎么办理？",
        ],
    )
    def test_variants_are_split_as_people_separate_them(self, cell: str) -> None:
        said = read_pair(table_row(相似问=cell))
        assert (said.content.variants, said.notes) == (("去哪办？", "怎么办理？"), ())

    @pytest.mark.parametrize("cell", ["去哪里办/怎么办理/带什么材料", "去哪里办？怎么办理？"])
    def test_a_variant_that_reads_like_several_is_told(self, cell: str) -> None:
        said = read_pair(table_row(相似问=cell))
        assert said.content.variants == (cell,)
        assert "请一行写一条" in said.notes[0]

    def test_an_ordinary_variant_is_not_told(self) -> None:
        assert read_pair(table_row(相似问="老人、残疾人怎么领2.5万/年的补助")).notes == ()

    def test_headings_may_be_decorated_and_in_any_order(self) -> None:
        written = {
            "生效日期：": "2026-01-31",
            "口播话术": "到社保局领。",
            "★答案【必填】": "到社保局领。",
            "1.标准问题*": "养老金怎么领？",
            "承办单位(选填)": "甲区社保局",
            "领　域": "养老",
            "相似问（选填）": "咋领养老金",
            "序号": 1,
        }
        row = SourceRow(FileFormat.CSV, 7, written, {})
        assert read_pair(row).content == read_pair(table_row(相似问="咋领养老金")).content
        faulty = SourceRow(FileFormat.CSV, 7, {**written, "1.标准问题*": ""}, {})
        assert problems_of(faulty)[0].field == "1.标准问题*"

    def test_two_headings_of_one_column_refuse_the_file(self) -> None:
        with pytest.raises(UnreadableFileError, match="“标准问题”和“问题”是同一列"):
            read_pair(table_row(问题="养老金怎么领？"))

    def test_takes_a_number_for_its_digits(self) -> None:
        assert read_pair(table_row(编号=1001.0)).key == "1001"

    def test_takes_the_apostrophe_before_a_formula_away(self) -> None:
        assert read_pair(table_row(答案="'=甲加乙")).content.answer == "=甲加乙"

    def test_a_missing_column_refuses_the_file(self) -> None:
        values = {name: value for name, value in TABLE.items() if name != "口播稿"}
        with pytest.raises(UnreadableFileError, match="缺少“口播稿”列"):
            read_pair(SourceRow(FileFormat.CSV, 2, values, {}))

    def test_an_unknown_column_refuses_the_file(self) -> None:
        with pytest.raises(UnreadableFileError, match="不认识“失效期”列"):
            read_pair(table_row(失效期="2026-12-31"))

    def test_names_every_faulty_cell_once(self) -> None:
        row = table_row(领域=" ", 标准问题=" ", 口播稿="字" * 81, 生效日期="")
        problems = problems_of(row)
        assert [row.cell(problem.field) for problem in problems] == ["A7", "F7", "C7", "E7"]

    def test_a_cell_larger_than_excels_is_refused(self) -> None:
        (problem,) = problems_of(table_row(答案="字" * 32_768))
        assert "超过 32767 个字" in problem.message

    def test_a_citation_with_two_articles_is_refused(self) -> None:
        (problem,) = problems_of(table_row(政策依据="养老办法#一#二"))
        assert "文号或标识#条款" in problem.message

    def test_a_citation_nobody_has_read_is_marked(self) -> None:
        cited = "养老办法#第一条\n养老办法#第二条#待核\n养老办法##待核"
        assert read_pair(table_row(政策依据=cited)).content.basis == (
            Basis("养老办法", "第一条"),
            Basis("养老办法", "第二条", verified=False),
            Basis("养老办法", None, verified=False),
        )

    @pytest.mark.parametrize(("written", "aspect"), [(" 材料 ", Aspect.DOCUMENTS), ("", None)])
    def test_an_aspect_is_read_by_its_name(self, written: str, aspect: Aspect | None) -> None:
        assert read_pair(table_row(问点=written)).content.aspect is aspect

    def test_an_unknown_aspect_names_those_there_are(self) -> None:
        (problem,) = problems_of(table_row(问点="多少钱"))
        assert "应是条件、材料、流程" in problem.message

    def test_a_fault_of_reading_refuses_the_row(self) -> None:
        row = SourceRow(FileFormat.XLSX, 7, TABLE, {}, (FieldProblem("答案", "是公式"),))
        assert problems_of(row) == (FieldProblem("答案", "是公式"),)


class TestJsonl:
    def test_reads_lists_and_objects(self) -> None:
        content = read_pair(
            json_row(
                variants=["甲|乙怎么领", "丙怎么领"],
                keywords=["养老"],
                basis=[{"policy": "养老办法", "article": "第一条"}, {"policy": "试〔2020〕2号"}],
                expires_on=None,
            )
        ).content
        assert content.variants == ("甲|乙怎么领", "丙怎么领")
        assert content.basis == (Basis("养老办法", "第一条"), Basis("试〔2020〕2号"))

    def test_an_apostrophe_is_text(self) -> None:
        assert read_pair(json_row(answer="'=甲")).content.answer == "'=甲"

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("answer", {"text": "甲"}),
            ("answer", True),
            ("variants", ["甲怎么办", False]),
            ("basis", ["养老办法", 3]),
            ("basis", [{"policy": "养老办法", "clause": "一"}]),
            ("basis", {"policy": "养老办法"}),
            ("basis", "#第一条"),
            ("unit", ""),
            ("key", "k" * 65),
            ("keywords", ["字" * 21]),
        ],
    )
    def test_a_value_of_another_shape_is_refused(self, key: str, value: object) -> None:
        (problem,) = problems_of(json_row(**{key: value}))
        assert problem.field == key

    def test_a_number_is_no_date(self) -> None:
        (problem,) = problems_of(json_row(effective_from=46053))
        assert problem.field == "effective_from"

    def test_keys_are_exact(self) -> None:
        problems = problems_of(json_row(**{"question*": "养老金怎么领？"}))
        assert problems[0].field == "question*"

    def test_an_unknown_key_is_refused(self) -> None:
        (problem,) = problems_of(json_row(expires="2026-12-31"))
        assert problem == FieldProblem("expires", "不认识这个键，请改正或删去")
