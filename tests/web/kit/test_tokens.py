"""The tokens of design: every colour stands there, and text can be read in light and in dark."""

import re

import pytest

from qa_service.web.kit.static_files import STATIC_FOLDER

TOKENS = (STATIC_FOLDER / "tokens.css").read_text(encoding="utf-8")
TEXTS = [
    ("ink", "paper"),
    ("ink", "ground"),
    ("ink-soft", "paper"),
    ("ink-soft", "ground"),
    ("placeholder", "paper"),
    ("brand", "paper"),
    ("brand", "ground"),
    ("brand", "brand-pale"),
    ("ink", "brand-pale"),
    ("on-brand", "brand"),
    ("on-brand", "brand-dark"),
    ("on-header", "header"),
    ("on-header", "header-soft"),
    ("on-header", "header-hover"),
    ("ink", "mark"),
    ("ink", "ask-pale"),
    *((tone, f"{tone}-pale") for tone in ("good", "ask", "warn", "bad", "calm")),
    *((tone, "paper") for tone in ("good", "ask", "warn", "bad", "calm")),
]


def scheme(name: str) -> dict[str, str]:
    """The colours of light, with those that another scheme sets instead."""
    light, *others = re.findall(r":root \{(.*?)\}", TOKENS, flags=re.DOTALL)
    chosen = {"light": "", "dark": others[0], "print": others[1]}[name]
    return {
        token: value
        for block in (light, chosen)
        for token, value in re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block)
    }


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", ["light", "dark", "print"])
def test_text_has_the_contrast_that_the_standard_asks(name: str) -> None:
    colours = scheme(name)
    low = {
        pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2)
        for pair in TEXTS
        if contrast(colours[pair[0]], colours[pair[1]]) < 4.5
    }
    assert low == {}
    assert contrast(colours["on-count"], colours["count"]) >= 4.5


def test_no_other_sheet_of_the_pages_states_a_colour() -> None:
    for sheet in ("style.css",):
        text = (STATIC_FOLDER / sheet).read_text(encoding="utf-8")
        assert re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(", text) == []


def test_every_token_that_a_sheet_uses_is_set() -> None:
    known = set(re.findall(r"--([a-z-]+):", TOKENS))
    used = set(
        re.findall(r"var\(--([a-z-]+)\)", (STATIC_FOLDER / "style.css").read_text(encoding="utf-8"))
    )
    assert used - known == set()
    assert known - used - {"part-warn", "part-ask"} == set()
