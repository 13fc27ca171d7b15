"""Letters (来信): texts that tell a story as often as they ask, and the sentences that ask."""

import re

from qa_service.text.question_words import asks, asks_openly

LETTER_CHARACTERS = 80
"""Characters from which a text is a letter."""

_REPROACH = re.compile(
    r"像话[吗嘛么]|^这(?:样|么|种)?(?:做法?|办|搞|处理)?(?:合理|公平|应该|说得过去)[吗嘛么]$"
    r"|^(?:到底|究竟)?(?:还?有没有|难道没)人管[吗啊呢]?$|有没有(?:王法|天理)"
)
_RHETORIC = re.compile(r"难道.+[吗嘛么]$")
_PREMISE = re.compile(r"不是(?:一直|都|总|也)?说.+[吗嘛么]$")


def is_letter(form: str) -> bool:
    """Return whether a text in matching form is as long as a letter."""
    return len(form) >= LETTER_CHARACTERS


def asking_part(form: str) -> str:
    """Return the sentences of a letter that ask, without its story; another text as it is.

    A story names years, places and persons by the way; what is asked about stands in the sentences
    that ask. Of a letter in which none asks, all is returned.
    """
    if not is_letter(form):
        return form
    asking = (words for words in form.split(",") if asks(words) and not only_reproaches(words))
    return ",".join(asking) or form


def only_reproaches(words: str) -> bool:
    """Return whether a sentence asks in form alone; 难道 beside 怎么 or 多少 still asks."""
    if _REPROACH.search(words):
        return True
    is_rhetorical = _RHETORIC.search(words) is not None or holds_up(words)
    return is_rhetorical and not asks_openly(words)


def holds_up(words: str) -> bool:
    """Return whether a sentence holds a rule up to the office (不是说少跑腿吗).

    What follows may ask about it.
    """
    return _PREMISE.search(words) is not None
