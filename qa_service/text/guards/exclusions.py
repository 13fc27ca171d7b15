"""Tells what a question leaves out: 除了产假还有什么假 is not answered by what is said of 产假."""

import re

_EXCLUDED = re.compile(
    r"(?<![解免扣删废拆开排消清剔去切铲减])除(?!夕)[了开去]?((?:(?!除|这|那|此|上面|以上|刚|多少|什么|几)[^,。?!;]){2,8}?)的?"
    r"(?:以外|之外|外|,|还|也)"
)


def excluded_things(text: str) -> tuple[str, ...]:
    """Return what normalised ``text`` asks for beside itself, in the order of the text."""
    return tuple(match[1] for match in _EXCLUDED.finditer(text)) if "除" in text else ()


def included(excluded: tuple[str, ...], others: tuple[str, ...], text: str) -> str | None:
    """Return the first thing excluded by one side that ``text`` of the other side names.

    None where that side excludes something too, ``others``.
    """
    if not excluded or others:
        return None
    return next((thing for thing in excluded if thing in text), None)
