"""The pages of units and areas: what staff do there shows everywhere else."""

import pytest
from httpx import Response
from sqlmodel import Session, select
from visitor import Browse, Browser

from qa_service.accounts.models import Area, Unit
from qa_service.accounts.units import find_unit
from qa_service.ledger.models import LedgerEntry
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role

STREET = {"name": "甲山街道办事处", "key": "jiashan", "level": "town", "phone": "023-0000 0000"}


@pytest.fixture
def supervisor(browse: Browse) -> Browser:
    return browse("ducha", Role.SUPERVISOR)


def unit(services: Services, key: str) -> Unit:
    with session_scope(services.database, read_only=True) as session:
        return find_unit(session, key)


def upload(browser: Browser, text: str, then: str, kind: str = "units") -> Response:
    return browser.client.post(
        "/units/import",
        data={"csrf_token": browser.token(), "then": then, "kind": kind},
        files={"file": ("单位.csv", text.encode(), "text/csv")},
    )


class TestUnits:
    def test_an_added_unit_is_offered_in_filters_and_accounts(
        self, supervisor: Browser, admin: Browser
    ) -> None:
        assert supervisor.post("/units/new", **STREET).status_code == 303
        assert "甲山街道办事处" in supervisor.get("/ledger").text
        assert "甲山街道办事处" in admin.get("/staff").text
        page = supervisor.get("/units").text
        assert "镇街" in page
        assert "023-0000 0000" in page

    def test_a_refused_form_keeps_what_was_typed_and_names_every_fault(
        self, supervisor: Browser
    ) -> None:
        wrong = {**STREET, "email": "不是邮箱", "phone": "打给我", "key": "甲 山"}
        page = supervisor.post("/units/new", **wrong)
        assert page.status_code == 422
        for text in ("不是邮箱", "打给我", "不是电子邮箱地址", "标识应为", "电话应由"):
            assert text in page.text

    def test_a_new_name_shows_at_once(self, supervisor: Browser, services: Services) -> None:
        known = unit(services, "education")
        form = {"name": "区教育委员会", "level": "district", "fields": "教育", "then": "save"}
        assert supervisor.post(f"/units/{known.id}", **form).status_code == 303
        assert "区教育委员会" in supervisor.get("/pairs").text

    def test_a_unit_with_open_work_is_not_retired_and_can_be_merged(
        self, supervisor: Browser, services: Services
    ) -> None:
        supervisor.post("/units/new", **STREET)
        known = unit(services, "education")
        refused = supervisor.post(f"/units/{known.id}", then="retire")
        assert refused.status_code == 422
        assert "牵头领域 1 个（教育）" in refused.text
        merged = supervisor.post(f"/units/{known.id}", then="merge", into="jiashan")
        assert merged.status_code == 303
        assert "已并入甲山街道办事处" in supervisor.get("/units").text
        restored = supervisor.post(f"/units/{known.id}", then="restore")
        assert restored.status_code == 303
        assert unit(services, "education").is_active

    def test_an_import_is_tried_and_then_done(
        self, supervisor: Browser, services: Services
    ) -> None:
        text = "名称,层级,上级单位\n乙村村委会,村社,乙镇人民政府\n乙镇人民政府,镇街,\n"
        tried = upload(supervisor, text, "trial")
        assert "试运行，未写入：新增 2" in tried.text
        done = upload(supervisor, text, "import")
        assert "已导入：新增 2" in done.text
        with session_scope(services.database, read_only=True) as session:
            village = session.exec(select(Unit).where(Unit.name == "乙村村委会")).one()
            town = session.exec(select(Unit).where(Unit.name == "乙镇人民政府")).one()
        assert village.parent_id == town.id

    def test_the_exported_directory_imported_again_changes_nothing(
        self, supervisor: Browser
    ) -> None:
        book = supervisor.get("/units/export.xlsx").content
        page = supervisor.client.post(
            "/units/import",
            data={"csrf_token": supervisor.token(), "then": "import", "kind": "units"},
            files={"file": ("a.xlsx", book, "application/octet-stream")},
        )
        assert "新增 0，更新 0" in page.text

    def test_a_faulty_row_refuses_the_file_by_its_cell(self, supervisor: Browser) -> None:
        page = upload(supervisor, "名称,牵头领域\n丙局,天文\n", "import")
        assert page.status_code == 422
        assert "第2行「牵头领域」" in page.text
        assert "没有领域“天文”" in page.text


class TestAreas:
    def test_an_added_area_is_offered_to_ask_to_write_and_to_filter(
        self, supervisor: Browser, editor: Browser
    ) -> None:
        assert supervisor.post("/units/areas", name="住房", then="add").status_code == 303
        for path in ("/", "/pairs", "/pairs/new", "/coverage"):
            assert "住房" in editor.get(path).text, path

    def test_an_added_area_is_routed_imported_reported_and_exported(
        self, supervisor: Browser, editor: Browser, operator: Browser, services: Services
    ) -> None:
        supervisor.post("/units/areas", name="住房", then="add")
        housing = {"name": "区安居服务中心", "key": "anju", "fields": "住房"}
        assert supervisor.post("/units/new", level="district", **housing).status_code == 303
        asked = operator.post("/consultations", question="火星公租房怎么申请？", area="住房")
        path = asked.headers["location"]
        operator.post(f"{path}/registration", area="住房")
        with session_scope(services.database, read_only=True) as session:
            entry = session.exec(select(LedgerEntry)).one()
            assert (entry.area, entry.unit_id) == ("住房", find_unit(session, "anju").id)
        lines = [
            "领域,承办单位,标准问题,答案,口播稿,生效日期,政策依据",
            "住房,anju,公租房租金怎么交？,到住房保障中心交。,到中心交。,2026-01-01,",
        ]
        report = editor.client.post(
            "/bank/import",
            data={"csrf_token": editor.token(), "then": "import"},
            files={"file": ("rows.csv", "\n".join(lines).encode(), "text/csv")},
        )
        assert report.status_code == 200, report.text
        assert "公租房租金怎么交" in editor.get("/pairs?area=住房").text
        for page in ("/ledger", "/reports", "/booklets"):
            assert "住房" in supervisor.get(page).text, page

    def test_a_renamed_area_keeps_its_value(self, supervisor: Browser, services: Services) -> None:
        supervisor.post("/units/areas", key="教育", name="教育培训", position="2", then="save")
        assert '<option value="教育">教育培训' in supervisor.get("/pairs").text
        with Session(services.database) as session:
            assert session.get_one(Area, "教育").name == "教育培训"

    def test_an_area_in_use_is_not_retired(self, supervisor: Browser) -> None:
        page = supervisor.post("/units/areas", key="教育", then="retire")
        assert page.status_code == 422
        assert "领域“教育”还有" in page.text

    def test_a_question_within_an_area_retired_meanwhile_is_searched_in_all(
        self, supervisor: Browser, operator: Browser
    ) -> None:
        supervisor.post("/units/areas", name="住房", then="add")
        supervisor.post("/units/areas", key="住房", then="retire")
        asked = operator.post("/consultations", question="公租房怎么申请？", area="住房")
        assert asked.status_code == 303
        assert "不限领域" in operator.get(asked.headers["location"]).text
