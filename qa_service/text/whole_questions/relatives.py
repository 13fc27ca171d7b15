"""Tells which relatives are asked about: what 儿媳 and 女婿 owe is no answer about 女儿."""

import re

_SHORT = 16
"""Number of characters up to which a question tells of no other relatives by the way."""

_RELATIVES = {
    kind: re.compile(words)
    for kind, words in {
        "子女": r"儿子|女儿|闺女|子女|儿女",
        "儿媳女婿": r"儿媳妇?|媳妇|女婿|姑爷",
        "孙辈": r"孙子|孙女|外孙",
        "兄弟姐妹": r"兄弟|姐妹|哥哥|弟弟|姐姐|妹妹",
        "侄甥": r"侄子|侄女|外甥",
        "配偶的父母": r"岳父|岳母|公公|婆婆|公婆|老丈人|丈母娘",
        "祖辈": r"爷爷|奶奶|外公|外婆|姥姥|姥爷|祖父|祖母",
    }.items()
}
"""孩子, 爸 and 妈 are not among them: 爸爸 may be the one who asks, or his father."""


def other_relative(asked: str, *stored: str) -> str | None:
    """Return a Chinese description of the relatives asked about, if the pair is about others.

    ``asked`` and ``stored`` are normalised texts. None for a question that is not short, and where
    any text of the pair names one of the same kind.
    """
    if len(asked) > _SHORT:
        return None
    ours, theirs = _kinds(asked), [_kinds(text) for text in stored]
    if not ours or not theirs[-1] or any(ours & kinds for kinds in theirs):
        return None
    return f"亲属不同：问的是{'、'.join(sorted(ours))}，库中是{'、'.join(sorted(theirs[-1]))}"


def _kinds(text: str) -> frozenset[str]:
    """Return the kinds of relatives that a text names."""
    return frozenset(kind for kind, words in _RELATIVES.items() if words.search(text))
