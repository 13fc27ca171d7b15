"""The interpretation (解读) of a document: through the form, a file and REST, to its page."""

from pathlib import Path

from fastapi.testclient import TestClient
from visitor import Browser

from qa_service.knowledge.exchange.policy_importer import import_policies
from qa_service.knowledge.exchange.rows.readers import read_rows
from qa_service.knowledge.policies.service import find_policy
from qa_service.services import Services
from qa_service.storage.engine import session_scope

TITLE, LINK = "一图读懂高龄津贴办法", "https://gov.example/read/3"
POLICY = {
    "title": "高龄津贴办法",
    "document_number": "区政办发〔2026〕3号",
    "issuer": "区政府办公室",
    "validity": "有效",
}


def test_is_typed_shown_and_typed_again(editor: Browser) -> None:
    given = {"interpretation_title": TITLE, "interpretation_link": LINK}
    path = editor.post("/policies/new", **POLICY, **given).headers["location"]
    assert f'<a href="{LINK}" rel="noreferrer noopener">{TITLE}</a>' in editor.get(path).text
    assert f'value="{LINK}"' in editor.get(f"{path}/edit").text


def test_a_title_without_an_address_and_other_schemes_are_refused(editor: Browser) -> None:
    untold = editor.post("/policies/new", **POLICY, interpretation_title=TITLE)
    assert (untold.status_code, "请填写解读的网址" in untold.text) == (422, True)
    hostile = editor.post("/policies/new", **POLICY, interpretation_link="javascript:alert(1)")
    assert (hostile.status_code, "解读链接应以 http" in hostile.text) == (422, True)


def test_comes_with_a_file(services: Services, tmp_path: Path) -> None:
    file = tmp_path / "policies.csv"
    head = "标识,标题,文号,制定机关,效力,解读标题,解读链接\n"
    row = f"高龄,{POLICY['title']},{POLICY['document_number']},区政府,有效,{TITLE},{LINK}\n"
    file.write_text(head + row, encoding="utf-8")
    with session_scope(services.database) as session:
        import_policies(session, read_rows(file), now=services.clock.now(), keep_good_rows=True)
        stored = find_policy(session, "高龄")
        assert (stored.interpretation_title, stored.interpretation_link) == (TITLE, LINK)


def test_is_set_and_taken_away_over_rest(api: TestClient) -> None:
    body = {**POLICY, "key": "高龄", "interpretation_link": LINK, "is_public": False}
    made = api.post("/api/v1/policies", json=body).json()
    assert (made["interpretation_title"], made["interpretation_link"]) == (None, LINK)
    path = f"/api/v1/policies/{made['id']}"
    changed = api.patch(path, json={"interpretation_link": None})
    assert changed.status_code == 200, changed.text
    assert changed.json()["policy"]["interpretation_link"] is None
