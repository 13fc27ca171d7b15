import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.batching import BATCH
from qa_service.retrieval.encoders.encoder import (
    CACHED_QUESTIONS,
    Encoder,
    EncoderFailedError,
    EncoderUnavailableError,
    load_encoder,
)
from qa_service.retrieval.encoders.models import TextModel

QUESTIONS = [
    "社保卡丢了怎么补办？",
    "低保怎么申请？",
    "卡",
    "灵活就业人员怎么参加职工养老保险？" * 9,
]


def ignore(line: str) -> None:
    """Take a report and do nothing with it."""


class TestVectors:
    def test_have_unit_length_and_the_models_dimension(self, encoder: Encoder) -> None:
        for vectors in (encoder.encode_queries(QUESTIONS), encoder.encode_texts(QUESTIONS)):
            assert vectors.dtype == np.float32
            assert vectors.shape == (len(QUESTIONS), encoder.dimension) == (4, 384)
            assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)

    def test_of_questions_and_stored_texts_are_the_same(self, encoder: Encoder) -> None:
        asked, stored = encoder.encode_queries(QUESTIONS), encoder.encode_texts(QUESTIONS)
        assert asked == pytest.approx(stored, abs=1e-6)

    def test_do_not_depend_on_space_around_the_text(self, encoder: Encoder) -> None:
        bare, spaced = encoder.encode_texts(["低保怎么申请？", " \n低保怎么申请？\u3000"])
        assert bare == pytest.approx(spaced, abs=1e-6)

    def test_do_not_depend_on_what_else_is_in_the_batch(self, encoder: Encoder) -> None:
        together = encoder.encode_texts(QUESTIONS * 10)
        alone = np.vstack([encoder.encode_texts([text]) for text in QUESTIONS])
        assert (together[-4:] * alone).sum(axis=1) == pytest.approx(1, abs=1e-5)

    def test_of_nothing_have_no_rows(self, encoder: Encoder) -> None:
        assert encoder.encode_texts([]).shape == (0, 384)

    def test_are_the_same_in_batches_side_by_side(self, encoder: Encoder) -> None:
        texts = [f"{question}{'问' * number}" for number in range(15) for question in QUESTIONS]
        alone, at_once = encoder.encode_texts(texts), encoder.encode_texts(texts, at_once=2)
        assert np.array_equal(alone, at_once)

    def test_of_a_blank_text_are_vectors_too(self, encoder: Encoder) -> None:
        assert np.linalg.norm(encoder.encode_queries([" "])) == pytest.approx(1, abs=1e-5)

    def test_bring_a_paraphrase_nearer_than_another_matter(self, encoder: Encoder) -> None:
        asked, same, other = encoder.encode_queries(
            ["社保卡丢了怎么补办？", "社会保障卡遗失如何补领", "低保怎么申请？"]
        )
        assert asked @ same > asked @ other

    def test_are_the_same_from_several_threads(self, encoder: Encoder) -> None:
        expected = encoder.encode_queries(QUESTIONS)
        with ThreadPoolExecutor(4) as threads:
            found = list(threads.map(lambda _: encoder.encode_queries(QUESTIONS), range(8)))
        assert all(vectors == pytest.approx(expected, abs=1e-6) for vectors in found)


class CharacterModel:
    """Counts the characters of a text by their code, in eight places."""

    prompt = ""

    def encode(self, texts: Sequence[str]) -> Vectors:
        counts = np.zeros((len(texts), 8), dtype=np.float32)
        for row, text in enumerate(texts):
            np.add.at(counts[row], [ord(character) % 8 for character in text], 1)
        return counts / np.linalg.norm(counts, axis=1, keepdims=True)


class CountingModel:
    """A model that notes the batches it is given and waits at a gate if there is one."""

    prompt = ""

    def __init__(self) -> None:
        self._model: TextModel = CharacterModel()
        self.batches: list[list[str]] = []
        self.started = Event()
        self.gate = Event()
        self.gate.set()

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.batches.append(list(texts))
        self.started.set()
        self.gate.wait(timeout=60)
        return self._model.encode(texts)


@pytest.fixture
def counting() -> CountingModel:
    return CountingModel()


class TestQuestions:
    def test_asked_again_are_not_encoded_again(self, counting: CountingModel) -> None:
        encoder = Encoder(counting, "counting")
        first = encoder.encode_queries(["社保卡"])
        counting.batches.clear()
        again = encoder.encode_queries([" 社保卡 "])
        assert counting.batches == []
        assert again.tolist() == first.tolist()

    def test_asked_long_ago_are_forgotten(self, counting: CountingModel) -> None:
        encoder = Encoder(counting, "counting")
        encoder.encode_queries(["社"])
        encoder.encode_queries([f"保{number}" for number in range(CACHED_QUESTIONS)])
        counting.batches.clear()
        encoder.encode_queries(["社"])
        assert counting.batches == [["社"]]

    def test_that_arrive_during_a_batch_go_together_in_the_next(
        self, counting: CountingModel
    ) -> None:
        found = ask_during_a_batch(counting, [f"卡{n}" for n in range(8)])
        assert sorted(map(len, counting.batches)) == [1, 8]
        assert all(vectors.shape == (1, 8) for vectors in found)

    def test_of_other_lengths_go_in_batches_of_their_own(self, counting: CountingModel) -> None:
        short, long = ["社保", "社卡", "保卡"], ["社保卡" * 9, "社保卡" * 10]
        ask_during_a_batch(counting, [short[0], long[0], short[1], long[1], short[2]])
        assert sorted(map(sorted, counting.batches[1:])) == sorted(map(sorted, [short, long]))

    def test_more_than_a_batch_all_get_their_own_vector(self, counting: CountingModel) -> None:
        encoder = Encoder(counting, "counting")
        texts = ["社", "保", "卡"] * BATCH
        found = encoder.encode_queries(texts)
        assert found == pytest.approx(encoder.encode_texts(texts), abs=1e-6)

    def test_that_fail_may_succeed_when_asked_again(self, counting: CountingModel) -> None:
        encoder = Encoder(counting, "counting")
        whole, counting._model = counting._model, Broken()
        with pytest.raises(EncoderFailedError):
            encoder.encode_queries(["社保"])
        counting._model = whole
        assert encoder.encode_queries(["社保"]).shape == (1, 8)


def ask_during_a_batch(counting: CountingModel, texts: Sequence[str]) -> list[Vectors]:
    """The vectors of a first question and of ``texts``, each asked while the first is encoded."""
    encoder = Encoder(counting, "counting")
    counting.batches.clear()
    counting.started.clear()
    counting.gate.clear()
    with ThreadPoolExecutor(len(texts) + 1) as threads:
        first = threads.submit(encoder.encode_queries, ["社"])
        counting.started.wait(timeout=60)
        later = []
        for number, text in enumerate(texts, start=1):
            later.append(threads.submit(encoder.encode_queries, [text]))
            while len(encoder.queue._waiting) < number:
                pass
        counting.gate.set()
        return [future.result() for future in (first, *later)]


class Broken:
    prompt = ""

    def encode(self, texts: Sequence[str]) -> Vectors:
        raise RuntimeError


class TestUnavailable:
    def test_when_the_default_model_is_damaged_says_how_to_mend_it(
        self, encoder: Encoder, model_dir: Path, tmp_path: Path
    ) -> None:
        """A few bytes of it: it would load, and answer with other vectors."""
        (built,) = (model_dir / "models").glob("multilingual-*/")
        left_out = shutil.ignore_patterns("model.safetensors")
        folder = tmp_path / "models" / built.name
        shutil.copytree(built, folder, ignore=left_out)
        with (folder / "encoder.onnx").open("r+b") as file:
            for place in range(20_000_000, 20_020_000, 500):
                file.seek(place)
                file.write(b"\x5a\xa5")
        with pytest.raises(EncoderUnavailableError, match=r"删除.*后重启"):
            load_encoder("default", data_dir=tmp_path, report=ignore)

    def test_when_the_data_folder_cannot_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(EncoderUnavailableError):
            load_encoder("default", data_dir=tmp_path / "file", report=ignore)


class TestProcess:
    def test_importing_the_module_leaves_torch_alone(self) -> None:
        code = "import sys, qa_service.retrieval.encoders.encoder; sys.exit('torch' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code]).returncode == 0
