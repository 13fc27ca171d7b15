"""The page after an act says that it was done."""

import re

from httpx import Response
from pair_pages import PAIR, publish
from policy_pages import address
from visitor import PASSWORD, Browse, Browser

from qa_service.consultation.watch.models import AlarmKind, TopicAlarm
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role


def line_after(browser: Browser, answer: Response) -> str:
    assert answer.status_code == 303, answer.text[:500]
    page = browser.get(answer.headers["location"].split("#")[0]).text
    found = re.search(r'id="did"><span aria-hidden="true">✔</span> (.+?)</p>', page)
    return found[1] if found else ""


def test_of_a_pair_saved_restored_discarded_and_withdrawn(
    admin: Browser, services: Services
) -> None:
    path = publish(admin, services)
    saved = admin.post(path, then="draft", **{**PAIR, "answer": "改掉的答复。"})
    assert line_after(admin, saved) == "已保存"
    assert (
        line_after(admin, admin.post(path.replace("/edit", "/discard"), seen="2")) == "已放弃修改稿"
    )
    restored = admin.post(path.replace("/edit", "/versions"), number="1")
    assert line_after(admin, restored).startswith("已以所选版本为底稿")
    withdrawn = admin.post(path.replace("/edit", "/withdraw"), reason="口径有误")
    assert line_after(admin, withdrawn).startswith("已撤回")


def test_of_a_document_changed_and_its_proof_of_upload(editor: Browser) -> None:
    path = address(editor, "社会救助暂行办法")
    page = editor.get(f"{path}/edit").text
    kept = {
        name: re.search(rf'name="{name}" type="\w+" value="([^"]*)"', page)[1]  # type: ignore[index]
        for name in ("title", "document_number", "issuer", "issued_on", "effective_from", "link")
    }
    changed = editor.post(f"{path}/edit", **kept, validity="现行有效", is_public="yes")
    assert line_after(editor, changed) in {"已保存", "已提出，待另一人确认"}
    proof = {"uploaded_on": "2026-11-20", "uploaded_address": "https://policy.example.gov.cn/1"}
    assert line_after(editor, editor.post(f"{path}/upload", **proof)) == "已保存"


def test_of_a_topic_deleted(editor: Browser) -> None:
    added = editor.post("/coverage", area="养老", name="高龄津贴", keywords="高龄津贴")
    assert line_after(editor, added) == "已保存"
    (topic,) = set(re.findall(r'name="topic_id" value="(\d+)"', editor.get("/coverage").text)[-1:])
    deleted = editor.post("/coverage", topic_id=topic, then="delete")
    assert line_after(editor, deleted) == "已删除"


def test_of_an_alarm_dealt_with(browse: Browse, services: Services) -> None:
    supervisor, now = browse("ducha", Role.SUPERVISOR), services.clock.now()
    with session_scope(services.database) as session:
        session.add(
            TopicAlarm(
                day=now.date(),
                kind=AlarmKind.NO_MATCH,
                subject="*",
                count=21,
                expected=4.5,
                limit=10.9,
                raised_at=now,
            )
        )
    settled = supervisor.post("/alarms/1", note="已起草问答")
    assert line_after(supervisor, settled) == "已处理"


def test_of_a_password_changed_and_of_signing_out_everywhere(operator: Browser) -> None:
    fresh = "another long secret"
    typed = {"old_password": PASSWORD, "new_password": fresh, "repeated_password": fresh}
    assert line_after(operator, operator.post("/password", **typed)).startswith("密码已修改")
    assert line_after(operator, operator.post("/logout", everywhere="yes")) == "已在所有电脑上退出"
