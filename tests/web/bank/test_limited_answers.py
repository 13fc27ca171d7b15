"""An answer for its audience alone (仅涉特定对象): told to those who ask for it, never public."""

from fastapi.testclient import TestClient
from pair_pages import PAIR, QUESTION, ask, publish
from sqlmodel import col, select
from visitor import Browser

from qa_service.knowledge.models import QAPair, QAVersion
from qa_service.services import Services
from qa_service.storage.engine import session_scope

ANSWER = "加装电梯的补助由所在街道受理"
LIMITED = {"audience": "优抚对象", "limited_reason": "仅涉优抚对象，按规定点对点告知"}


def asked_for(browser: Browser, audience: str) -> str:
    form = {"question": QUESTION, "audience": audience}
    return browser.post("/consultations", htmx=True, **form).text


def test_is_told_only_to_who_asks_for_the_audience(
    editor: Browser, operator: Browser, services: Services
) -> None:
    publish(editor, services, **LIMITED)
    assert ANSWER not in ask(operator, QUESTION)
    assert ANSWER not in asked_for(operator, "残疾人")
    shown = asked_for(operator, "优抚对象")
    assert ANSWER in shown
    assert "不向社会公开" in shown
    assert f"/answers/{key_of_pair(services)}" not in shown
    assert "<option>优抚对象</option>" in operator.get("/").text


def test_has_no_public_page(editor: Browser, stranger: Browser, services: Services) -> None:
    publish(editor, services, **LIMITED)
    found = editor.get("/pairs?q=" + QUESTION).text
    assert QUESTION in found
    with_key = key_of_pair(services)
    assert stranger.get(f"/answers/{with_key}").status_code == 404


def key_of_pair(services: Services) -> str:
    with session_scope(services.database, read_only=True) as session:
        statement = select(QAPair.key).join(QAVersion, col(QAVersion.pair_id) == QAPair.id)
        return session.exec(statement.where(QAVersion.question == QUESTION)).one()


def test_must_name_its_audience(editor: Browser) -> None:
    answer = editor.post("/pairs/new", then="draft", **{**PAIR, "limited_reason": "内部"})
    assert answer.status_code == 422
    assert "请写明适用对象" in answer.text


def test_over_rest_it_is_found_for_its_audience_and_never_by_the_web_channel(
    editor: Browser, api: TestClient, services: Services
) -> None:
    publish(editor, services, **LIMITED)
    services.index_sync.catch_up()

    def answers(**given: str) -> str:
        return api.get("/api/v1/search", params={"q": QUESTION, **given}).text

    assert ANSWER not in answers()
    assert ANSWER in answers(audience="优抚对象")
    body = {"question": QUESTION, "audience": "优抚对象", "register": "never"}
    told = {
        channel: api.post("/api/v1/consultations", json={**body, "channel": channel}).text
        for channel in ("hotline", "web")
    }
    assert ANSWER in told["hotline"]
    assert ANSWER not in told["web"]
