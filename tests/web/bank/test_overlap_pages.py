import re
from datetime import timedelta

from pair_pages import PAIR, QUESTION, publish, write
from visitor import Browse, Browser

from qa_service.clock import FixedClock, beijing_day
from qa_service.services import Services
from qa_service.vocabulary import Role

STEALS = {"question": "敬老卡在哪里办理？", "variants": "老房子加装电梯，能领补助吗"}


def test_a_wording_of_another_pair_is_told_refused_and_kept_with_a_reason(
    editor: Browser, services: Services
) -> None:
    taken = publish(editor, services)
    path = write(editor, **STEALS)
    form = editor.get(path).text
    assert "问法重复" in form
    assert QUESTION in form
    refused = editor.post(path, then="submit", despite_advice="yes", **{**PAIR, **STEALS})
    assert refused.status_code == 422
    assert "问法重复" in refused.text
    pair, other = (one.split("/")[2] for one in (path, taken))
    keep = f"/contradictions/pairs/{pair}/{other}"
    assert editor.post(keep, seen="1", outcome=" ").status_code == 422
    assert editor.post(keep, seen="9", outcome="两处都受理").status_code == 409
    assert editor.post(keep, seen="1", outcome="两处都受理").status_code == 303
    assert "两条都保留：两处都受理" in editor.get(path).text
    sent = editor.post(path, then="submit", despite_advice="yes", **{**PAIR, **STEALS})
    assert sent.status_code == 303


def test_another_figure_is_told_on_the_form_and_when_the_pair_is_submitted(
    editor: Browser, services: Services
) -> None:
    publish(
        editor,
        services,
        question="老旧小区加装电梯补助多少钱？",
        answer="加装电梯每台补助20万元，验收后申请。",
    )
    other = {
        "question": "老旧小区加装电梯补助是多少钱？",
        "variants": "电梯补多少",
        "answer": "加装电梯每台补助15万元，验收后申请。",
    }
    path = write(editor, **other)
    for page in (editor.get(path), editor.post(path, then="submit", **{**PAIR, **other})):
        assert "口径不一致" in page.text
        assert "20万元" in page.text
    assert page.status_code == 422
    sent = editor.post(path, then="submit", despite_advice="yes", **{**PAIR, **other})
    assert sent.status_code == 303


def test_an_import_tells_by_row_which_answer_disagrees(editor: Browser, services: Services) -> None:
    publish(
        editor,
        services,
        question="老旧小区加装电梯补助多少钱？",
        answer="加装电梯每台补助20万元，验收后申请。",
    )
    lines = [
        "编号,领域,承办单位,标准问题,答案,口播稿,生效日期,政策依据",
        "new-1,社会救助,civil-affairs,老旧小区加装电梯补助是多少钱？,每台补助15万元。,15万元。,2026-01-01,",
    ]
    report = editor.client.post(
        "/bank/import",
        data={"csrf_token": editor.token(), "then": "import"},
        files={"file": ("rows.csv", "\n".join(lines).encode(), "text/csv")},
    )
    assert report.status_code == 200, report.text
    assert "口径不一致" in report.text
    assert "20万元" in report.text


def test_dates_ahead_stand_in_the_units_queue_until_confirmed_and_are_counted(
    editor: Browser, browse: Browse, services: Services, clock: FixedClock
) -> None:
    day = beijing_day(clock.now()) + timedelta(days=20)
    publish(editor, services, review_by=day.isoformat())
    unit = browse("minzheng", Role.UNIT, unit="civil-affairs")
    other = browse("jiaoyuju", Role.UNIT, unit="education")
    assert "即将到复核日期" in unit.get("/queue").text
    assert QUESTION in unit.get("/queue").text
    assert "即将到复核日期" not in other.get("/queue").text
    assert "30 天内到复核日期" in editor.get("/upkeep").text
    (number,) = re.findall(r'action="/upkeep/pairs/(\d+)"', unit.get("/queue").text)
    confirmed = unit.post(f"/upkeep/pairs/{number}", **{"from": "queue"})
    assert confirmed.headers["location"] == "/queue"
    assert QUESTION not in unit.get("/queue").text
