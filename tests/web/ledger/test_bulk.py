"""One act on many entries: each has its own result, and one refusal stops no other."""

from io import BytesIO

import pytest
from callback_entries import await_calls
from openpyxl import load_workbook
from visitor import Browse, Browser

from qa_service.services import Services
from qa_service.vocabulary import Role

UNKNOWN = "ZX20991231-0001"


@pytest.fixture
def numbers(operator: Browser, services: Services) -> list[str]:
    """Two entries that wait for their unit, and one whose reply is approved already."""
    for place in range(2):
        path = operator.post("/consultations", question=f"火星第{place}街怎么走", area="养老")
        operator.post(f"{path.headers['location']}/registration")
    return ["ZX20261124-0001", "ZX20261124-0002", *await_calls(services, 1)]


@pytest.fixture
def supervisor(browse: Browse) -> Browser:
    return browse("ducha", Role.SUPERVISOR)


class TestBulk:
    def test_assigns_what_can_be_assigned_and_says_why_not_the_rest(
        self, supervisor: Browser, numbers: list[str]
    ) -> None:
        page = supervisor.post(
            "/ledger/bulk", numbers=[*numbers, UNKNOWN], then="assign", unit="education"
        ).text
        assert "4 条中办理成功 2 条，未办理 2 条" in page
        assert "现为“待回复”，不能交办" in page
        assert f"台账中没有编号 {UNKNOWN}" in page
        listed = supervisor.get("/ledger?unit=education").text
        assert [number in listed for number in numbers] == [True, True, False]

    def test_urges_every_entry(self, supervisor: Browser, numbers: list[str]) -> None:
        page = supervisor.post("/ledger/bulk", numbers=numbers, then="urge", reason="请抓紧").text
        assert "3 条中办理成功 3 条" in page
        assert "请抓紧" in supervisor.get(f"/ledger/{numbers[0]}").text

    def test_an_extension_needs_its_reason_and_days(
        self, supervisor: Browser, numbers: list[str]
    ) -> None:
        bare = supervisor.post("/ledger/bulk", numbers=numbers[:2], then="extend")
        assert bare.status_code == 422
        assert "所选 2 条都没有办理" in bare.text
        assert "请填写延长几个工作日" in bare.text
        assert "请填写延期理由" in bare.text
        assert all(f'aria-label="选择 {one}" checked>' in bare.text for one in numbers[:2])
        given = {"reason": "需会商", "workdays": "2"}
        page = supervisor.post("/ledger/bulk", numbers=numbers[:1], then="extend", **given).text
        assert "1 条中办理成功 1 条" in page
        assert "已延期，期限 2026-12-03" in page

    def test_what_was_typed_is_kept_for_the_rows_another_value_may_settle(
        self, supervisor: Browser, numbers: list[str]
    ) -> None:
        given = {"reason": "需会商", "workdays": "11"}
        page = supervisor.post("/ledger/bulk", numbers=[*numbers, UNKNOWN], then="extend", **given)
        assert "延期合计不超过 10 个工作日" in page.text
        assert 'value="需会商"' in page.text
        ticked = [f'value="{one}" form="bulk" aria-label="选择 {one}" checked' for one in numbers]
        assert [one in page.text for one in ticked] == [True, True, True]
        assert f'aria-label="选择 {UNKNOWN}">' in page.text

    def test_no_unit_is_chosen_beforehand(self, supervisor: Browser, numbers: list[str]) -> None:
        page = supervisor.post("/ledger/bulk", numbers=numbers[:1], then="assign")
        assert "请选择交办给哪个单位" in page.text
        assert numbers[0] not in supervisor.get("/ledger?unit=education").text

    def test_without_a_choice_says_what_to_do(self, supervisor: Browser) -> None:
        assert "勾选要办理的行" in supervisor.post("/ledger/bulk", then="urge").text

    @pytest.mark.parametrize("then", ["void", "approve", "reveal", "nonsense", ""])
    def test_takes_no_other_act(self, supervisor: Browser, numbers: list[str], then: str) -> None:
        answer = supervisor.post("/ledger/bulk", numbers=numbers, then=then, reason="一并")
        assert answer.status_code == 404

    def test_is_offered_to_those_who_may_and_refused_to_others(
        self, supervisor: Browser, operator: Browser, browse: Browse, numbers: list[str]
    ) -> None:
        assert 'id="bulk"' in supervisor.get("/ledger").text
        assert 'id="bulk"' not in operator.get("/ledger").text
        page = operator.post("/ledger/bulk", numbers=numbers[:1], then="urge").text
        assert "应由督查、管理员办理" in page
        outsider = browse("waidan", Role.SUPERVISOR, within={Role.SUPERVISOR: ["commerce"]})
        sent = {"then": "urge", "reason": "请抓紧"}
        page = outsider.post("/ledger/bulk", numbers=numbers[:1], **sent).text
        assert f"台账中没有编号 {numbers[0]}" in page
        assert 'name="reason" value="请抓紧"' in page, "where nothing was done, nothing is lost"

    def test_exports_only_what_was_chosen(self, supervisor: Browser, numbers: list[str]) -> None:
        answer = supervisor.post("/ledger/bulk/export", numbers=[numbers[1], UNKNOWN])
        assert answer.headers["content-disposition"].endswith('-chosen.xlsx"')
        sheet = load_workbook(BytesIO(answer.content)).active
        assert sheet is not None
        told = [cell for row in sheet.iter_rows(values_only=True) for cell in row]
        assert [number in told for number in numbers] == [False, True, False]
        assert "没有选择台账" in supervisor.post("/ledger/bulk/export").text
