"""Pages of alarms, replays and reach: what the office sees of them, and what it counts."""

import re

import pytest
from visitor import Browse, Browser

from qa_service.consultation.models import Consultation
from qa_service.consultation.watch.models import AlarmKind, ReplayChange, ReplayRun, TopicAlarm
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role, Verdict


@pytest.fixture
def supervisor(browse: Browse) -> Browser:
    return browse("ducha", Role.SUPERVISOR)


def told(operator: Browser, services: Services, question: str) -> tuple[str, int]:
    """Ask what the bank answers and record that it was told; the consultation and the pair."""
    path = operator.post("/consultations", question=question).headers["location"]
    with session_scope(services.database, read_only=True) as session:
        one = session.get_one(Consultation, path.rsplit("/", 1)[1])
    pair = one.candidates[0].qa_id
    answer = operator.post(f"{path}/choice", qa_id=str(pair))
    assert answer.status_code == 303, answer.text[:500]
    return path, int(pair)


def test_an_alarm_is_shown_with_its_rule_and_leaves_the_work_lists_once_dealt_with(
    supervisor: Browser, services: Services
) -> None:
    with session_scope(services.database) as session:
        session.add(
            TopicAlarm(
                day=services.clock.now().date(),
                kind=AlarmKind.NO_MATCH,
                subject="*",
                count=21,
                expected=4.5,
                limit=10.9,
                raised_at=services.clock.now(),
            )
        )
    assert "未命中突增：21 次" in supervisor.get("/todo").text
    page = supervisor.get("/alarms").text
    assert ("GB/T 17989.2" in page, "全部单位" in page) == (True, True)
    assert supervisor.post("/alarms/1", note="").status_code == 422
    assert supervisor.post("/alarms/1", note="已起草问答").status_code == 303
    assert "已起草问答" in supervisor.get("/alarms").text
    assert "未命中突增" not in supervisor.get("/todo").text


def test_changed_verdicts_stand_on_a_page_until_somebody_has_looked(
    supervisor: Browser, operator: Browser, services: Services
) -> None:
    asked = operator.post("/consultations", question="火星养老院怎么预约？")
    with session_scope(services.database) as session:
        run = ReplayRun(
            fingerprint="x", total=1, asked=1, changed=1, started_at=services.clock.now()
        )
        session.add(run)
        session.flush()
        session.add(
            ReplayChange(
                run_id=run.id or 0,
                consultation_id=asked.headers["location"].rsplit("/", 1)[1],
                before_verdict=Verdict.ANSWERED,
                before_pair_id=1,
                after_verdict=Verdict.UNMATCHED,
            )
        )
    assert "重放 1 个问题" in supervisor.get("/todo").text
    assert "火星养老院怎么预约？" in supervisor.get("/replays/1").text
    assert supervisor.post("/replays/1").status_code == 303
    assert "重放 1 个问题" not in supervisor.get("/todo").text


def test_who_was_told_which_version_is_counted_and_links_too(
    operator: Browser, supervisor: Browser, services: Services
) -> None:
    services.settings.public_url = "https://qa.example"
    services.settings.sms_url = "https://sms.example/send"
    consultation, pair = told(operator, services, "社保卡丢了怎么补办？")
    sent = operator.post(f"{consultation}/link", channel="sms", to="13800001111")
    assert sent.status_code == 303
    page = re.sub(r"<[^>]+>", " ", operator.get(f"/pairs/{pair}/reach").text)
    assert re.search(r"第 1 版\s+12345 热线\s+1", page) or re.search(r"第 1 版\s+\S+\s+1\s", page)
    assert re.search(r"第 1 版\s+链接（短信）\s+1", page)
    figures = re.sub(r"<[^>]+>", " ", supervisor.get("/reports").text)
    assert re.search(r"告知次数\s+1", figures)
    assert re.search(r"发送链接次数\s+1", figures)


def test_a_unit_finds_no_dead_end_beside_the_reach_of_anothers_answer(
    operator: Browser, browse: Browse, services: Services
) -> None:
    _, pair = told(operator, services, "社保卡丢了怎么补办？")
    unit = browse("chengban", Role.UNIT, unit="education")
    page = unit.get(f"/pairs/{pair}/reach")
    assert page.status_code == 200
    crumb = page.text.split('class="crumb">')[1].split("</p>")[0]
    for path in re.findall(r'href="([^"]+)"', crumb):
        assert unit.get(path).status_code == 200, path
