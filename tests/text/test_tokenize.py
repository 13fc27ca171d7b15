"""Tokens for the lexical index."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import process_time

import jieba
import pytest

from qa_service.errors import ConfigurationError
from qa_service.text.language_data import parse_dictionary, parse_synonyms, read_language_file
from qa_service.text.normalise import normalise
from qa_service.text.tokenize import Tokenizer, WordList, character_bigrams

CORPUS = Path(__file__).parents[2] / "corpus"
DICTIONARY, SYNONYMS = CORPUS / "dictionary.txt", CORPUS / "synonyms.txt"


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_files(DICTIONARY, SYNONYMS)


def _files(folder: Path, words: str, synonyms: str) -> tuple[Path, Path]:
    paths = folder / "words.txt", folder / "same.txt"
    for path, content in zip(paths, (words, synonyms), strict=True):
        path.write_text(content, encoding="utf-8")
    return paths


class TestTokens:
    def test_a_policy_term_stays_whole_and_gives_its_parts(self, tokenizer: Tokenizer) -> None:
        tokens = tokenizer.tokens("灵活就业人员参保")
        assert {"灵活就业人员", "就业"} <= set(tokens)

    @pytest.mark.parametrize(
        ("spoken", "official"),
        [
            ("社保卡", "社会保障卡"),
            ("医保", "医疗保险"),
            ("低保", "最低生活保障"),
            ("个税", "个人所得税"),
            ("生娃", "生育"),
            ("三胎", "三孩"),
            ("没得", "没有"),
            ("咋个", "如何"),
        ],
    )
    def test_a_synonym_gives_the_tokens_of_the_official_word(
        self, tokenizer: Tokenizer, spoken: str, official: str
    ) -> None:
        assert tokenizer.tokens(normalise(spoken)) == tokenizer.tokens(normalise(official))

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("医保", "社保"),
            ("养老保险", "养老金"),
            ("身份证", "居住证"),
            ("低保边缘户", "低保户"),
            ("失业金", "失业补助金"),
        ],
    )
    def test_words_that_differ_in_meaning_stay_apart(
        self, tokenizer: Tokenizer, one: str, other: str
    ) -> None:
        assert tokenizer.tokens(one) != tokenizer.tokens(other)

    def test_courtesy_and_polite_questions_are_dropped(self, tokenizer: Tokenizer) -> None:
        assert tokenizer.tokens("请问您好,能不能办理的呢?") == ["办理"]

    @pytest.mark.parametrize("negation", ["不", "未", "没有"])
    def test_negations_stay(self, tokenizer: Tokenizer, negation: str) -> None:
        assert negation in tokenizer.tokens(f"{negation},参保")

    def test_english_and_digits_are_units(self, tokenizer: Tokenizer) -> None:
        assert {"2024", "app"} <= set(tokenizer.tokens("2024年app登录"))

    def test_order_and_repeats_are_kept(self, tokenizer: Tokenizer) -> None:
        assert tokenizer.tokens("退税,补缴,退税") == ["退税", "补缴", "退税"]

    def test_empty_and_punctuation_give_nothing(self, tokenizer: Tokenizer) -> None:
        assert tokenizer.tokens("") == tokenizer.tokens("?,。 \n-") == []

    def test_threads_get_the_same_tokens(self, tokenizer: Tokenizer) -> None:
        text = "城乡居民基本医疗保险跨省异地就医直接结算"
        with ThreadPoolExecutor(4) as pool:
            assert len({tuple(found) for found in pool.map(tokenizer.tokens, [text] * 40)}) == 1


class TestIsolation:
    def test_the_global_dictionary_is_untouched_and_stderr_silent(
        self, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        files = _files(tmp_path, "龘靐齉词\n", "规范龘词 口头龘词\n")
        assert Tokenizer.from_files(*files).tokens("口头龘词")[-1] == "规范龘词"
        assert capfd.readouterr().err == ""
        assert "龘靐齉词" not in jieba.dt.FREQ
        assert "口头龘词" not in jieba.dt.FREQ


class TestFingerprint:
    def test_is_the_same_for_the_same_content_and_new_for_another(self, tmp_path: Path) -> None:
        first = Tokenizer.from_files(*_files(tmp_path, "社保卡\n", "医疗保险 医保\n"))
        again = Tokenizer.from_files(*_files(tmp_path, "社保卡\n", "医疗保险 医保\n"))
        words = Tokenizer.from_files(*_files(tmp_path, "社保\n", "医疗保险 医保\n"))
        synonyms = Tokenizer.from_files(*_files(tmp_path, "社保卡\n", "医保 医疗保险\n"))
        assert first.fingerprint == again.fingerprint
        assert len({first.fingerprint, words.fingerprint, synonyms.fingerprint}) == 3

    @pytest.mark.parametrize(
        ("dictionary", "synonyms"),
        [
            ("# 说明\n\n社保卡\n低保 200 n\n", "医疗保险 医保\n低保 最低生活保障\n"),
            ("低保  200\n社保卡\n", "# 说明\n低保  最低生活保障\n\n医疗保险 医保\n"),
        ],
    )
    def test_comments_blank_lines_spacing_and_order_change_nothing(
        self, dictionary: str, synonyms: str
    ) -> None:
        plain = WordList("社保卡\n低保 200\n", "医疗保险 医保\n低保 最低生活保障\n")
        other = WordList(dictionary, synonyms)
        assert other.fingerprint() == plain.fingerprint() == Tokenizer(other).fingerprint
        text = "用社保卡领最低生活保障和医保"
        assert Tokenizer(other).tokens(text) == Tokenizer(plain).tokens(text)

    def test_another_frequency_is_another_list(self) -> None:
        assert WordList("低保 200", "").fingerprint() != WordList("低保 3", "").fingerprint()


class TestLanguageFiles:
    def test_a_missing_file_is_told_in_chinese(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match="找不到或无法读取语言文件"):
            Tokenizer.from_files(tmp_path / "none.txt", SYNONYMS)

    @pytest.mark.parametrize(
        "line", ["社保卡 多 少", "社保卡 0", "社保卡 5 n x", "，，", "长" * 31]
    )
    def test_a_malformed_word_names_file_and_line(self, tmp_path: Path, line: str) -> None:
        words, synonyms = _files(tmp_path, f"# 注释\n养老金 100 n\n{line}\n", "")
        with pytest.raises(ConfigurationError, match=r"words\.txt 第 3 行有误"):
            Tokenizer.from_files(words, synonyms)

    @pytest.mark.parametrize("line", ["医保", "医疗 社保卡", "养老金 。"])
    def test_a_malformed_synonym_names_file_and_line(self, tmp_path: Path, line: str) -> None:
        _, synonyms = _files(tmp_path, "", f"社会保障卡 社保卡\n{line}\n")
        with pytest.raises(ConfigurationError, match=r"same\.txt 第 2 行有误"):
            parse_synonyms(read_language_file(synonyms), synonyms.name)

    def test_another_encoding_is_told(self, tmp_path: Path) -> None:
        path = tmp_path / "gb.txt"
        path.write_bytes("社保卡".encode("gb18030"))
        with pytest.raises(ConfigurationError, match="UTF-8"):
            parse_dictionary(read_language_file(path), path.name)

    def test_words_are_kept_in_their_normalised_form(self, tmp_path: Path) -> None:
        words, _ = _files(tmp_path, "\ufeff三孩政策 20 n\nＡＰＰ\n", "")
        assert [
            (word.text, word.frequency)
            for word in parse_dictionary(read_language_file(words), words.name)
        ] == [
            ("3孩政策", 20),
            ("app", None),
        ]

    def test_the_shipped_files_are_sound_and_large_enough(self) -> None:
        assert (
            len(
                {
                    word.text
                    for word in parse_dictionary(read_language_file(DICTIONARY), DICTIONARY.name)
                }
            )
            >= 400
        )
        assert len(set(parse_synonyms(read_language_file(SYNONYMS), SYNONYMS.name).values())) >= 150


def test_a_long_run_without_punctuation_costs_linear_time(tokenizer: Tokenizer) -> None:
    def seconds(characters: int) -> float:
        started = process_time()
        assert tokenizer.tokens("社" * characters)
        return process_time() - started

    # A quadratic one takes a hundred times as long.
    assert seconds(20_000) < 40 * seconds(2_000) + 0.05


def test_a_long_word_costs_linear_time(tokenizer: Tokenizer) -> None:
    def seconds(characters: int) -> float:
        started = process_time()
        for _ in range(20):
            assert tokenizer.tokens("a" * characters)
        return process_time() - started

    # To look up every part of any length takes a hundred times as long.
    assert seconds(500) < 25 * seconds(50) + 0.05


def test_parts_are_found_up_to_the_longest_known_word(tmp_path: Path) -> None:
    part = "甲乙丙丁戊己庚辛" * 3
    tokenizer = Tokenizer.from_files(*_files(tmp_path, f"{part}\n{part}壬癸\n", ""))
    assert {part, f"{part}壬癸"} <= set(tokenizer.tokens(f"{part}壬癸"))


class TestCharacterBigrams:
    def test_neighbours_within_runs_and_lone_characters(self) -> None:
        assert character_bigrams("社保卡,补?办理") == ["社保", "保卡", "补", "办理"]

    def test_nothing_gives_nothing(self) -> None:
        assert character_bigrams("?! ") == []
