import os
import re
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pytest
from httpx import Response
from openpyxl import Workbook, load_workbook
from sqlmodel import Session, select
from visitor import Browse, Browser

from qa_service.knowledge.models import QAPair
from qa_service.services import Services
from qa_service.vocabulary import Role

HEADER = "领域,承办单位,标准问题,答案,口播稿,生效日期\n"
GOOD = "社会救助,区民政局,电梯补助是多少？,一台补助二十万元。,补助二十万元。,2026-01-01\n"
BAD = "天文,区民政局,火星怎么去？,不知道。,不知道。,2026-01-01\n"


@pytest.fixture
def editor(browse: Browse) -> Browser:
    return browse("bianji", Role.EDITOR)


def send(browser: Browser, text: str, then: str, name: str = "a.csv", **fields: str) -> Response:
    return browser.client.post(
        "/bank/import",
        data={"csrf_token": browser.token(), "then": then, **fields},
        files={"file": (name, text.encode(), "text/csv")},
    )


def count(services: Services) -> int:
    with Session(services.database) as session:
        return len(session.exec(select(QAPair.id)).all())


class TestImport:
    def test_a_trial_writes_nothing_and_says_so(self, editor: Browser, services: Services) -> None:
        before = count(services)
        page = send(editor, HEADER + GOOD, "trial")
        assert "试运行，未写入：新增 1" in page.text
        assert count(services) == before

    def test_new_pairs_become_drafts(self, editor: Browser, services: Services) -> None:
        page = send(editor, HEADER + GOOD, "import")
        assert (page.status_code, "已导入：新增 1" in page.text) == (200, True)
        assert "电梯补助是多少？" in editor.get("/pairs?status=draft").text

    def test_what_the_pre_checks_find_is_told_by_row_before_it_is_written(
        self, editor: Browser
    ) -> None:
        marked = GOOD.replace("一台补助二十万元。,", "内部资料，不得外传。,")
        for then in ("trial", "import"):
            page = send(editor, HEADER + marked, then).text
            assert "答案含有涉密标志“内部资料”" in page
        assert "电梯补助是多少？" in editor.get("/pairs?status=draft").text

    def test_one_bad_row_stores_nothing_and_is_told_by_cell(
        self, editor: Browser, services: Services
    ) -> None:
        before = count(services)
        page = send(editor, HEADER + GOOD + BAD, "import")
        assert page.status_code == 422
        assert "领域" in page.text
        assert count(services) == before

    def test_the_good_rows_are_kept_on_request(self, editor: Browser, services: Services) -> None:
        before = count(services)
        send(editor, HEADER + GOOD + BAD, "import", keep_good_rows="yes")
        assert count(services) == before + 1

    def test_the_report_comes_as_a_file(self, editor: Browser, services: Services) -> None:
        before = count(services)
        file = send(editor, HEADER + GOOD + BAD, "report")
        rows = list(load_workbook(BytesIO(file.content)).worksheets[0].iter_rows(values_only=True))
        assert [row[1] for row in rows[1:]] == ["未导入", "新增"]
        assert count(services) == before

    @pytest.mark.parametrize(
        ("name", "told"), [("a.exe", "不认识"), ("../../a.csv", "已导入"), ("a.xlsx", "没有导入")]
    )
    def test_the_name_of_the_file_is_not_trusted(
        self, editor: Browser, tmp_path: Path, name: str, told: str
    ) -> None:
        assert told in send(editor, HEADER + GOOD, "import", name=name).text
        assert not (tmp_path / "a.csv").exists()

    def test_without_a_file_it_is_asked_for(self, editor: Browser) -> None:
        assert "请选择要导入的文件" in editor.post("/bank/import", then="import").text

    def test_is_not_for_operators(self, operator: Browser) -> None:
        assert send(operator, HEADER + GOOD, "import").status_code == 403

    def test_is_refused_beyond_its_size(self, editor: Browser) -> None:
        assert send(editor, "长" * 10_100_000, "trial").status_code == 413


class TestCheckedFile:
    def checked(self, page: Response) -> dict[str, str]:
        fields = re.findall(r'name="(checked|file_name|kind)" value="([^"]*)"', page.text)
        return dict(fields[:3])

    def test_is_imported_without_choosing_it_again(
        self, editor: Browser, services: Services
    ) -> None:
        before = count(services)
        page = send(editor, HEADER + GOOD, "trial", name="民政局 问答.csv")
        assert "民政局 问答.csv" in page.text
        done = editor.post("/bank/import", then="import", **self.checked(page))
        assert (done.status_code, "已导入：新增 1" in done.text) == (200, True)
        assert count(services) == before + 1
        assert not list((services.settings.data_dir / "imports").iterdir())

    def test_its_good_rows_can_be_imported(self, editor: Browser, services: Services) -> None:
        before = count(services)
        page = send(editor, HEADER + GOOD + BAD, "trial")
        assert "只导入合格的 1 行" in page.text
        editor.post("/bank/import", then="import", keep_good_rows="yes", **self.checked(page))
        assert count(services) == before + 1

    def test_is_not_for_another_session(self, editor: Browser, browse: Browse) -> None:
        page = send(editor, HEADER + GOOD, "trial")
        other = browse("bianji2", Role.EDITOR)
        told = other.post("/bank/import", then="import", **self.checked(page))
        assert (told.status_code, "请重新选择文件" in told.text) == (422, True)

    @pytest.mark.parametrize("checksum", ["0" * 64, "../../qa_service.db", "x"])
    def test_another_checksum_finds_nothing(self, editor: Browser, checksum: str) -> None:
        send(editor, HEADER + GOOD, "trial")
        told = editor.post("/bank/import", then="import", checked=checksum, file_name="a.csv")
        assert "请重新选择文件" in told.text

    def test_a_changed_copy_is_not_imported(self, editor: Browser, services: Services) -> None:
        page = send(editor, HEADER + GOOD, "trial")
        (kept,) = (services.settings.data_dir / "imports").glob("*/*")
        kept.write_text(HEADER)
        told = editor.post("/bank/import", then="import", **self.checked(page))
        assert "请重新选择文件" in told.text

    def test_an_old_file_is_deleted_by_the_next_check(
        self, editor: Browser, services: Services
    ) -> None:
        folder = services.settings.data_dir / "imports" / "old"
        folder.mkdir(parents=True)
        os.utime(folder, (0, 0))
        send(editor, HEADER + GOOD, "trial")
        assert not folder.exists()


class TestWhatThePageSays:
    def test_a_refused_file_reads_unlike_a_written_one(self, editor: Browser) -> None:
        refused = send(editor, HEADER + GOOD + BAD, "import").text
        assert "没有写入任何一行" in refused
        assert "已导入" not in refused
        written = send(editor, HEADER + GOOD + BAD, "import", keep_good_rows="yes").text
        assert "合格的行已导入" in written

    def test_a_refusal_names_the_file_of_the_user(self, editor: Browser) -> None:
        told = send(editor, HEADER, "trial", name="C:\\桌面\\问答汇总.csv").text
        assert "问答汇总.csv 里没有数据行" in told
        assert "upload" not in told

    def test_rows_left_out_are_told(self, editor: Browser) -> None:
        book = Workbook()
        for sheet in (book.active, book.create_sheet("教育局")):
            assert sheet is not None
            for line in (HEADER + GOOD).splitlines():
                sheet.append(line.split(","))
        held = BytesIO()
        book.save(held)

        def sent(then: str) -> Response:
            return editor.client.post(
                "/bank/import",
                data={"csrf_token": editor.token(), "then": then},
                files={"file": ("a.xlsx", held.getvalue())},
            )

        assert "“教育局”有 2 行内容，没有读取" in sent("trial").text
        report = load_workbook(BytesIO(sent("report").content)).worksheets[0]
        assert "没有读取" in str(report["E2"].value)


class TestPolicies:
    TEXT = "标识,标题,文号,制定机关,效力\n试行办法,试行办法,试〔2026〕9号,甲部,有效\n"

    def test_are_imported(self, editor: Browser) -> None:
        page = send(editor, self.TEXT, "import", kind="policies")
        assert "已导入：新增 1" in page.text
        assert "试行办法" in editor.get("/policies?q=试行办法").text

    def test_have_a_template(self, editor: Browser) -> None:
        file = editor.get("/bank/policy-template.xlsx").content
        (heading,) = load_workbook(BytesIO(file)).worksheets[0].iter_rows(values_only=True)
        assert "文号" in heading


class TestDownloads:
    @pytest.mark.parametrize("suffix", [".xlsx", ".csv", ".jsonl"])
    def test_every_pair_is_exported_and_comes_back_unchanged(
        self, editor: Browser, suffix: str
    ) -> None:
        file = editor.get(f"/bank/export{suffix}")
        assert file.status_code == 200
        sent = editor.client.post(
            "/bank/import",
            data={"csrf_token": editor.token(), "then": "trial"},
            files={"file": (f"bank{suffix}", file.content)},
        )
        assert "新增 0，更新 0" in sent.text

    def test_an_unknown_kind_is_a_page_and_no_failure(self, editor: Browser) -> None:
        assert editor.get("/bank/export.exe").status_code in {404, 422}

    def test_a_name_does_not_leave_its_quotes(self, editor: Browser) -> None:
        told = editor.get('/bank/export";filename="evil.bat;a.csv')
        assert "evil" not in told.headers.get("content-disposition", "")
        good = editor.get("/bank/export.csv").headers["content-disposition"]
        assert re.fullmatch(r'attachment; filename="[\w.-]+"; filename\*=UTF-8\'\'[\w.%-]+', good)

    def test_the_template_is_there(self, editor: Browser) -> None:
        assert editor.get("/bank/template.xlsx").content[:2] == b"PK"


@pytest.mark.parametrize("suffix", ['";filename="evil.bat;a.csv', ".exe", ".html", "", ".CSV"])
def test_no_other_format_is_exported(editor: Browser, suffix: str) -> None:
    answer = editor.get(f"/bank/export{quote(suffix)}")
    assert answer.status_code == 404
    assert "content-disposition" not in answer.headers
