"""Homophones and pinyin become the words that they sound like."""

import pytest

from qa_service.text.readings import WordsByReading, pinyin

SOUNDS = (
    "低di 底di 保bao 宝bao 怎zen 么me 申shen 请qing 清qing 公gong 工gong 商shang 伤shang 补bu "
    "贴tie 铁tie 办ban 开kai 要yao 吗ma 社she 会hui"
)
SYLLABLES = {sound[0]: sound[1:] for sound in SOUNDS.split()}
FREQUENCIES = {
    "怎么": 27_340,
    "申请": 2_870,
    "补铁": 3,
    "办": 30_000,
    "开": 30_000,
    "要": 150_000,
    "吗": 21_000,
    "社会": 50_000,
    "工商": 4_000,
}


def _reading(word: str) -> tuple[str, ...]:
    return tuple(SYLLABLES.get(sign, "") for sign in word)


@pytest.fixture(scope="module")
def words() -> WordsByReading:
    return WordsByReading({"低保", "工伤", "补贴"}, FREQUENCIES, _reading)


class TestHeard:
    @pytest.mark.parametrize(
        ("written", "meant"),
        [
            ("底保怎么申请", "低保怎么申请"),
            ("低宝怎么申清", "低保怎么申请"),
            ("公商怎么办", "工伤怎么办"),
            ("补铁", "补贴"),
            ("dibao zenme shenqing", "低保怎么申请"),
            ("dibaozenmeban", "低保怎么办"),
            ("gongshang怎么申请", "工伤怎么申请"),
        ],
    )
    def test_a_slip_becomes_the_word_it_sounds_like(
        self, words: WordsByReading, written: str, meant: str
    ) -> None:
        assert words.heard(written) == meant

    @pytest.mark.parametrize(
        "text", ["低保怎么申请", "工商", "app", "hello", "社会保", "", "12345"]
    )
    def test_what_is_known_or_spells_nothing_stays(self, words: WordsByReading, text: str) -> None:
        assert words.heard(text) == text

    def test_is_stable(self, words: WordsByReading) -> None:
        once = words.heard("底保gongshang")
        assert words.heard(once) == once


class TestPinyin:
    def test_is_toneless_and_one_syllable_a_character(self) -> None:
        pytest.importorskip("pypinyin")
        assert pinyin("低保") == pinyin("底保") == ("di", "bao")
        assert pinyin("银行") == ("yin", "hang")
