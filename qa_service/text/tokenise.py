"""Tokens for the lexical index: jieba's search mode with the bank's words and synonyms."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import jieba

from qa_service.text.language_data import Word, read_dictionary, read_synonyms
from qa_service.text.stop_words import STOP_WORDS

TOKENISER_VERSION = 1
"""Raised when the code cuts differently for the same files."""

_WORDS = re.compile(r"[^\W_]+")


class Tokeniser:
    """Cuts normalised text; safe for threads, and apart from jieba's global dictionary."""

    def __init__(
        self, dictionary: tuple[Word, ...], synonyms: Mapping[str, str], fingerprint: str
    ) -> None:
        self._synonyms = dict(synonyms)
        self._fingerprint = fingerprint
        self._jieba = _private_jieba()
        for word in dictionary:
            self._jieba.add_word(word.text, word.frequency)
        known = {word.text for word in dictionary}
        for text in sorted({*synonyms, *synonyms.values(), *STOP_WORDS} - known):
            self._jieba.add_word(text)

    @classmethod
    def from_files(cls, dictionary: Path, synonyms: Path) -> "Tokeniser":
        """The tokeniser for a jieba dictionary and a synonym list.

        Raises ConfigurationError, naming file and line, when one cannot be used.
        """
        return cls(
            read_dictionary(dictionary),
            read_synonyms(synonyms),
            _fingerprint(dictionary, synonyms),
        )

    @property
    def fingerprint(self) -> str:
        """Changes whenever the tokens of a text may."""
        return self._fingerprint

    def tokens(self, text: str) -> list[str]:
        """The tokens of normalised ``text`` in order, repeats kept; words inside longer words too.

        A synonym gives exactly the tokens its canonical word gives.
        """
        found: list[str] = []
        for word in self._jieba.cut(text):
            if word not in STOP_WORDS and _WORDS.search(word):
                canonical = self._synonyms.get(word, word)
                found.extend(dict.fromkeys((*self._parts(canonical), canonical)))
        return found

    def _parts(self, word: str) -> Iterator[str]:
        for length in range(2, len(word)):
            for start in range(len(word) - length + 1):
                part = word[start : start + length]
                if self._jieba.FREQ.get(part) and part not in STOP_WORDS:
                    yield self._synonyms.get(part, part)


def character_bigrams(text: str) -> list[str]:
    """Neighbouring characters of each run of letters, digits or Chinese; a lone one as it is."""
    found: list[str] = []
    for run in _WORDS.findall(text):
        found.extend(run[at : at + 2] for at in range(max(1, len(run) - 1)))
    return found


def _private_jieba() -> jieba.Tokenizer:
    # Filled here instead of by initialize(): that one logs to stderr and trusts a marshal
    # file of a fixed name in the shared temporary folder.
    cutter = jieba.Tokenizer()
    cutter.FREQ, cutter.total = cutter.gen_pfdict(cutter.get_dict_file())
    cutter.initialized = True
    return cutter


def _fingerprint(dictionary: Path, synonyms: Path) -> str:
    digest = hashlib.sha256(f"{jieba.__version__}/{TOKENISER_VERSION}".encode())
    for part in (
        "\n".join(sorted(STOP_WORDS)).encode(),
        dictionary.read_bytes(),
        synonyms.read_bytes(),
    ):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()
