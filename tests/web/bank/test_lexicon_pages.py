from collections.abc import Iterator

import pytest
from visitor import Browse, Browser

from qa_service.services import Services, corpus_words
from qa_service.text.tokenize import Tokenizer
from qa_service.vocabulary import Role
from qa_service.web.bank.lexicon import ONE_REPLAY


@pytest.fixture
def editor(browse: Browse, services: Services) -> Iterator[Browser]:
    yield browse("bianji", Role.EDITOR, Role.OPERATOR)
    services.tokenizer.adopt(Tokenizer(corpus_words(services.settings)))


def words(services: Services, more: str) -> dict[str, str]:
    corpus = corpus_words(services.settings)
    return {"dictionary": corpus.dictionary, "synonyms": corpus.synonyms + more, "note": "加词"}


def test_a_version_is_shown_with_its_replay_and_then_used(
    editor: Browser, services: Services
) -> None:
    for bounds in ({}, {"region": "甲镇"}, {"region": "甲镇"}, {"area": "养老"}):
        editor.post("/consultations", htmx=True, question="低保怎么申请？", **bounds)
    saved = editor.post("/words", **words(services, "\n补卡 丢卡\n"))
    assert saved.status_code == 303
    page = editor.get(saved.headers["location"]).text
    assert "同义词 +补卡 丢卡" in page
    assert "重放近 30 天和评测集的 3 个问题" in page
    assert "判定没有变化" in page
    assert editor.post(saved.headers["location"]).status_code == 303
    shown = editor.get("/words").text
    assert "正在使用第 1 版（加词）" in shown
    services.index_sync.take_words()
    assert "重新校准" in editor.get("/").text


def test_a_faulty_line_is_told_and_nothing_typed_is_lost(
    editor: Browser, services: Services
) -> None:
    answer = editor.post("/words", **words(services, "\n孤词\n"))
    assert answer.status_code == 422
    assert "行有误" in answer.text
    assert "孤词" in answer.text


def test_operators_look_and_do_not_change(operator: Browser, services: Services) -> None:
    assert operator.get("/words").status_code == 200
    assert operator.post("/words", **words(services, "")).status_code == 403


def test_one_replay_runs_at_a_time(editor: Browser, services: Services) -> None:
    page = editor.post("/words", **words(services, "\n小卡 母子健康手册\n")).headers["location"]
    with ONE_REPLAY:
        shown = editor.get(page)
    assert shown.status_code == 200
    assert "请稍后刷新" in shown.text
    assert "重放近 30 天" not in shown.text
    assert "重放近 30 天" in editor.get(page).text
