"""Pairs of a corpus that look like contradictions and are none are told at once."""

import json
from pathlib import Path

import pytest
from pension_pair import NOW
from small_corpus import Corpus, lay, sound_corpus
from sqlalchemy import Engine
from sqlmodel import Session, select

from qa_service.accounts.actor import STARTER_BANK
from qa_service.knowledge.exchange.corpus.check import check_corpus
from qa_service.knowledge.exchange.corpus.kept_apart import InvalidKeptApartError
from qa_service.knowledge.exchange.corpus.loading import load_corpus
from qa_service.knowledge.pairs.overlap.contradictions import Found, contested_ids, store_found
from qa_service.knowledge.upkeep_models import Contradiction, ContradictionKind
from qa_service.storage.engine import session_scope

REASON = "两种养老金，标准不同"


def corpus() -> Corpus:
    held = sound_corpus()
    for pair in held["qa_pairs"]:
        pair.update(basis=["甲法"], expires_on=None, answer=f"每月{len(pair['key'])}00元。")
    held["qa_pairs"][1]["answer"] = "每月900元。"
    held["policies"] = held["policies"][:1]
    held["kept_apart"] = [{"pairs": ["p2", "p1"], "outcome": REASON}]
    return held


def load(session: Session, folder: Path) -> None:
    load_corpus(session, folder, by=STARTER_BANK, now=NOW)


def found(version: int) -> Found:
    told = ("数字不同：200元 / 900元",)
    return Found(1, 2, version, 1, ContradictionKind.ANSWERS, told)


def test_they_are_not_contested_until_one_of_them_changes(bank: Engine, tmp_path: Path) -> None:
    with session_scope(bank) as session:
        load(session, lay(tmp_path, corpus()))
        (held,) = session.exec(select(Contradiction)).all()
        assert (held.outcome, held.settled_by) == (REASON, "起步库")
        assert store_found(session, [found(held.first_version)], now=NOW) == 0
        assert contested_ids(session, [1, 2], day=NOW.date()) == frozenset()
        assert store_found(session, [found(held.first_version + 1)], now=NOW) == 1
        assert contested_ids(session, [1, 2], day=NOW.date()) == {1, 2}


def test_a_pair_that_is_not_there_is_a_problem_of_the_corpus(tmp_path: Path) -> None:
    held = corpus()
    held["kept_apart"].append({"pairs": ["p1", "p9"], "outcome": REASON})
    (problem,) = check_corpus(lay(tmp_path, held))
    assert (problem.file, problem.line) == ("kept_apart.jsonl", 2)


@pytest.mark.parametrize("row", [{"pairs": ["p1"], "outcome": REASON}, {"pairs": ["p1", "p2"]}, 1])
def test_a_faulty_line_is_named(bank: Engine, tmp_path: Path, row: object) -> None:
    folder = lay(tmp_path, corpus())
    (folder / "kept_apart.jsonl").write_text(json.dumps(row), encoding="utf-8")
    assert check_corpus(folder) != []
    with (
        pytest.raises(InvalidKeptApartError, match="第1行"),
        session_scope(bank) as session,
    ):
        load(session, folder)
