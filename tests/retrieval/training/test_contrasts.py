import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from scratch_service import REPOSITORY

from qa_service.knowledge.pairs.record.content import wording_key
from qa_service.retrieval.evaluation.dataset import load_evaluation_set, wordings_by_key
from qa_service.retrieval.evaluation.judged_questions import Split
from qa_service.retrieval.training.contrasts import (
    Contrasted,
    ContrastSet,
    UnusableContrastsError,
    rank_contrasts,
    read_contrasts,
)
from qa_service.retrieval.training.rows import rows_of
from qa_service.retrieval.training.wording_groups import read_groups
from qa_service.text.letters import is_letter
from qa_service.text.matching_form import matching_form

CORPUS = REPOSITORY / "corpus"
LOST = ("结婚证丢了怎么补领？", "结婚证不见了咋办")
KNOWN = Contrasted({"birth-1": LOST}, {"怎么换护照？": ("怎么换护照？", "护照 换发")})
ONE = {
    "key": "birth-1",
    "other": ["户口本不见了咋办", "户口本不见了咋办 "],
    "same": ["证丢了咋补领"],
}


def _written(folder: Path, *lines: object) -> Path:
    text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    (folder / "a.jsonl").write_text(text + "\n", encoding="utf-8")
    return folder


def _by_loss(texts: Sequence[str]) -> np.ndarray:
    """Unit vectors of texts, equal where they hold 不见 or do not."""
    return np.array([[1.0, 0.0] if "不见" in text else [0.0, 1.0] for text in texts])


def test_a_set_has_the_wordings_of_its_pair_or_group_and_each_text_once(tmp_path: Path) -> None:
    group = {"question": "怎么换护照？", "other": ["怎么换驾照？"], "same": []}
    assert read_contrasts(_written(tmp_path, ONE, group), KNOWN) == [
        ContrastSet(LOST, ("户口本不见了咋办",), ("证丢了咋补领",)),
        ContrastSet(("怎么换护照？", "护照 换发"), ("怎么换驾照？",), ()),
    ]


def test_sets_of_groups_are_left_out_where_there_are_no_groups(tmp_path: Path) -> None:
    group = {"question": "怎么换护照？", "other": ["怎么换驾照？"], "same": []}
    found = read_contrasts(_written(tmp_path, ONE, group), Contrasted({"birth-1": LOST}))
    assert [one.wordings for one in found] == [LOST]


def test_all_lines_that_cannot_be_used_are_named_at_once(tmp_path: Path) -> None:
    unknown, blank = ONE | {"key": "x"}, ONE | {"same": [" "]}
    nameless = {"other": ["问"], "same": []}
    _written(tmp_path, {"key": "birth-1"}, unknown, blank, ONE | {"other": []}, nameless)
    with pytest.raises(UnusableContrastsError) as refused:
        read_contrasts(tmp_path, KNOWN)
    assert all(f"第 {number} 行" in refused.value.message for number in (1, 2, 3, 4, 5))


def test_a_folder_without_sets_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableContrastsError):
        read_contrasts(tmp_path, KNOWN)


def test_a_text_is_read_beside_the_wording_nearest_to_it_with_its_label() -> None:
    found = ContrastSet(LOST, ("户口本不见了咋办",), ("证丢了咋补领",))
    ranked = rank_contrasts([found], _by_loss, seed=1, turned=0)
    rows = rows_of(ranked, frozenset(), seed=1)
    assert {(row.question, row.candidate, row.answers) for row in rows} == {
        ("户口本不见了咋办", "结婚证不见了咋办 结婚证丢了怎么补领？", False),
        ("证丢了咋补领", "结婚证丢了怎么补领？", True),
    }


def test_some_texts_are_learned_the_other_way_round_too() -> None:
    found = ContrastSet(LOST, ("户口本不见了咋办",), ())
    ranked = rank_contrasts([found], _by_loss, seed=1, turned=1)
    turned = rows_of(ranked[1:], frozenset(), seed=1)
    assert [(row.question, row.candidate, row.answers) for row in turned] == [
        ("结婚证不见了咋办", "户口本不见了咋办", False)
    ]


def test_shipped_sets_hold_no_judged_question_and_no_text_of_two_labels() -> None:
    groups = {group[0]: group for group in read_groups(CORPUS / "wordings").every()}
    shipped = read_contrasts(CORPUS / "contrasts", Contrasted(wordings_by_key(CORPUS), groups))
    judged = load_evaluation_set(CORPUS / "questions")
    asked = {wording_key(query.text) for query in judged.queries}
    for one in shipped:
        other, same = ({wording_key(text) for text in texts} for texts in (one.other, one.same))
        assert not other & same
        assert not (other | same) & asked
        assert not same & {wording_key(text) for text in one.wordings}


def test_shipped_letters_are_long_and_about_pairs_of_the_train_split() -> None:
    shipped = read_contrasts(CORPUS / "letters", Contrasted(wordings_by_key(CORPUS)), what="来信")
    judged = load_evaluation_set(CORPUS / "questions")
    held_out = {
        pair_id
        for query in judged.queries
        if query.split != Split.TRAIN
        for pair_id in query.relevant | query.near
    }
    names = {pair.question: pair.pair_id for pair in judged.pairs}
    asked = {wording_key(query.text) for query in judged.queries}
    for one in shipped:
        assert names[one.wordings[0]] not in held_out
        assert all(is_letter(matching_form(text)) for text in one.texts)
        assert not {wording_key(text) for text in one.texts} & asked
        assert not set(one.other) & set(one.same)
