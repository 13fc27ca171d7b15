"""Pairs are confirmed several at once, each with its result, and the page says what was done."""

from sqlmodel import select
from visitor import Browse, Browser

from qa_service.knowledge.models import QAPair
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role


def test_each_chosen_pair_has_its_result(editor: Browser, services: Services) -> None:
    with session_scope(services.database, read_only=True) as session:
        ids = [pair_id for pair_id in session.exec(select(QAPair.id)).all() if pair_id][:2]
    page = editor.post("/upkeep/confirm", pairs=[*ids, 99999]).text
    assert "3 条中确认 2 条，未确认 1 条" in page
    with session_scope(services.database, read_only=True) as session:
        assert {session.get_one(QAPair, one).confirmed_by for one in ids} == {"bianji"}
    assert "没有选择问答" in editor.post("/upkeep/confirm").text


def test_pairs_of_another_unit_are_refused_without_their_words(
    browse: Browse, services: Services
) -> None:
    other = browse("danwei", Role.UNIT, unit="commerce")
    with session_scope(services.database, read_only=True) as session:
        pair = session.exec(select(QAPair).where(QAPair.key == "test-card")).one()
    page = other.post("/upkeep/confirm", pairs=[pair.id]).text
    assert "1 条中确认 0 条" in page
    assert "社保卡" not in page


def test_the_page_after_an_act_says_once_that_it_succeeded(
    editor: Browser, services: Services
) -> None:
    with session_scope(services.database, read_only=True) as session:
        pair = session.exec(select(QAPair)).first()
    assert pair is not None
    assert editor.post(f"/upkeep/pairs/{pair.id}").headers["location"] == "/upkeep"
    assert "已确认仍有效</p>" in editor.get("/upkeep").text
    assert "已确认仍有效</p>" not in editor.get("/upkeep").text


def test_an_answer_is_previewed_as_it_will_be_shown(editor: Browser) -> None:
    shown = editor.post("/markdown", answer="步骤：\n\n1. 取号\n2. **交表**<script>x</script>").text
    assert "<ol>\n<li>取号</li>\n<li><strong>交表</strong>" in shown
    assert "<script" not in shown
    assert 'hx-post="/markdown"' in editor.get("/pairs/new").text
