"""The page of a fallback pack: every answer in one file, with a search that runs from a disk.

Its script and style stand in the page, named by their hashes in its own content security
policy, which allows nothing else and no request to anywhere.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import date
from functools import cache

from markupsafe import Markup

from qa_service.consultation.desk.booklet import Section, last_day
from qa_service.knowledge.pairs.queries import PairView
from qa_service.text.normalise import normalise, simplify
from qa_service.web.kit.rendering import TEMPLATES
from qa_service.web.kit.static_files import STATIC_FOLDER

STYLE, SCRIPT = "publishing/pack.css", "publishing/pack.js"

_CHINESE = range(0x4E00, 0xA000)


def pack_page(sections: Sequence[Section], *, title: str, day: date, valid_until: date) -> str:
    """Return the page; ``valid_until`` is the last day on which it may be used."""
    style, script = (_own_file(path) for path in (STYLE, SCRIPT))
    views = [view for section in sections for view in section.answers]
    words = {view.key: _asked(view) for view in views}
    used = frozenset("".join((*words.values(), *(view.content.answer for view in views))))
    context = {
        "title": title,
        "sections": sections,
        "count": len(words),
        "day": day,
        "valid_until": valid_until,
        "last_day": last_day,
        "words": words,
        "simple": json.dumps(_simple_forms(used), ensure_ascii=True),
        "style": Markup(style),  # noqa: S704 - ours
        "script": Markup(script),  # noqa: S704 - ours
        "policy": f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'",
    }
    return TEMPLATES.env.get_template("publishing/pack.html").render(context)


def _asked(view: PairView) -> str:
    """Return the wordings and keywords of an answer as the search compares them."""
    content = view.content
    return " ".join(
        normalise(one) for one in (content.question, *content.variants, *content.keywords)
    )


def _simple_forms(used: frozenset[str]) -> dict[str, str]:
    """Return the traditional forms of the characters in use, each with its simple one."""
    return {one: simple for one, simple in _all_simple_forms().items() if simple in used}


@cache
def _all_simple_forms() -> dict[str, str]:
    characters = [chr(code) for code in _CHINESE]
    return {one: simple for one in characters if (simple := simplify(one)) != one}


@cache
def _own_file(path: str) -> str:
    return (STATIC_FOLDER / path).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
