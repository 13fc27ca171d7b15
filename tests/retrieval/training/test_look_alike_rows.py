import json
from pathlib import Path

import numpy as np
import pytest
from scratch_service import REPOSITORY

from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.evaluation.dataset import (
    JudgedQuery,
    load_evaluation_set,
    pair_ids_by_key,
)
from qa_service.retrieval.training.look_alikes import (
    LookAlike,
    UnusableLookAlikesError,
    rank_look_alikes,
    read_beside_look_alikes,
    read_look_alikes,
)
from qa_service.retrieval.training.rows import RankedQuery, rows_of

CORPUS = REPOSITORY / "corpus"

PAIR = IndexedPair(7, "低保怎么申请？", ("低保在哪交表",), "带上户口簿。")
STORED = {"低保怎么申请？": np.array([1.0, 0.0]), "低保在哪交表": np.array([0.0, 1.0])}


def _written(folder: Path, *lines: object) -> Path:
    text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    (folder / "a.jsonl").write_text(text + "\n", encoding="utf-8")
    return folder


def test_a_look_alike_is_of_the_pair_with_its_key_and_stands_once(tmp_path: Path) -> None:
    _written(tmp_path, {"key": "aid-1", "texts": ["低保能转让吗", "低保能转让吗 ", "低保 贷款"]})
    assert read_look_alikes(tmp_path, {"aid-1": 7}) == [
        LookAlike(7, "低保能转让吗"),
        LookAlike(7, "低保 贷款"),
    ]


def test_all_lines_that_cannot_be_used_are_named_at_once(tmp_path: Path) -> None:
    unknown, blank = {"key": "x", "texts": ["问"]}, {"key": "aid-1", "texts": ["问", " "]}
    _written(tmp_path, {"key": "aid-1"}, unknown, blank, {"key": "aid-1", "texts": []})
    with pytest.raises(UnusableLookAlikesError) as refused:
        read_look_alikes(tmp_path, {"aid-1": 7})
    assert all(f"第 {number} 行" in refused.value.message for number in (1, 2, 3, 4))


def test_a_folder_without_look_alikes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableLookAlikesError):
        read_look_alikes(tmp_path, {})


def test_a_look_alike_teaches_that_its_pair_read_by_the_nearest_wording_is_wrong() -> None:
    vectors = np.array([[0.1, 0.9]])
    ranked = rank_look_alikes([LookAlike(7, "低保表交错了")], vectors, [PAIR], STORED)
    rows = rows_of(ranked, frozenset({7}), seed=1)
    assert [(row.question, row.candidate, row.answers) for row in rows] == [
        ("低保表交错了", "低保在哪交表 低保怎么申请？", False)
    ]


def test_a_wording_of_the_bank_teaches_that_the_nearest_look_alike_is_another_question() -> None:
    look_alikes = [LookAlike(7, "低保 贷款"), LookAlike(7, "低保表交错了"), LookAlike(8, "户口")]
    vectors = np.array([[0.6, 0.1], [0.1, 0.9], [0.0, 1.0]])
    asked = [
        RankedQuery(JudgedQuery("1", text, frozenset({7})), {7: "低保怎么申请？"})
        for text in ("低保在哪交表", "不是库中的问法")
    ]
    ranked = read_beside_look_alikes(asked, look_alikes, vectors, STORED)
    rows = rows_of(ranked, frozenset({7}), seed=1)
    assert [(row.question, row.candidate, row.answers) for row in rows] == [
        ("低保在哪交表", "低保表交错了", False)
    ]


def test_shipped_look_alikes_are_no_wording_of_the_bank_and_no_judged_question() -> None:
    shipped = read_look_alikes(CORPUS / "look_alikes", pair_ids_by_key(CORPUS))
    texts = [one.text for one in shipped]
    assert len(texts) == len(set(texts))
    judged = load_evaluation_set(CORPUS / "questions")
    stored = {text for pair in judged.pairs for text in (pair.question, *pair.variants)}
    assert not set(texts) & (stored | {query.text for query in judged.queries})
