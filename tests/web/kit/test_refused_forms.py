"""A refused form says every fault beside its field and keeps what was typed."""

import re
from datetime import timedelta

import pytest
from entry_pages import ENTRY, QUESTION
from pair_pages import publish, write
from policy_pages import address, decide_end, propose
from visitor import Browse, Browser, add_user

from qa_service.clock import FixedClock
from qa_service.knowledge.upkeep_models import ReworkTask
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role


@pytest.fixture
def supervisor(browse: Browse) -> Browser:
    return browse("ducha", Role.SUPERVISOR)


def test_an_account_keeps_its_roles_units_and_state_as_typed(
    admin: Browser, services: Services
) -> None:
    add_user(services, "lisi")
    typed = {"display_name": "", "roles": ["editor", "unit"], "units_editor": "education"}
    page = admin.post("/staff/users/lisi", **typed)
    assert page.status_code == 422
    for name, told in (("display_name", "姓名或岗位应为"), ("unit", "须指明所属单位")):
        assert re.search(rf'id="{name}-problem">.*?{told}', page.text)
    assert re.search(r'name="roles" value="editor" checked', page.text)
    assert re.search(r'name="units_editor" value="education" checked', page.text)
    assert not re.search(r'name="is_active" value="yes" checked', page.text)


def test_both_faults_of_a_new_password_are_told(operator: Browser) -> None:
    page = operator.post("/password", old_password="x", new_password="kurz", repeated_password="y")
    assert page.status_code == 422
    assert 'id="new_password-problem"' in page.text
    assert 'id="repeated_password-problem"' in page.text


def test_a_topic_stands_as_typed_in_its_own_form(editor: Browser) -> None:
    new = editor.post("/coverage", area="养老", name="高龄津贴", keywords="").text
    assert 'name="name" maxlength="100" value="高龄津贴"' in new
    assert 'id="keywords-problem"' in new
    editor.post("/coverage", area="养老", name="高龄津贴", keywords="高龄津贴")
    topic = re.findall(r'name="topic_id" value="(\d+)"', editor.get("/coverage").text)[-1]
    page = editor.post("/coverage", topic_id=topic, area="养老", name="", keywords="别的词").text
    assert page.count('value="别的词"') == 1
    assert page.count('<details class="topic" open>') == 1


def test_an_area_renamed_wrongly_is_not_put_into_the_form_of_a_new_one(supervisor: Browser) -> None:
    page = supervisor.post("/units/areas", key="教育", name="教、育", then="save")
    assert page.status_code == 422
    assert page.text.count('value="教、育"') == 1
    assert page.text.index('value="教、育"') < page.text.index('id="area-name"')


def test_rework_declined_without_reason_and_evidence_names_both(
    editor: Browser, services: Services
) -> None:
    pair = int(publish(editor, services).split("/")[2])
    with session_scope(services.database) as session:
        session.add(
            ReworkTask(pair_id=pair, unit_id=1, reason="依据失效", opened_at=services.clock.now())
        )
    page = editor.post("/upkeep/rework/1", outcome=" ", evidence=" ").text
    assert 'id="outcome-problem"' in page
    assert 'id="evidence-problem"' in page
    assert 'value="政策已停"' in editor.post("/upkeep/rework/1", outcome="政策已停").text
    done = editor.post("/upkeep/rework/1", outcome="政策已停", evidence="甲办发〔2026〕1号")
    assert done.status_code == 303
    again = editor.post("/upkeep/rework/1", outcome="再说一次", evidence="乙")
    assert (again.status_code, "已由 用户bianji 了结" in again.text) == (409, True)


def test_an_act_on_an_entry_is_shown_as_typed_in_its_own_panel_alone(
    operator: Browser, supervisor: Browser
) -> None:
    path = operator.post("/consultations", question=QUESTION, area="养老").headers["location"]
    operator.post(f"{path}/registration", phone="13800000000")
    page = supervisor.post(f"{ENTRY}/extend", workdays="99", reason="须现场核查").text
    assert page.count('id="workdays-problem"') == 1
    assert page.count(">须现场核查</textarea>") == 1
    assert 'value="99"' in page
    refused = supervisor.post(f"{ENTRY}/void", reason=" ").text
    assert refused.count('id="reason-problem"') == 1


def test_a_complaint_and_a_removal_without_words_come_back_on_their_page(
    operator: Browser, admin: Browser, services: Services, supervisor: Browser
) -> None:
    pair = publish(admin, services).split("/")[2]
    page = operator.post(f"/pairs/{pair}/corrections", complaint=" ")
    assert (page.status_code, 'id="complaint-problem"' in page.text) == (422, True)
    path = operator.post("/consultations", question="社保卡丢了怎么补办").headers["location"]
    told = re.search(r'name="qa_id" value="(\d+)"', operator.get(path).text)
    assert told
    operator.post(f"{path}/choice", qa_id=told[1])
    refused = supervisor.post(f"{path}/record", reason=" ")
    assert (refused.status_code, 'id="reason-problem"' in refused.text) == (409, True)
    assert supervisor.post(f"{path}/record", reason="点错了").status_code == 303


def test_a_call_about_a_corrected_answer_keeps_its_note(operator: Browser, admin: Browser) -> None:
    path = operator.post("/consultations", question="社保卡丢了怎么补办").headers["location"]
    told = re.search(r'name="qa_id" value="(\d+)"', operator.get(path).text)
    assert told
    operator.post(f"{path}/choice", qa_id=told[1])
    admin.post(f"/pairs/{told[1]}/withdraw", reason="地址已变更")
    call = operator.get("/recalls").text.split('action="/recalls/')[1].split('"')[0]
    page = operator.post(f"/recalls/{call}", note="长" * 501).text
    assert 'id="note-problem"' in page
    assert f'value="{"长" * 501}"' in page
    assert operator.post(f"/recalls/{call}", note="已告知").status_code == 303
    again = operator.post(f"/recalls/{call}", note="再告知一次")
    assert (again.status_code, "可能已由他人回访，不必再回访" in again.text) == (409, True)
    assert "<li>备注、说明：再告知一次</li>" in again.text, (
        "the form is gone, what was typed is not"
    )


def test_an_end_taken_back_without_a_reason_is_asked_for_it_on_the_document(
    editor: Browser, supervisor: Browser, services: Services
) -> None:
    publish(editor, services)
    path = address(editor, "社会救助暂行办法")
    propose(editor, path)
    refused = decide_end(supervisor, path, "refuse", reason=" ").text
    assert refused.count('id="reason-problem"') == 1
    decide_end(supervisor, path, "confirm")
    page = editor.post(f"{path}/restore", reason=" ")
    assert page.status_code == 422
    assert '<details class="card" open><summary>误办了失效或废止' in page.text


def test_a_wording_that_another_settled_is_told_on_the_pairs_page(
    admin: Browser, browse: Browse, services: Services
) -> None:
    path = publish(admin, services)
    asked = admin.post("/consultations", htmx=True, question="楼里装个电梯政府出钱不")
    admin.post(f"{asked.headers['HX-Push-Url']}/choice", htmx=True, qa_id=path.split("/")[2])
    editor = browse("bianji", Role.EDITOR)
    assert editor.post("/pairs/suggestions/1", then="decline").status_code == 303
    late = admin.post("/pairs/suggestions/1", then="accept")
    assert (late.status_code, "已由 用户bianji 处理" in late.text) == (409, True)
    reviewer = browse("shenhe", Role.REVIEWER)
    later = reviewer.post("/reviews/variants/1", then="accept")
    assert (later.status_code, "办理未成功" in later.text) == (409, True)


def test_acts_are_offered_to_those_alone_who_may_take_them(
    editor: Browser, operator: Browser, browse: Browse, services: Services
) -> None:
    path = publish(editor, services)
    write(editor, on=path, answer="改掉的答复。")
    versions = path.replace("/edit", "/versions")
    assert "以此版为底稿" in editor.get(versions).text
    assert "以此版为底稿" not in operator.get(versions).text
    media = path.replace("/edit", "/media")
    assert 'action="/media"' in editor.get(media).text
    assert 'action="/media"' not in operator.get(media).text
    both = browse("liangyong", Role.OPERATOR, Role.UNIT, unit="education")
    page = both.get(media).text
    assert ('action="/media"' in page, "由承办单位、编辑上传" in page) == (False, True)


def test_a_document_with_an_impossible_day_is_told_its_other_faults_too(editor: Browser) -> None:
    page = editor.post("/policies/new", title="", issued_on="去年", issuer="甲局").text
    for name in ("title", "document_number", "issued_on"):
        assert f'id="{name}-problem"' in page
    assert 'value="去年"' in page


def test_an_outcome_that_comes_too_late_is_told_above_the_result(
    operator: Browser, clock: FixedClock
) -> None:
    path = operator.post("/consultations", question="社保卡丢了怎么补办").headers["location"]
    told = re.search(r'name="qa_id" value="(\d+)"', operator.get(path).text)
    assert told
    operator.post(f"{path}/choice", qa_id=told[1])
    clock.instant += timedelta(minutes=11)
    for htmx in (True, False):
        late = operator.post(f"{path}/choice/undo", htmx=htmx)
        assert late.status_code == 409
        assert "办理未成功：只能由记录人在 10 分钟内撤销" in late.text
        assert "已告知第 1 条" in late.text


def test_a_notice_that_is_none_keeps_its_text_and_the_year_typed(supervisor: Browser) -> None:
    page = supervisor.post("/holidays/read", text="没有日期的通知", year="2027").text
    assert ">没有日期的通知</textarea>" in page
    assert re.search(r'id="text-year"[^>]* value="2027"', page)
