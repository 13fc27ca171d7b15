"""The pages on the end of a document: preview, proposal, decision, taking it back."""

import re

import pytest
from pair_pages import QUESTION, ask, publish
from policy_pages import address, decide_end, propose, proposed_end
from visitor import Browse, Browser

from qa_service.services import Services
from qa_service.vocabulary import Role

RELIEF = "社会救助暂行办法"
ANSWER = "加装电梯的补助由所在街道受理"
OTHER_UNITS = "义务教育"


@pytest.fixture
def supervisor(browse: Browse) -> Browser:
    return browse("ducha", Role.SUPERVISOR)


@pytest.fixture
def path(editor: Browser, services: Services) -> str:
    """The document's page; one published answer rests on it, which a caller was told."""
    publish(editor, services)
    ask(editor, QUESTION)
    return address(editor, RELIEF)


def test_the_document_shows_what_rests_on_it_by_question(editor: Browser, path: str) -> None:
    page = editor.get(path).text
    assert QUESTION in page
    assert "qa-" not in page.split("以它为依据的问答")[1].split("</section>")[0]
    preview = editor.get(f"{path}/ending").text
    assert QUESTION in preview
    assert "咨询 <strong>1</strong> 件" in preview


def test_the_preview_names_the_open_entries_that_depend_on_it_and_who_was_told(
    editor: Browser, operator: Browser, path: str
) -> None:
    told = operator.post("/consultations", question=QUESTION).headers["location"]
    pair = re.search(r'name="qa_id" value="(\d+)"', operator.get(told).text)
    assert pair
    operator.post(f"{told}/choice", qa_id=pair[1])
    operator.post(f"/pairs/{pair[1]}/corrections", complaint="补助标准已调整")
    preview = editor.get(f"{path}/ending").text
    assert "咨询 <strong>2</strong> 件" in preview
    assert "有关台账 <strong>1</strong> 件" in preview
    listed = preview.split("<h3>办理中的台账</h3>")[1].split("</ul>")[0]
    assert re.search(r'<a href="/ledger/JC\d{8}-\d{4}">', listed) or "补助标准已调整" in listed


def test_a_proposal_without_a_reason_keeps_what_was_typed_and_changes_nothing(
    editor: Browser, operator: Browser, path: str
) -> None:
    answer = propose(editor, path, reason="", invalid_since="2026-10-09")
    assert answer.status_code == 422
    assert "写明理由" in answer.text
    assert 'value="2026-10-09"' in answer.text
    assert ANSWER in ask(operator, QUESTION)


def test_a_proposal_on_another_reach_than_was_shown_is_held_back(
    editor: Browser, operator: Browser, path: str
) -> None:
    answer = propose(editor, path, seen="")
    assert (answer.status_code, "请核对" in answer.text) == (409, True)
    assert ANSWER in ask(operator, QUESTION)


def test_operators_are_told_that_the_answer_is_being_worked_on(
    editor: Browser, operator: Browser, supervisor: Browser, path: str
) -> None:
    propose(editor, path)
    for wording in (QUESTION, "老房子加装电梯能领补助吗"):
        shown = ask(operator, wording)
        assert ANSWER not in shown
        assert "待确认，暂停告知" in shown
        assert "已废止或失效" not in shown
    assert decide_end(supervisor, path, "confirm").status_code == 303
    assert "答复正在重新办理" in ask(operator, QUESTION)
    assert "答复正在重新办理" not in ask(operator, "小孩上幼儿园要多少钱？")


def test_the_public_page_of_a_suspended_answer_is_gone_and_comes_back(
    editor: Browser, stranger: Browser, supervisor: Browser, path: str
) -> None:
    (key,) = {
        part.split('"')[0]
        for part in ask(editor, QUESTION).split('href="/answers/')[1:]
        if ANSWER in stranger.get(f"/answers/{part.split(chr(34))[0]}").text
    }
    propose(editor, path)
    assert stranger.get(f"/answers/{key}").status_code == 404
    assert decide_end(supervisor, path, "refuse", reason="文件仍有效").status_code == 303
    assert stranger.get(f"/answers/{key}").status_code == 200


def test_the_author_does_not_confirm_and_others_roles_may_not(
    editor: Browser, admin: Browser, browse: Browse, path: str
) -> None:
    assert propose(admin, path).status_code == 303
    assert decide_end(admin, path, "confirm").status_code == 403
    assert decide_end(editor, path, "confirm").status_code == 403
    assert "请由另一人确认" in admin.get(f"{path}/ending").text
    reviewer = browse("shenhe", Role.REVIEWER)
    assert "确认废止" in reviewer.get(f"{path}/ending").text
    assert decide_end(reviewer, path, "confirm").status_code == 303
    assert "已废止" in editor.get(path).text


@pytest.mark.parametrize("step", ["confirm", "refuse"])
def test_nobody_decides_on_an_end_proposed_after_the_page_was_shown(
    editor: Browser, supervisor: Browser, path: str, step: str
) -> None:
    propose(editor, path, invalid_since="2027-12-10")
    shown = proposed_end(supervisor, path)
    assert editor.post(f"{path}/restore", reason="日期填错").status_code == 303
    propose(editor, path)
    unseen = supervisor.post(f"{path}/ending/{step}", ending=shown, reason="文件仍有效")
    assert (unseen.status_code, "已另行提出失效或废止" in unseen.text) == (409, True)
    assert "文件仍有效" in unseen.text or step == "confirm"
    assert "待确认" in editor.get(f"{path}/ending").text
    assert decide_end(supervisor, path, step, reason="文件仍有效").status_code == 303


def test_a_slip_is_taken_back_by_one_step_on_the_document(
    editor: Browser, operator: Browser, supervisor: Browser, path: str
) -> None:
    propose(editor, path)
    decide_end(supervisor, path, "confirm")
    assert "不必重新签署" in editor.get(path).text
    assert editor.post(f"{path}/restore", reason="选错了文件").status_code == 303
    assert ANSWER in ask(operator, QUESTION)
    assert "现行有效" in editor.get(path).text or "有效，经修改" in editor.get(path).text


def test_an_end_ahead_is_not_worn_before_the_day(
    editor: Browser, operator: Browser, supervisor: Browser, stranger: Browser, path: str
) -> None:
    propose(editor, path, invalid_since="2027-12-10")
    decide_end(supervisor, path, "confirm")
    for page in (editor.get(path).text, editor.get("/policies?q=" + RELIEF).text):
        assert "将于 2027-12-10 废止" in page
        assert "已废止" not in page.split("<main")[1].split("效力</label>")[-1].split("<tbody>")[-1]
    shown = ask(operator, QUESTION)
    assert ANSWER in shown
    assert "将于 2027-12-10 废止" in shown


def test_a_unit_changes_its_own_documents_alone(browse: Browse, editor: Browser) -> None:
    clerk = browse("danwei", Role.UNIT)
    path = address(editor, RELIEF)
    assert "失效或废止…" not in clerk.get(path).text
    for attempt in (clerk.get(f"{path}/edit"), propose(clerk, path)):
        assert attempt.status_code == 403
    own = clerk.post(
        "/policies/new",
        title="学位申请办法",
        document_number="甲教发【2026】 9 号",
        issuer="区教育局",
        validity="有效",
        public_kind="主动公开",
        is_public="yes",
    )
    assert own.status_code == 303
    page = clerk.get(own.headers["location"]).text
    assert "甲教发〔2026〕9号" in page
    assert "区教育局" in page
    again = clerk.post(
        "/policies/new",
        title="又一份",
        document_number="甲教发[2026]9号",
        issuer="区教育局",
        validity="有效",
    )
    assert again.status_code == 422
    assert f'href="{own.headers["location"]}"' in again.text


def test_the_units_list_tells_of_the_end_and_forgets_what_was_seen(
    editor: Browser, browse: Browse, services: Services
) -> None:
    publish(editor, services, unit="education", area="教育")
    path = address(editor, RELIEF)
    propose(editor, path)
    clerk = browse("danwei", Role.UNIT)
    queue = clerk.get("/queue").text
    assert "答复已中止告知" in queue
    action = queue.split('action="/queue/policy-notices/')[1].split('"')[0]
    assert clerk.post(f"/queue/policy-notices/{action}").status_code == 303
    assert "答复已中止告知" not in clerk.get("/queue").text
