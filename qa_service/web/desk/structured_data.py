"""Answers of the public desk in the forms that machines read: JSON-LD, Atom, sitemap, OpenSearch.

Sources: schema.org FAQPage, RFC 4287 (Atom), sitemaps.org 0.9, OpenSearch 1.1.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from markupsafe import Markup

from qa_service.knowledge.pairs.queries import PairView
from qa_service.text.normalise import display_clean
from qa_service.web.kit.markdown import render_markdown

ATOM = "http://www.w3.org/2005/Atom"
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
OPENSEARCH = "http://a9.com/-/spec/opensearch/1.1/"

NEVER = datetime(2000, 1, 1, tzinfo=UTC)
"""Time of change of a feed without entries, and of what has changed since nobody knows when."""


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry of a feed; its address is its identity."""

    address: str
    title: str
    updated: datetime
    author: str
    summary: str


def faq_script(view: PairView, address: str) -> Markup:
    """Return the answer as a schema.org FAQPage, safe inside a script element of JSON-LD."""
    content = view.content
    answer = {"@type": "Answer", "text": str(render_markdown(content.answer)), "url": address}
    question = {"@type": "Question", "name": content.question, "acceptedAnswer": answer}
    page = {"@context": "https://schema.org", "@type": "FAQPage", "mainEntity": [question]}
    written = json.dumps(page, ensure_ascii=False)
    for sign, escape in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        written = written.replace(sign, escape)
    return Markup(written)  # noqa: S704 - no sign is left that could end the script element


def atom_feed(
    entries: Sequence[FeedEntry],
    *,
    title: str,
    own: str,
    page: str,
    written: Callable[[str], str] = str,
) -> bytes:
    """Return the Atom feed; ``written`` gives its texts in the characters of the reader."""
    register_namespace("", ATOM)
    feed = Element(f"{{{ATOM}}}feed")
    _text(feed, "id", own)
    _text(feed, "title", written(title))
    _text(feed, "updated", _instant(max((one.updated for one in entries), default=NEVER)))
    SubElement(feed, f"{{{ATOM}}}link", rel="self", href=own, type="application/atom+xml")
    SubElement(feed, f"{{{ATOM}}}link", rel="alternate", href=page, type="text/html")
    for one in entries:
        entry = SubElement(feed, f"{{{ATOM}}}entry")
        _text(entry, "id", one.address)
        _text(entry, "title", written(one.title))
        _text(entry, "updated", _instant(one.updated))
        _text(SubElement(entry, f"{{{ATOM}}}author"), "name", written(one.author))
        SubElement(entry, f"{{{ATOM}}}link", rel="alternate", href=one.address, type="text/html")
        _text(entry, "summary", written(one.summary))
    return _written(feed)


def sitemap(addresses: Iterable[str]) -> bytes:
    """Return the sitemap of the addresses."""
    register_namespace("", SITEMAP)
    root = Element(f"{{{SITEMAP}}}urlset")
    for address in addresses:
        place = SubElement(root, f"{{{SITEMAP}}}url")
        SubElement(place, f"{{{SITEMAP}}}loc").text = address
    return _written(root)


def search_description(name: str, template: str) -> bytes:
    """Return the OpenSearch description; ``template`` holds ``{searchTerms}``."""
    register_namespace("", OPENSEARCH)
    root = Element(f"{{{OPENSEARCH}}}OpenSearchDescription")
    for tag, text in (("ShortName", name), ("Description", name), ("InputEncoding", "UTF-8")):
        SubElement(root, f"{{{OPENSEARCH}}}{tag}").text = text
    SubElement(root, f"{{{OPENSEARCH}}}Url", type="text/html", method="get", template=template)
    return _written(root)


def _text(parent: Element, tag: str, text: str) -> None:
    """Add an element of Atom with a text of signs that XML allows."""
    SubElement(parent, f"{{{ATOM}}}{tag}").text = display_clean(text)


def _instant(moment: datetime) -> str:
    """Return the time as RFC 3339 writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _written(root: Element) -> bytes:
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))
