"""Words by their sound: those of the same reading (同音) in place of slips, and of pinyin.

Readings are toneless pinyin, those of pypinyin by default. A reading is only proposed: what
a caller wrote may be right, so it decides nothing.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

CACHED_READINGS = 65_536
"""Number of cached readings of words."""

LONGEST_WORD = 6
"""Longest word that is looked for by its reading."""

LONGEST_SYLLABLE = 6
"""Letters of the longest syllables (zhuang)."""

COMMON = 300
"""Least frequency in jieba's dictionary of a common word that a slip may stand for."""

RARE = 20
"""Frequency below which a word of jieba's dictionary may be a slip (补铁 for 补贴)."""

COMMON_CHARACTER = 20_000
"""The same of a single character, in a text typed in pinyin."""

LEAST_LETTERS = 4
"""Least number of letters of a text typed in pinyin; fewer are an abbreviation."""

_CHINESE = re.compile(r"[\u4e00-\u9fff]+")
_LETTERS = re.compile(r"[a-z][a-z ]*[a-z]")

Reading = Callable[[str], tuple[str, ...]]
"""Callback that returns the toneless syllables of a Chinese word, one a character."""


@lru_cache(maxsize=CACHED_READINGS)
def pinyin(word: str) -> tuple[str, ...]:
    """Return the toneless pinyin of a word of Chinese characters, by pypinyin."""
    from pypinyin import Style, lazy_pinyin  # its tables take a moment to load

    return tuple(lazy_pinyin(word, style=Style.NORMAL, errors="ignore"))


class WordsByReading:
    """The bank's words and common ones by what they sound like; thread-safe."""

    def __init__(
        self, own: Iterable[str], frequencies: Mapping[str, int], reading: Reading = pinyin
    ) -> None:
        """Take the bank's ``own`` words, and the common ones of jieba's ``frequencies``."""
        self._reading = reading
        self._own = frozenset(word for word in own if len(word) >= 2 and _is_readable(word))
        self._known = frequencies
        common = {word for word, held in frequencies.items() if _is_common(word, held)}
        ordered = sorted(
            self._own | common, key=lambda word: (word in self._own, frequencies.get(word, 0), word)
        )
        # The bank's word of each reading, else the commonest; the characters' own readings too,
        # because what is looked up is no word, in which 行 may be read another way (银行).
        self._words: dict[str, str] = {}
        for word in ordered:
            self._words |= dict.fromkeys((self._sound(word), "".join(reading(word))), word)

    def heard(self, form: str) -> str:
        """Return a text in matching form with the words that it sounds like; itself if none."""
        return _LETTERS.sub(self._spelt, _CHINESE.sub(self._without_slips, form))

    def _without_slips(self, run: re.Match[str]) -> str:
        """Return a run of Chinese with slips replaced by words of the same reading."""
        text, at, parts = run[0], 0, list[str]()
        while at < len(text):
            word = self._word_at(text, at) or text[at]
            parts.append(word)
            at += len(word)
        return "".join(parts)

    def _word_at(self, text: str, at: int) -> str:
        """Return the longest word at a place of a text, written or by its reading; else none."""
        for length in range(min(LONGEST_WORD, len(text) - at), 1, -1):
            written = text[at : at + length]
            if written in self._own or self._known.get(written, 0) >= RARE:
                return written
            sounds = self._words.get(self._sound(written), "")
            if len(sounds) == length and not self._is_cut(text, at + length, length):
                return sounds
        return ""

    def _sound(self, text: str) -> str:
        """Return the readings of the characters of a text, joined."""
        return "".join(syllable for sign in text for syllable in self._reading(sign))

    def _is_cut(self, text: str, end: int, length: int) -> bool:
        """Return whether the last of two characters begins a known word: chance, and no slip."""
        return length == 2 and self._known.get(text[end - 1 : end + 1], 0) >= RARE

    def _spelt(self, run: re.Match[str]) -> str:
        """Return the words that letters spell in pinyin; the letters if they spell none."""
        letters = run[0].replace(" ", "")
        if len(letters) < LEAST_LETTERS or self._known.get(letters):
            return run[0]
        # The fewest words for the letters up to each place; a common word counts as two.
        best: list[tuple[int, str] | None] = [(0, ""), *[None] * len(letters)]
        for end in range(1, len(letters) + 1):
            starts = range(max(0, end - LONGEST_SYLLABLE * LONGEST_WORD), end)
            ways = [self._extended(best[start], letters[start:end]) for start in starts]
            best[end] = min((way for way in ways if way), default=None)
        spelt = best[-1]
        return spelt[1] if spelt else run[0]

    def _extended(self, before: tuple[int, str] | None, letters: str) -> tuple[int, str] | None:
        """Return cost and words of a spelling with one word more; None if it is none."""
        word = self._words.get(letters)
        if before is None or word is None:
            return None
        return before[0] + (1 if word in self._own else 2), before[1] + word


def _is_readable(word: str) -> bool:
    """Return whether a word is Chinese and not too long."""
    return len(word) <= LONGEST_WORD and _CHINESE.fullmatch(word) is not None


def _is_common(word: str, frequency: int) -> bool:
    """Return whether a word of jieba's dictionary is common."""
    least = COMMON if len(word) > 1 else COMMON_CHARACTER
    return frequency >= least and _is_readable(word)
