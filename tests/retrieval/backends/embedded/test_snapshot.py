import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from qa_service.retrieval.backends.contract import IndexUnusableError, Recipe, Stamp
from qa_service.retrieval.backends.embedded.index import SearchIndex
from qa_service.retrieval.backends.embedded.snapshot import (
    load_snapshot,
    load_vectors,
    save_snapshot,
    verify_snapshot,
)
from qa_service.retrieval.documents import IndexedPair
from qa_service.text.tokenize import Tokenizer

RECIPE = Recipe(tokenizer="tokenizer", encoder="encoder", dimension=4)
STAMP = Stamp("bank", 3)
PAIRS = (
    IndexedPair(1, "低保怎么申请？", ("吃低保找谁",), "向街道提出书面申请。", "社会救助"),
    IndexedPair(2, "社保卡怎么挂失？", (), "拨打热线办理。", "养老"),
)


@pytest.fixture
def index(tokenizer: Tokenizer) -> SearchIndex:
    index = SearchIndex(tokenizer, 4)
    generator = np.random.default_rng(1)
    for pair in PAIRS:
        rows = generator.normal(size=(len(list(pair.texts())), 4)).astype(np.float32)
        index.upsert([pair], rows)
    return index


def current(root: Path) -> Path:
    return root / "generations" / (root / "CURRENT").read_text().split()[0]


class TestRoundTrip:
    def test_gives_the_same_texts_terms_and_vectors(
        self, index: SearchIndex, tokenizer: Tokenizer, tmp_path: Path
    ) -> None:
        save_snapshot(index.compacted(), tmp_path, RECIPE, STAMP)
        arrays, stamp = load_snapshot(tmp_path, RECIPE)
        again = SearchIndex(tokenizer, 4, arrays)
        assert stamp == STAMP
        stored, loaded = list(index.live_texts()), list(again.live_texts())
        assert [(t.pair_id, t.kind, t.text) for t in stored] == [
            (t.pair_id, t.kind, t.text) for t in loaded
        ]
        assert [index.terms(t) for t in stored] == [again.terms(t) for t in loaded]
        assert index.dense is not None
        assert again.dense is not None
        assert np.array_equal(
            index.dense.vectors([text.slot for text in stored]),
            again.dense.vectors([text.slot for text in loaded]),
        )

    def test_removed_pairs_are_not_written(
        self, index: SearchIndex, tokenizer: Tokenizer, tmp_path: Path
    ) -> None:
        index.remove([1])
        save_snapshot(index.compacted(), tmp_path, RECIPE, STAMP)
        again = SearchIndex(tokenizer, 4, load_snapshot(tmp_path, RECIPE)[0])
        assert again.pair_ids() == {2}

    def test_vectors_are_kept_for_another_dictionary_but_not_another_model(
        self, index: SearchIndex, tmp_path: Path
    ) -> None:
        save_snapshot(index.compacted(), tmp_path, RECIPE, STAMP)
        assert "低保怎么申请？" in load_vectors(tmp_path, Recipe("other", "encoder", 4))
        assert load_vectors(tmp_path, Recipe("tokenizer", "other", 4)) == {}

    def test_nothing_is_pickled(self, index: SearchIndex, tmp_path: Path) -> None:
        folder = save_snapshot(index.compacted(), tmp_path, RECIPE, STAMP)
        np.load(folder / "vectors.npy", allow_pickle=False)
        assert {path.suffix for path in folder.iterdir()} == {".txt", ".npy", ".json"}


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))


class TestDamage:
    @pytest.mark.parametrize(
        "name", ["vocabulary.txt", "codes.npy", "vectors.npy", "posting_slots.npy"]
    )
    @pytest.mark.parametrize("damage", [cut_short, flip_a_byte, Path.unlink])
    def test_of_a_file_is_refused(
        self,
        index: SearchIndex,
        tokenizer: Tokenizer,
        tmp_path: Path,
        name: str,
        damage: Callable[[Path], None],
    ) -> None:
        damage(save_snapshot(index.compacted(), tmp_path, RECIPE, STAMP) / name)
        with pytest.raises(IndexUnusableError):
            load_snapshot(tmp_path, RECIPE)
        with pytest.raises(IndexUnusableError):
            verify_snapshot(tmp_path, RECIPE)
        assert load_vectors(tmp_path, RECIPE) == {}

    @pytest.mark.parametrize("content", ["", "[]", "{", json.dumps({"recipe": {}})])
    def test_of_the_manifest_is_refused(
        self, index: SearchIndex, tokenizer: Tokenizer, tmp_path: Path, content: str
    ) -> None:
        (save_snapshot(index.compacted(), tmp_path, RECIPE, STAMP) / "manifest.json").write_text(
            content
        )
        with pytest.raises(IndexUnusableError):
            load_snapshot(tmp_path, RECIPE)

    def test_a_missing_snapshot_is_refused(self, tokenizer: Tokenizer, tmp_path: Path) -> None:
        with pytest.raises(IndexUnusableError):
            load_snapshot(tmp_path, RECIPE)

    def test_another_recipe_is_refused(
        self, index: SearchIndex, tokenizer: Tokenizer, tmp_path: Path
    ) -> None:
        save_snapshot(index.compacted(), tmp_path, RECIPE, STAMP)
        with pytest.raises(IndexUnusableError):
            load_snapshot(tmp_path, Recipe("new", "encoder", 4))


class TestGenerations:
    def test_old_ones_go_and_the_current_one_stays(
        self, index: SearchIndex, tmp_path: Path
    ) -> None:
        for revision in range(6):
            save_snapshot(index.compacted(), tmp_path, RECIPE, Stamp("bank", revision))
        assert verify_snapshot(tmp_path, RECIPE).revision == 5
        assert len(list((tmp_path / "generations").iterdir())) <= 3

    def test_a_draft_a_killed_writer_left_is_cleared_in_the_end(
        self, index: SearchIndex, tmp_path: Path
    ) -> None:
        draft = tmp_path / "generations" / "000000000001-dead.tmp"
        draft.mkdir(parents=True)
        (draft / "vectors.npy").write_text("half")
        os.utime(draft, (0, 0))
        save_snapshot(index.compacted(), tmp_path, RECIPE, STAMP)
        assert not draft.exists()
        assert current(tmp_path).exists()
