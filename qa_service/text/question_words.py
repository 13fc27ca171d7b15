"""Words that ask: which text asks, which asks openly, and what a word says of the matter."""

import re

from qa_service.text.stop_words import FILLERS

_OPEN_WORD = (
    r"怎[么样]|咋|如何|为何|多少|多久|多长|多大|多高|何时|(?<![好前这那近过十])几(?!乎)|哪(?!怕)|什么|啥|谁"
    r"|([\u4e00-\u9fff])[不没]\1|[能可是会要]否|是否|有没有|可不可以|[得能行了算管要成]不(?:得|$)|不$|没$"
)
_QUESTION_WORD = rf"[吗嘛呢]|(?<![这那多要])么|{_OPEN_WORD}"
_CUE = re.compile(rf"{_QUESTION_WORD}|分别|区别")
_ASKS = re.compile(_QUESTION_WORD)
_ASKS_OPENLY = re.compile(_OPEN_WORD)


def asks(form: str) -> bool:
    """Return whether a text in matching form asks something, by a word or by a particle."""
    return _CUE.search(form) is not None


def asks_openly(form: str) -> bool:
    """Return whether a text asks by a word that a statement would not have (怎么, 多少)."""
    return _ASKS_OPENLY.search(form) is not None


def end_of_open_word(form: str) -> int | None:
    """Return where the first word that asks openly ends; None where there is none."""
    found = _ASKS_OPENLY.search(form)
    return found.end() if found else None


def before_question_word(form: str) -> str | None:
    """Return what stands before the first word that asks; None where none does."""
    found = _CUE.search(form)
    return form[: found.start()] if found else None


def names_matter(word: str) -> bool:
    """Return whether a word says what a question is about: no question word (怎么), no filler."""
    return word not in FILLERS and not _ASKS.search(word)
