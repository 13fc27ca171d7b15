"""Tokens for the lexical index: jieba's search mode with the bank's words and synonyms."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import jieba

from qa_service.text.language_data import (
    Word,
    parse_dictionary,
    parse_synonyms,
    read_language_file,
)
from qa_service.text.matching_form import MATCHING_FORM_VERSION
from qa_service.text.readings import WordsByReading
from qa_service.text.stop_words import STOP_WORDS

TOKENIZER_VERSION = 2
"""Version of the tokeniser; increment it when the tokens of the same files change."""

_WORDS = re.compile(r"[^\W_]+")

RUN_CHARACTERS = 500
"""Longest run without punctuation that is cut as a whole: jieba's time grows with its square."""

_RUNS = re.compile(rf"[^\W_]{{1,{RUN_CHARACTERS}}}|[\W_]+")


@dataclass(frozen=True, slots=True)
class WordList:
    """The text of a jieba dictionary and of a synonym list (词典与同义词)."""

    dictionary: str
    synonyms: str

    @classmethod
    def of_files(cls, dictionary: Path, synonyms: Path) -> "WordList":
        """Return the content of two files; raises ConfigurationError when one is unreadable."""
        return cls(read_language_file(dictionary), read_language_file(synonyms))

    def fingerprint(self) -> str:
        """Return an identifier that changes whenever the tokens of a text may change.

        It is that of the effective entries: comments, blank lines, spacing and order change
        nothing. Raises ConfigurationError when a list cannot be used.
        """
        return _fingerprint(
            parse_dictionary(self.dictionary, "词典"), parse_synonyms(self.synonyms, "同义词")
        )


@dataclass(frozen=True)
class _Segmenter:
    """The jieba instance and the synonyms built from one word list."""

    jieba: jieba.Tokenizer
    synonyms: Mapping[str, str]
    fingerprint: str
    own: frozenset[str]
    """The words of the list."""
    longest: int
    """Characters of the longest known word."""

    @cached_property
    def by_reading(self) -> WordsByReading | None:
        """The words by what they sound like, made for the first question; None without pypinyin."""
        try:
            return WordsByReading(self.own, self.jieba.FREQ)
        except ModuleNotFoundError:
            # An installation that is upgraded in place may lack it: slips are then not heard.
            return None


class Tokenizer:
    """Cuts normalised text with a private jieba dictionary; thread-safe."""

    def __init__(self, words: WordList, names: tuple[str, str] = ("词典", "同义词")) -> None:
        """Raise ConfigurationError, naming list and line, when one cannot be used."""
        self._segmenter = _made_ready(words, names)

    @classmethod
    def from_files(cls, dictionary: Path, synonyms: Path) -> "Tokenizer":
        """Return the tokenizer for a jieba dictionary and a synonym list.

        Raises ConfigurationError, naming file and line, when one cannot be used.
        """
        words = WordList.of_files(dictionary, synonyms)
        return cls(words, (dictionary.name, synonyms.name))

    def adopt(self, other: "Tokenizer") -> None:
        """Replace the word list by that of ``other``."""
        self._segmenter = other._segmenter

    @property
    def fingerprint(self) -> str:
        """Identifier that changes whenever the tokens of a text may change."""
        return self._segmenter.fingerprint

    def heard(self, text: str) -> str:
        """Return ``text``, in matching form, with the bank's words that it sounds like.

        Homophones and words typed in pinyin become words of the list, or common ones; the text
        itself if there are none.
        """
        by_reading = self._segmenter.by_reading
        return by_reading.heard(text) if by_reading else text

    def tokens(self, text: str) -> list[str]:
        """Return the tokens of normalised ``text`` in order, with words inside longer words.

        A synonym yields exactly the tokens of its canonical word.
        """
        found: list[str] = []
        segmenter = self._segmenter
        for word in _words(segmenter, text):
            if word not in STOP_WORDS and _WORDS.search(word):
                canonical = segmenter.synonyms.get(word, word)
                found.extend(dict.fromkeys((*_parts(segmenter, canonical), canonical)))
        return found


def _words(segmenter: _Segmenter, text: str) -> Iterator[str]:
    """Yield the words of ``text`` in time that grows with its length."""
    for run in _RUNS.findall(text) if len(text) > RUN_CHARACTERS else (text,):
        yield from segmenter.jieba.cut(run)


def _parts(segmenter: _Segmenter, word: str) -> Iterator[str]:
    """Yield the known words inside a word, in time that grows with its length."""
    for length in range(2, min(len(word), segmenter.longest + 1)):
        for start in range(len(word) - length + 1):
            part = word[start : start + length]
            if segmenter.jieba.FREQ.get(part) and part not in STOP_WORDS:
                yield segmenter.synonyms.get(part, part)


def character_bigrams(text: str) -> list[str]:
    """Return the bigrams of each run of letters, digits or Chinese; of a lone character itself."""
    found: list[str] = []
    for run in _WORDS.findall(text):
        found.extend(run[at : at + 2] for at in range(max(1, len(run) - 1)))
    return found


def _made_ready(words: WordList, names: tuple[str, str]) -> _Segmenter:
    """Return the segmenter for a word list; raises ConfigurationError."""
    dictionary = parse_dictionary(words.dictionary, names[0])
    synonyms = parse_synonyms(words.synonyms, names[1])
    segmenter = _private_jieba()
    # In one order, since jieba takes a frequency that is not given from what it holds already.
    for word in sorted(dictionary, key=lambda word: (word.text, word.frequency or 0)):
        segmenter.add_word(word.text, word.frequency)
    known = {word.text for word in dictionary}
    for text in sorted({*synonyms, *synonyms.values(), *STOP_WORDS} - known):
        segmenter.add_word(text)
    own = frozenset({*known, *synonyms, *synonyms.values()})
    longest = max(map(len, segmenter.FREQ))
    return _Segmenter(segmenter, synonyms, _fingerprint(dictionary, synonyms), own, longest)


def _fingerprint(dictionary: Sequence[Word], synonyms: Mapping[str, str]) -> str:
    """Return the identifier of what the entries do to the tokens of a text."""
    # A word listed twice has its greatest frequency; see ``_made_ready``.
    entries = sorted((word.text, word.frequency or 0) for word in dictionary)
    effective = (
        sorted(STOP_WORDS),
        sorted(dict(entries).items()),
        sorted(synonyms.items()),
    )
    versions = (jieba.__version__, TOKENIZER_VERSION, MATCHING_FORM_VERSION)
    held = json.dumps([versions, effective], ensure_ascii=False)
    return hashlib.sha256(held.encode()).hexdigest()


def _private_jieba() -> jieba.Tokenizer:
    """Return a jieba tokenizer of its own with the default dictionary."""
    # Filled here instead of by initialize(), which logs to stderr and trusts a marshal file
    # with a fixed name in the shared temporary folder.
    segmenter = jieba.Tokenizer()
    frequencies, segmenter.total = _default_dictionary()
    segmenter.FREQ = dict(frequencies)
    segmenter.initialized = True
    return segmenter


@cache
def _default_dictionary() -> tuple[Mapping[str, int], int]:
    """Return the frequencies of jieba's default dictionary and their sum, read once a process.

    Reading takes about a second, which each activated word list would wait for again.
    """
    reader = jieba.Tokenizer()
    frequencies, total = reader.gen_pfdict(reader.get_dict_file())
    return frequencies, total
