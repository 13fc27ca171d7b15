"""Tokens for the lexical index: jieba's search mode with the bank's words and synonyms."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import jieba

from qa_service.text.language_data import (
    parse_dictionary,
    parse_synonyms,
    read_language_file,
)
from qa_service.text.stop_words import STOP_WORDS

TOKENIZER_VERSION = 1
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
        """Return an identifier that changes whenever the tokens of a text may change."""
        digest = hashlib.sha256(f"{jieba.__version__}/{TOKENIZER_VERSION}".encode())
        for part in ("\n".join(sorted(STOP_WORDS)), self.dictionary, self.synonyms):
            digest.update(hashlib.sha256(part.encode()).digest())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class _Segmenter:
    """The jieba instance and the synonyms built from one word list."""

    jieba: jieba.Tokenizer
    synonyms: Mapping[str, str]
    fingerprint: str


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
    """Yield the known words inside a word."""
    for length in range(2, len(word)):
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
    for word in dictionary:
        segmenter.add_word(word.text, word.frequency)
    known = {word.text for word in dictionary}
    for text in sorted({*synonyms, *synonyms.values(), *STOP_WORDS} - known):
        segmenter.add_word(text)
    return _Segmenter(segmenter, synonyms, words.fingerprint())


def _private_jieba() -> jieba.Tokenizer:
    """Return a jieba tokenizer of its own with the default dictionary."""
    # Filled here instead of by initialize(), which logs to stderr and trusts a marshal file
    # with a fixed name in the shared temporary folder.
    segmenter = jieba.Tokenizer()
    segmenter.FREQ, segmenter.total = segmenter.gen_pfdict(segmenter.get_dict_file())
    segmenter.initialized = True
    return segmenter
