import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.evaluation.dataset import (
    EvaluationSet,
    JudgedQuery,
    UnusableEvaluationSetError,
    load_evaluation_set,
)
from qa_service.retrieval.evaluation.judged_questions import Split

STORED = [{"docid": "a", "question": "低保怎么申请？", "answer": "向街道申请。"}]
ASKED = [{"qid": "1", "text": "怎么申请低保"}, {"qid": "2", "text": "护照怎么换"}]

queries = st.lists(
    st.builds(
        JudgedQuery,
        qid=st.uuids().map(str),
        text=st.just("问"),
        relevant=st.frozensets(st.integers(1, 9), max_size=2),
    ),
    max_size=30,
)


def written(folder: Path) -> Path:
    for name, rows in (("corpus", STORED), ("queries", ASKED)):
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        (folder / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (folder / "qrels.tsv").write_text("1\ta\n", encoding="utf-8")
    return folder


class TestLoading:
    def test_a_query_without_a_judgement_has_no_answer(self, tmp_path: Path) -> None:
        found = load_evaluation_set(written(tmp_path))
        assert [sorted(query.relevant) for query in found.queries] == [[1], []]

    def test_a_judgement_of_an_unknown_document_counts_for_nothing(self, tmp_path: Path) -> None:
        (written(tmp_path) / "qrels.tsv").write_text("1\ta\n2\tnowhere\n", encoding="utf-8")
        assert load_evaluation_set(tmp_path).queries[1].relevant == frozenset()

    @pytest.mark.parametrize(
        "damage",
        [
            lambda folder: (folder / "queries.jsonl").unlink(),
            lambda folder: (folder / "queries.jsonl").write_text("{"),
            lambda folder: (folder / "corpus.jsonl").write_text('{"docid": 1'),
            lambda folder: (folder / "corpus.jsonl").write_text('{"question": "x"}'),
            lambda folder: (folder / "qrels.tsv").write_text("one-column"),
            lambda folder: (folder / "qrels.tsv").unlink(),
        ],
    )
    def test_a_broken_set_is_refused_with_its_name(
        self, tmp_path: Path, damage: Callable[[Path], object]
    ) -> None:
        damage(written(tmp_path))
        with pytest.raises(UnusableEvaluationSetError, match=tmp_path.name):
            load_evaluation_set(tmp_path)


class TestParts:
    @given(queries)
    def test_are_apart_by_stored_pair_and_together_whole(self, asked: list[JudgedQuery]) -> None:
        whole = EvaluationSet("set", (IndexedPair(1, "问", (), ""),), tuple(asked))
        first, second = whole.part(0), whole.part(1)
        assert sorted(q.qid for q in (*first.queries, *second.queries)) == sorted(
            q.qid for q in asked
        )
        pairs = [{min(q.relevant) for q in part.queries if q.relevant} for part in (first, second)]
        assert not pairs[0] & pairs[1]

    def test_have_the_whole_bank(self, tmp_path: Path) -> None:
        whole = load_evaluation_set(written(tmp_path))
        assert whole.part(0).pairs == whole.part(1).pairs == whole.pairs
        assert whole.part(0).fingerprint() != whole.fingerprint()


def test_null_answers_are_empty_and_variants_are_indexed(tmp_path: Path) -> None:
    written(tmp_path)
    row = {"docid": "a", "question": "低保怎么申请？", "answer": None, "variants": ["低保咋办"]}
    (tmp_path / "corpus.jsonl").write_text(json.dumps(row), encoding="utf-8")
    (pair,) = load_evaluation_set(tmp_path).pairs
    assert (pair.answer, pair.variants) == ("", ("低保咋办",))


class TestJudgedQuestions:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        bank = [
            {
                "key": key,
                "question": f"{key}？",
                "variants": ["问"],
                "answer": "答",
                "field": "养老",
            }
            for key in ("a", "b")
        ]
        lines = "\n".join(json.dumps(row) for row in bank)
        (tmp_path / "qa_pairs.jsonl").write_text(lines, encoding="utf-8")
        (tmp_path / "questions").mkdir()
        return tmp_path / "questions"

    def test_are_asked_of_the_whole_bank_beside_them(self, folder: Path) -> None:
        write_questions(
            folder,
            {"id": "1", "text": "甲", "expected": ["b"], "kind": "wording", "split": "train"},
            {
                "id": "2",
                "text": "乙",
                "expected": [],
                "near": ["a"],
                "kind": "look_alike",
                "split": "test",
            },
        )
        found = load_evaluation_set(folder)
        assert len(found.pairs) == 2
        assert [sorted(query.relevant) for query in found.queries] == [[2], []]
        assert [query.kind for query in found.of_split(Split.TEST).queries] == ["look_alike"]

    @pytest.mark.parametrize(
        "fault", [{"kind": "odd"}, {"split": "other"}, {"expected": ["nowhere"]}]
    )
    def test_with_a_fault_are_refused(self, folder: Path, fault: dict[str, object]) -> None:
        row = {"id": "1", "text": "甲", "expected": ["a"], "kind": "wording", "split": "train"}
        write_questions(folder, row | fault)
        with pytest.raises(UnusableEvaluationSetError):
            load_evaluation_set(folder)


def write_questions(folder: Path, *rows: dict[str, object]) -> None:
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (folder / "pensions.jsonl").write_text(lines, encoding="utf-8")
