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
"""Raised when the code cuts differently for the same files."""

_WORDS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class WordList:
    """The text of a jieba dictionary and of a synonym list (词典与同义词)."""

    dictionary: str
    synonyms: str

    @classmethod
    def of_files(cls, dictionary: Path, synonyms: Path) -> "WordList":
        """What two files hold; raises ConfigurationError when one cannot be read."""
        return cls(read_language_file(dictionary), read_language_file(synonyms))

    def fingerprint(self) -> str:
        """Changes whenever the tokens of a text may."""
        digest = hashlib.sha256(f"{jieba.__version__}/{TOKENIZER_VERSION}".encode())
        for part in ("\n".join(sorted(STOP_WORDS)), self.dictionary, self.synonyms):
            digest.update(hashlib.sha256(part.encode()).digest())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class _Cutter:
    """One word list made ready: what a tokenizer works with until it is given another."""

    jieba: jieba.Tokenizer
    synonyms: Mapping[str, str]
    fingerprint: str


class Tokenizer:
    """Cuts normalised text; safe for threads, and apart from jieba's global dictionary."""

    def __init__(self, words: WordList, names: tuple[str, str] = ("词典", "同义词")) -> None:
        """Raise ConfigurationError, naming list and line, when one cannot be used."""
        self._cutter = _made_ready(words, names)

    @classmethod
    def from_files(cls, dictionary: Path, synonyms: Path) -> "Tokenizer":
        """The tokenizer for a jieba dictionary and a synonym list.

        Raises ConfigurationError, naming file and line, when one cannot be used.
        """
        words = WordList.of_files(dictionary, synonyms)
        return cls(words, (dictionary.name, synonyms.name))

    def adopt(self, other: "Tokenizer") -> None:
        """Cut by the words of ``other`` from now on."""
        self._cutter = other._cutter

    @property
    def fingerprint(self) -> str:
        """Changes whenever the tokens of a text may."""
        return self._cutter.fingerprint

    def tokens(self, text: str) -> list[str]:
        """The tokens of normalised ``text`` in order, repeats kept; words inside longer words too.

        A synonym gives exactly the tokens its canonical word gives.
        """
        found: list[str] = []
        cutter = self._cutter
        for word in cutter.jieba.cut(text):
            if word not in STOP_WORDS and _WORDS.search(word):
                canonical = cutter.synonyms.get(word, word)
                found.extend(dict.fromkeys((*_parts(cutter, canonical), canonical)))
        return found


def _parts(cutter: _Cutter, word: str) -> Iterator[str]:
    for length in range(2, len(word)):
        for start in range(len(word) - length + 1):
            part = word[start : start + length]
            if cutter.jieba.FREQ.get(part) and part not in STOP_WORDS:
                yield cutter.synonyms.get(part, part)


def character_bigrams(text: str) -> list[str]:
    """Neighbouring characters of each run of letters, digits or Chinese; a lone one as it is."""
    found: list[str] = []
    for run in _WORDS.findall(text):
        found.extend(run[at : at + 2] for at in range(max(1, len(run) - 1)))
    return found


def _made_ready(words: WordList, names: tuple[str, str]) -> _Cutter:
    dictionary = parse_dictionary(words.dictionary, names[0])
    synonyms = parse_synonyms(words.synonyms, names[1])
    cutter = _private_jieba()
    for word in dictionary:
        cutter.add_word(word.text, word.frequency)
    known = {word.text for word in dictionary}
    for text in sorted({*synonyms, *synonyms.values(), *STOP_WORDS} - known):
        cutter.add_word(text)
    return _Cutter(cutter, synonyms, words.fingerprint())


def _private_jieba() -> jieba.Tokenizer:
    # Filled here instead of by initialize(): that one logs to stderr and trusts a marshal
    # file of a fixed name in the shared temporary folder.
    cutter = jieba.Tokenizer()
    cutter.FREQ, cutter.total = cutter.gen_pfdict(cutter.get_dict_file())
    cutter.initialized = True
    return cutter
