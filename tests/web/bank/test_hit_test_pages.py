"""Pages of the hit test: a trial, a draft before and after, and nothing of other units."""

from pair_pages import QUESTION, publish, write
from sqlmodel import select
from visitor import UNIT, Browse, Browser

from qa_service.consultation.models import Consultation
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role

COLLOQUIAL = "膝盖不行爬不动五楼，装那个上下的机器公家贴不贴钱"


def test_a_trial_says_which_words_and_how_near_and_records_nothing(
    editor: Browser, services: Services
) -> None:
    publish(editor, services)
    page = editor.post("/hit-test", question=QUESTION).text
    for shown in ("命中", QUESTION, "<mark>", "相同的词", "意思相近", "词语相同"):
        assert shown in page
    unmatched = editor.post("/hit-test", question="火星移民签证在哪个窗口盖章").text
    assert "为什么没有直接命中" in unmatched
    assert "不到列出候选的门槛" in unmatched
    with session_scope(services.database, read_only=True) as session:
        assert session.exec(select(Consultation)).all() == []


def test_a_question_without_words_is_refused_and_kept(editor: Browser) -> None:
    answer = editor.post("/hit-test", question="？？")
    assert answer.status_code == 422
    assert 'id="question-problem"' in answer.text
    assert "没有文字" in answer.text
    assert 'value="？？"' in answer.text


def test_expected_questions_are_kept_with_the_pair_and_run_before_and_after_its_draft(
    editor: Browser, services: Services
) -> None:
    path = publish(editor, services, expected_questions=COLLOQUIAL)
    own = path.replace("/edit", "/hit-test")
    assert own in editor.get(path).text
    page = editor.get(own).text
    assert COLLOQUIAL in page
    assert "没有修改稿" in page
    write(editor, on=path, variants=COLLOQUIAL, expected_questions=COLLOQUIAL)
    page = editor.get(own).text
    assert "有变" in page
    assert "修改稿对其他问答的影响" in page
    pair = path.split("/")[2]
    both = editor.post("/hit-test", pair=pair, question=COLLOQUIAL).text
    assert "现在：" in both
    assert "修改稿发布后：" in both


def test_a_draft_of_another_unit_does_not_exist(editor: Browser, browse: Browse) -> None:
    path = write(editor, answer="玄圃积玉")
    other = browse("danwei", Role.UNIT, unit=UNIT)
    number = path.split("/")[2]
    for answer in (
        other.get(path.replace("/edit", "/hit-test")),
        other.post("/hit-test", question=COLLOQUIAL, pair=number),
    ):
        assert answer.status_code == 404
        assert QUESTION not in answer.text


def test_an_operator_has_no_such_page(operator: Browser) -> None:
    assert operator.get("/hit-test").status_code == 403
