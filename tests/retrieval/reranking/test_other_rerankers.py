"""Cross-encoders that sentence-transformers loads from a folder."""

from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

from qa_service.retrieval.reranking.reranker import load_reranker

pytestmark = pytest.mark.slow


def ignore(line: str) -> None:
    """Take a report and do nothing with it."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real CrossEncoder of a few thousand weights."""
    target = tmp_path_factory.mktemp("cross") / "tiny-cross-encoder"
    vocabulary = {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "社": 4, "保": 5, "卡": 6}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B [SEP]",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=7,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=64,
        num_labels=1,
    )
    BertForSequenceClassification(config).save_pretrained(target)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
    ).save_pretrained(target)
    return target


def test_another_cross_encoder_is_a_folder(folder: Path, tmp_path: Path) -> None:
    loaded = load_reranker(str(folder), data_dir=tmp_path, report=ignore)
    one, other = loaded.scores("社保", ["保卡", "卡卡卡卡"])
    assert one != other
    assert loaded.fingerprint.startswith("tiny-cross-encoder ")
