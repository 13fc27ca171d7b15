"""Nothing typed is lost where a form is refused, on whichever page it stands."""

import re

import pytest
from entry_pages import QUESTION
from pair_pages import publish
from visitor import Browse, Browser

from qa_service.services import Services
from qa_service.vocabulary import Role

LONG = "错" * 501


@pytest.fixture
def supervisor(browse: Browse) -> Browser:
    return browse("ducha", Role.SUPERVISOR)


def test_a_question_sent_without_scripts_comes_back_with_its_choices(operator: Browser) -> None:
    typed = {"area": "养老", "channel": "mailbox", "phone": "13800000000", "as_of": "昨天"}
    page = operator.post("/consultations", question="？？", **typed)
    assert page.status_code == 422
    for name in ("question", "as_of"):
        assert f'id="{name}-problem"' in page.text
    assert 'aria-describedby="question-problem">？？</textarea>' in page.text
    assert '<option value="养老" selected>' in page.text
    assert '<option value="mailbox" selected>' in page.text
    assert 'value="13800000000"' in page.text


def test_a_question_refused_beside_its_form_is_told_alone(operator: Browser) -> None:
    fragment = operator.post("/consultations", htmx=True, question="？？")
    assert (fragment.status_code, "<form" in fragment.text) == (422, False)


def test_another_day_that_cannot_be_searched_leaves_the_result(operator: Browser) -> None:
    path = operator.post("/consultations", question=QUESTION).headers["location"]
    page = operator.post(f"{path}/as-of", as_of="2999-01-01")
    assert page.status_code == 422
    assert "还没有到" in page.text
    assert QUESTION in page.text


def test_a_complaint_about_a_candidate_comes_back_in_its_place(operator: Browser) -> None:
    path = operator.post("/consultations", question="社保卡丢了怎么补办").headers["location"]
    shown = re.search(
        r'/pairs/(\d+)/corrections.*?name="shown" value="(\d+)"', operator.get(path).text, re.S
    )
    assert shown
    call = path.rsplit("/", 1)[1]
    sent = {"consultation": call, "shown": shown[2]}
    page = operator.post(f"/pairs/{shown[1]}/corrections", complaint=LONG, **sent)
    assert page.status_code == 422
    assert '<details class="correct" open>' in page.text
    assert f'value="{LONG}" aria-invalid="true" aria-describedby="complaint-problem"' in page.text
    assert page.text.count('id="complaint-problem"') == 1
    empty = operator.post(f"/pairs/{shown[1]}/corrections", complaint=" ", **sent)
    assert (empty.status_code, empty.text.count('id="complaint-problem"')) == (422, 1)


def test_a_complaint_from_the_adoption_comes_back_there(browse: Browse) -> None:
    reviewer = browse("shenhe", Role.REVIEWER)
    unit = re.search(r"/adoption/units/\d+", reviewer.get("/adoption").text)
    assert unit
    pair = re.search(r"/adoption/pairs/(\d+)", reviewer.get(unit[0]).text)
    assert pair
    assert 'name="from" value="adoption"' in reviewer.get(pair[0]).text
    sent = {"from": "adoption", "complaint": LONG}
    page = reviewer.post(f"/pairs/{pair[1]}/corrections", **sent)
    assert page.status_code == 422
    assert "已审阅，看下一条" in page.text
    assert f'aria-describedby="complaint-problem">{LONG}</textarea>' in page.text


def test_a_complaint_by_whoever_keeps_the_pair_is_kept_beside_its_form(
    editor: Browser, services: Services
) -> None:
    pair = publish(editor, services).split("/")[2]
    page = editor.post(f"/pairs/{pair}/corrections", complaint=LONG)
    assert page.status_code == 422
    assert f'aria-describedby="complaint-problem">{LONG}</textarea>' in page.text
    assert 'name="complaint"' not in editor.get(f"/pairs/{pair}/edit").text


def test_a_refused_import_keeps_what_the_file_holds(supervisor: Browser) -> None:
    page = supervisor.client.post(
        "/units/import",
        data={"csrf_token": supervisor.token(), "then": "import", "kind": "areas"},
        files={"file": ("领域.csv", "名称,顺序\n甲,第一\n".encode(), "text/csv")},
    )
    assert page.status_code == 422
    assert 'name="kind" value="areas" checked' in page.text
    assert 'name="kind" value="units" checked' not in page.text
