"""An answer for its audience alone (仅涉特定对象): told to those who ask for it, never public."""

from pathlib import Path

from fastapi.testclient import TestClient
from pair_pages import PAIR, QUESTION, ask, publish
from public_desk import sign_everything, signed_desk
from sqlmodel import col, select
from visitor import Browse, Browser

from qa_service.knowledge.gates import MEDIA_GATES, statements_of
from qa_service.knowledge.models import QAPair, QAVersion
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role
from qa_service.web.publishing.pack import build_pack

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


def test_its_picture_is_no_public_file_though_approved(
    editor: Browser, browse: Browse, operator: Browser, stranger: Browser, services: Services
) -> None:
    pair = publish(editor, services, **LIMITED).split("/")[2]
    data = {"csrf_token": editor.token(), "pair_id": pair, "kind": "infographic", "title": "一图"}
    picture = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(200)
    sent = editor.client.post("/media", data=data, files={"file": ("x.png", picture, "image/png")})
    assert sent.status_code == 303
    affirmed = [one.value for one in statements_of(MEDIA_GATES)]
    approved = browse("shenhe", Role.REVIEWER).post("/media/1", then="approve", statements=affirmed)
    assert approved.status_code == 303
    page = editor.get(f"/pairs/{pair}/media").text
    url = page[page.index('src="/media/') + 5 :].split('"')[0]
    assert stranger.get(url).status_code == 404
    kept = operator.get(url)
    assert (kept.status_code, kept.headers["cache-control"]) == (200, "private, no-store")


def test_is_in_nothing_that_is_given_out(
    editor: Browser, browse: Browse, services: Services, tmp_path: Path
) -> None:
    publish(editor, services, **LIMITED)
    other = {"question": "旧楼加装电梯找谁？", "variants": "装电梯问谁"}
    publish(editor, services, **other, answer="请先问所在社区。", phone_script="请先问社区。")
    sign_everything(services)
    services.settings.desk_origins = "https://www.example.gov.cn"
    desk = TestClient(signed_desk(services), follow_redirects=False)
    given = {
        path: desk.get(path).text
        for path in (
            "/desk/feed.atom",
            "/desk/booklets/print?audience=优抚对象",
            "/desk/booklets/print?area=社会救助",
            f"/desk/embed/search?q={QUESTION}",
            "/desk/embed?area=社会救助",
            f"/desk/api/search?q={QUESTION}",
            "/desk/sitemap.xml",
        )
    }
    given["booklet"] = editor.get("/booklets/print?area=社会救助").text
    now = services.clock.now()
    for path in build_pack(services.database, tmp_path, now=now, days=7, printer=str.encode):
        given[path.suffix] = path.read_bytes().decode("utf-8", "replace")
    assert "旧楼加装电梯找谁" in given["booklet"]
    assert "旧楼加装电梯找谁" in given[".html"]
    key = key_of_pair(services)
    for name, text in given.items():
        assert (name, key in text, ANSWER in text) == (name, False, False)
        # A search repeats the question that was typed.
        assert QUESTION not in text or name.endswith(QUESTION), name


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
