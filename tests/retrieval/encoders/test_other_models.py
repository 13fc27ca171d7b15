"""Models that sentence-transformers loads: from any folder, and the default's own weights."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from qa_service.errors import UnavailableError
from qa_service.retrieval.encoders.encoder import (
    Encoder,
    EncoderFailedError,
    EncoderUnavailableError,
    load_encoder,
)
from qa_service.retrieval.encoders.models import SentenceModel
from qa_service.text.matching_form import matching_form

pytestmark = pytest.mark.slow

QUESTIONS = [
    "社保卡丢了怎么补办？",
    "低保怎么申请？",
    "卡",
    "灵活就业人员怎么参加职工养老保险？" * 9,
]

LOADER = """
import sys
from pathlib import Path
from qa_service.retrieval.encoders.encoder import load_encoder
encoder = load_encoder(sys.argv[1], data_dir=Path(sys.argv[2]), report=lambda line: None)
encoder.encode_texts(["社保卡"] * 40)
"""


def ignore(line: str) -> None:
    """Take a report and do nothing with it."""


def save_tiny_model(folder: Path, *, prompts: dict[str, str] | None = None) -> Path:
    """A real model of a few thousand weights in ``folder``; it knows six characters."""
    vocabulary = {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "社": 3, "保": 4, "卡": 5, "q": 6, ":": 7}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A", special_tokens=[("[CLS]", 2)]
    )
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=8,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=64,
    )
    services = folder.with_name(f"{folder.name}-services")
    BertModel(config).save_pretrained(services)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]"
    ).save_pretrained(services)
    transformer = Transformer(str(services))
    model = SentenceTransformer(modules=[transformer, Pooling(8)], prompts=prompts, device="cpu")
    model.save(str(folder))
    return folder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("tiny") / "tiny-model")


class TestGraph:
    def test_agrees_with_the_torch_model_it_was_made_from(
        self, encoder: Encoder, model_dir: Path
    ) -> None:
        (folder,) = (path for path in model_dir.glob("models/multi*") if path.is_dir())
        ours = encoder.encode_queries(QUESTIONS)
        torch_model = SentenceModel(SentenceTransformer(str(folder), device="cpu"))
        read = [matching_form(question) for question in QUESTIONS]
        assert (ours * torch_model.encode(read)).sum(axis=1).min() > 0.997


class TestAnotherModel:
    def test_loads_from_a_folder(self, tiny: Path, tmp_path: Path) -> None:
        found = load_encoder(str(tiny), data_dir=tmp_path, report=ignore)
        assert found.dimension == 8
        assert np.linalg.norm(found.encode_texts(["社保卡"])) == pytest.approx(1, abs=1e-5)

    def test_without_a_prompt_takes_the_bare_text(self, tiny: Path, tmp_path: Path) -> None:
        bare = SentenceTransformer(str(tiny), device="cpu").encode(
            ["社保卡"], normalize_embeddings=True
        )
        found = load_encoder(str(tiny), data_dir=tmp_path, report=ignore)
        assert found.encode_queries(["社保卡"]) == pytest.approx(bare, abs=1e-6)

    def test_with_a_prompt_has_it_before_every_text(self, tiny: Path, tmp_path: Path) -> None:
        prompted = save_tiny_model(tmp_path / "prompted", prompts={"query": "q:"})
        found = load_encoder(str(prompted), data_dir=tmp_path, report=ignore)
        expected = SentenceTransformer(str(tiny), device="cpu").encode(
            ["q:社保卡"], normalize_embeddings=True
        )
        assert found.encode_queries(["社保卡"]) == pytest.approx(expected, abs=1e-5)
        assert found.encode_texts(["社保卡"]) == pytest.approx(expected, abs=1e-5)


class TestFingerprint:
    def test_stays_when_the_model_is_loaded_again(self, tiny: Path, tmp_path: Path) -> None:
        first, second = (
            load_encoder(str(tiny), data_dir=tmp_path, report=ignore).fingerprint for _ in range(2)
        )
        assert first == second

    def test_changes_with_one_weight(self, tmp_path: Path) -> None:
        folder = save_tiny_model(tmp_path / "model")
        before = load_encoder(str(folder), data_dir=tmp_path, report=ignore).fingerprint
        weights = folder / "model.safetensors"
        content = bytearray(weights.read_bytes())
        content[-1] ^= 1
        weights.write_bytes(content)
        after = load_encoder(str(folder), data_dir=tmp_path, report=ignore).fingerprint
        assert before != after

    def test_changes_with_the_prompt(self, tiny: Path) -> None:
        model = SentenceTransformer(str(tiny), device="cpu")
        before = Encoder(SentenceModel(model), "same").fingerprint
        model.prompts["query"] = "q:"
        assert Encoder(SentenceModel(model), "same").fingerprint != before


class TestFailure:
    def test_to_encode_is_told_apart(self, tiny: Path) -> None:
        model = SentenceTransformer(str(tiny), device="cpu")
        found = Encoder(SentenceModel(model), "tiny")
        model[0].auto_model.embeddings.word_embeddings = torch.nn.Embedding(1, 8)
        with pytest.raises(EncoderFailedError, match="稍后重试") as caught:
            found.encode_queries(["社保卡"])
        assert isinstance(caught.value, UnavailableError)

    def test_to_give_numbers_is_told_apart(self, tiny: Path) -> None:
        model = SentenceTransformer(str(tiny), device="cpu")
        found = Encoder(SentenceModel(model), "tiny")
        torch.nn.init.constant_(model[0].auto_model.embeddings.word_embeddings.weight, np.nan)
        with pytest.raises(EncoderFailedError, match="无效的向量"):
            found.encode_texts(["社保卡"])


class TestUnavailable:
    @pytest.mark.parametrize("name", ["no-such/model", "没有这个模型", ""])
    def test_when_nothing_local_has_the_name(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(EncoderUnavailableError, match="无法加载") as caught:
            load_encoder(name, data_dir=tmp_path, report=ignore)
        assert isinstance(caught.value, UnavailableError)

    def test_when_the_folder_holds_no_model(self, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        with pytest.raises(EncoderUnavailableError, match="检查模型路径"):
            load_encoder(str(tmp_path / "empty"), data_dir=tmp_path, report=ignore)

    def test_when_the_weights_are_cut_short(self, tmp_path: Path) -> None:
        folder = save_tiny_model(tmp_path / "model")
        weights = folder / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:-10])
        with pytest.raises(EncoderUnavailableError, match="检查模型路径"):
            load_encoder(str(folder), data_dir=tmp_path, report=ignore)


def test_loading_and_encoding_print_nothing(tiny: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADER, str(tiny), str(tmp_path)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "default"},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
