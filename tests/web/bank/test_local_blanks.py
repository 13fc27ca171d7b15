"""An answer with blanks of the district (【本地：…】) is offered to staff, never told outright."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from pair_pages import PAIR, QUESTION, ask, publish
from sqlalchemy import func, update
from sqlmodel import col, select
from visitor import Browser

from qa_service.knowledge.models import QAPair, QAVersion
from qa_service.knowledge.pairs.record.blanks import local_blanks
from qa_service.knowledge.review.prechecks import check_published
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Verdict

BLANK = "【本地：每户补助，元】"
REMARK = "本地内容尚未填写（每户补助，元），不能直接告知"


BEFORE, WITHIN = st.text(alphabet="每月标准为，。"), st.text(alphabet="低保标准，元/月", min_size=1)
ODD = [
    "[本地：元]",
    "［本地:元］",
    "〔本地：元〕",
    "【本地∶元】",
    "【本地：元",
    "【本\u200b地：元】",
    "【本\xad地：元】",
    "（本地：元）",
    "【本地】",
    "⟦本地：元⟧",
    "【當地：元】",
    "【本市：元】",
    "【待填：标准】",
    "____元",
    "××元",
    "「本地：元」",
]
ORDINARY = [
    "【办理地点】",
    "本地：每月",
    "【】",
    "〔2021〕57号",
    "（本地户籍）",
    "《本地区办法》",
    "[1]",
    "xx镇",
]


@given(BEFORE, WITHIN, st.sampled_from("：:"))
def test_a_blank_is_found_wherever_it_stands(before: str, blank: str, colon: str) -> None:
    text = f"{before}【本地{colon}{blank}】起"
    assert local_blanks(text)[-1:] == (blank,)


@pytest.mark.parametrize("text", [*ODD, "【本 地：元】"])
def test_a_blank_in_other_signs_is_one_too(text: str) -> None:
    assert len(local_blanks(f"每月{text}")) == 1


@pytest.mark.parametrize("text", ORDINARY)
def test_other_brackets_are_no_blanks(text: str) -> None:
    assert local_blanks(text) == ()


@pytest.fixture
def key(editor: Browser, services: Services) -> Iterator[str]:
    """The key of a published pair whose script has a blank, as an import may leave it."""
    path = publish(editor, services)
    with session_scope(services.database) as session:
        pair = session.get_one(QAPair, int(path.split("/")[2]))
        changed = update(QAVersion).where(col(QAVersion.id) == pair.current_version_id)
        script = f"每户补助{BLANK}，验收后向街道申请。"
        session.execute(changed.values(phone_script=script))
        key = pair.key
    services.index_sync.catch_up()
    yield key


def test_is_offered_and_says_what_is_missing(
    key: str, api: TestClient, operator: Browser, services: Services
) -> None:
    found = api.get("/api/v1/search", params={"q": QUESTION}).json()
    assert found["verdict"] == Verdict.CHOOSE
    assert found["candidates"][0]["key"] == key
    assert REMARK in found["candidates"][0]["why"]["differences"]
    page = ask(operator, QUESTION)
    assert REMARK in page
    assert f"/answers/{key}" not in page


def test_cannot_be_recorded_as_told(key: str, operator: Browser) -> None:
    path = operator.post("/consultations", question=QUESTION).headers["location"]
    pair_id = operator.get(path).text.split('name="qa_id" value="')[1].split('"')[0]
    refused = operator.post(f"{path}/choice", qa_id=pair_id)
    assert refused.status_code == 409
    assert "每户补助，元" in refused.text


def test_is_told_once_it_is_filled_in(key: str, api: TestClient, services: Services) -> None:
    with session_scope(services.database) as session:
        filled = func.replace(col(QAVersion.phone_script), BLANK, "一万元")
        session.execute(update(QAVersion).values(phone_script=filled))
    found = api.get("/api/v1/search", params={"q": QUESTION}).json()
    assert found["verdict"] == Verdict.ANSWERED
    assert "一万元" in found["candidates"][0]["phone_script"]


def test_has_no_public_page_and_never_reaches_the_web_channel(
    key: str, api: TestClient, stranger: Browser
) -> None:
    assert stranger.get(f"/answers/{key}").status_code == 404
    asked = {"question": QUESTION, "register": "never"}
    told = {
        channel: api.post("/api/v1/consultations", json={**asked, "channel": channel}).text
        for channel in ("hotline", "web")
    }
    assert BLANK in told["hotline"]
    assert BLANK not in told["web"]


def test_cannot_be_signed(key: str, services: Services, editor: Browser) -> None:
    now = services.clock.now()
    with session_scope(services.database) as session:
        (pair,) = session.exec(select(QAPair).where(QAPair.key == key)).all()
        faults = [one for one in check_published(session, pair, now=now) if one.is_fault]
    assert [one.message for one in faults] == ["本地内容尚未填写：每户补助，元"]
    written = {**PAIR, "question": "外墙加装保温层补多少钱？", "phone_script": BLANK}
    refused = editor.post("/pairs/new", then="submit", **written)
    assert refused.status_code == 422
    assert "本地内容尚未填写：每户补助，元" in refused.text
