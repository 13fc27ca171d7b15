"""One form of a text for matching, and the cleaned form that is stored and shown."""

import re
import unicodedata
from functools import lru_cache

from opencc import OpenCC

from qa_service.text.numerals import digits_for_numerals

# Controls, formatting and zero-width characters, blank letters (Hangul fillers), variation
# selectors, noncharacters and lone surrogates: invisible and not searchable. Tab, line breaks
# and the Unicode separators are not included, because they are white space.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u08e2"
    "\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff"
    "\U000e0000-\U000e0fff]"
)
_SPACES = re.compile(r"\s+")

_PUNCTUATION = str.maketrans(
    {
        **dict.fromkeys("“”‘’「」『』《》〈〉«»‹›`´\"'", '"'),
        **dict.fromkeys("【〔〖[{", "("),
        **dict.fromkeys("】〕〗]}", ")"),
        **dict.fromkeys("‐‑‒–—―−﹣", "-"),
        **dict.fromkeys("•‧∙⋅・", "·"),
        **dict.fromkeys("〜∼", "~"),
        "×": "x",
        "¿": "?",
        "¡": "!",
    }
)
# 1,234,567 is one number; 110,120,119 are three, as no amount of yuan ends in such a group.
_GROUPED_DIGITS = re.compile(r"(?<![\d,])[1-9]\d{0,2}(?:,\d{3})+(?![\d,])")
_LISTED_CODES = re.compile(r"1[12]\d(?:,1[12]\d)+")
# A dot that is no decimal point and in no address or file name ends a sentence.
_FULL_STOP = re.compile(r"\.(?![0-9a-z])")
_REPEATED = re.compile(r"([?!。,、;:~\-·])\1+")
_CLINGING = r"[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff,.;:?!。、()\"~/%·\-]"
_LOOSE_SPACE = re.compile(rf"(?<={_CLINGING}) | (?={_CLINGING})")

_MAX_PASSES = 8


def display_clean(text: str) -> str:
    """Return ``text`` fit to be stored and shown, its wording unchanged, on one line.

    Control, zero-width and noncharacters, lone surrogates and NUL are removed; white space
    is trimmed and collapsed to single spaces. Idempotent; never raises.
    """
    return _SPACES.sub(" ", _INVISIBLE.sub("", text)).strip()


def is_meaningful(text: str) -> bool:
    """Return whether ``text`` contains a letter or a Chinese character."""
    return any(character.isalpha() for character in display_clean(text))


def normalise(text: str) -> str:
    """Return the form under which texts of the same wording are equal.

    Compatibility forms folded (NFKC), traditional characters simplified, case folded,
    numerals before units as digits, one sign for each kind of punctuation, no space
    next to Chinese. Idempotent; never raises; at most 18 characters for each one given.
    """
    # One step can make another applicable (a ligature may fold into characters with a
    # simplified form), so they are repeated until the text is stable: in practice twice.
    for _ in range(_MAX_PASSES):
        folded = _fold(text)
        if folded == text:
            break
        text = folded
    return text


def _fold(text: str) -> str:
    """Apply every step of normalisation once."""
    text = unicodedata.normalize("NFKC", display_clean(text)).casefold()
    text = simplify(display_clean(unicodedata.normalize("NFKC", text)))
    text = _GROUPED_DIGITS.sub(_ungrouped, text.translate(_PUNCTUATION))
    text = _REPEATED.sub(r"\1", _FULL_STOP.sub("。", text))
    text = _LOOSE_SPACE.sub("", text)
    return digits_for_numerals(text).strip()


def _ungrouped(match: re.Match[str]) -> str:
    """Return a number without commas; a list of short codes as it is."""
    return match[0] if _LISTED_CODES.fullmatch(match[0]) else match[0].replace(",", "")


def simplify(text: str) -> str:
    """Return ``text`` with its traditional characters simplified, its words unchanged."""
    converted: str = _simplifier().convert(text)
    return converted


def writings(text: str) -> tuple[str, ...]:
    """Return the writings under which stored texts are searched for ``text``, each once.

    They are ``text`` itself, as a stored text may hold the same signs, its form in simplified
    characters and plain letters (NFKC), in which most texts are stored, and its forms in
    traditional characters, in which callers write to us and which are stored as they came.
    """
    plain = simplify(display_clean(unicodedata.normalize("NFKC", text))) or text
    traditional = (converter.convert(plain) for converter in _traditional_forms())
    return tuple(dict.fromkeys((text, plain, *traditional)))


@lru_cache(maxsize=1)
def _simplifier() -> OpenCC:
    """Return the converter from traditional to simplified characters."""
    # Character forms only (t2s): Taiwan and Hong Kong words keep their wording, since
    # replacing words would also touch Simplified texts that merely look alike.
    return OpenCC("t2s")


@lru_cache(maxsize=1)
def _traditional_forms() -> tuple[OpenCC, ...]:
    """Return the converters to traditional characters as they are written in three places."""
    return OpenCC("s2t"), OpenCC("s2tw"), OpenCC("s2hk")
