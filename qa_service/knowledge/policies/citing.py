"""Names of documents for citations, and the lookup of the document a citation refers to."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, and_, col, or_, select, true

from qa_service.knowledge.models import PolicyDocument
from qa_service.storage.patterns import contains
from qa_service.text.document_number import (
    bare_title,
    document_number_key,
    normal_document_number,
)
from qa_service.text.normalise import writings
from qa_service.vocabulary import Validity

SUGGESTED = 10
"""Largest number of documents suggested for the text typed so far."""

_MARK = re.compile(r"〔[^〔〕]*〕$")


@dataclass(frozen=True, slots=True)
class Cited:
    """The result of resolving a citation: the key of one document, or the number of matches."""

    key: str | None
    count: int


@dataclass(frozen=True, slots=True)
class DocumentPlace:
    """The id of a document's page here, and its address on the official site if that is known."""

    id: int
    link: str | None
    effective_from: date | None


def document_places(session: Session, keys: Collection[str]) -> dict[str, DocumentPlace]:
    """Return where the documents with these keys are read; unknown keys are left out."""
    if not keys:
        return {}
    statement = select(PolicyDocument).where(col(PolicyDocument.key).in_(keys))
    return {
        found.key: DocumentPlace(found.id or 0, found.link, found.effective_from)
        for found in session.exec(statement).all()
    }


def document_name(document: PolicyDocument) -> str:
    """Return title and document number (文号), marked when the document is no longer in force."""
    mark = "" if document.validity is Validity.IN_FORCE else f"〔{document.validity}〕"
    return f"{document.title}（{document.document_number}）{mark}"


def document_names(session: Session, keys: Collection[str]) -> dict[str, str]:
    """Return the names of the documents with these keys, by key; unknown keys are left out."""
    if not keys:
        return {}
    statement = select(PolicyDocument).where(col(PolicyDocument.key).in_(keys))
    return {found.key: document_name(found) for found in session.exec(statement).all()}


def document_citations(session: Session, keys: Collection[str]) -> dict[str, str]:
    """Return how an answer names the documents with these keys, by key: 《title》 and 文号."""
    if not keys:
        return {}
    statement = select(PolicyDocument).where(col(PolicyDocument.key).in_(keys))
    found = session.exec(statement).all()
    return {one.key: f"《{one.title}》（{one.document_number}）" for one in found}


def suggest_documents(session: Session, typed: str, *, limit: int = SUGGESTED) -> list[str]:
    """Return the names of documents whose title or number contains each of the typed words.

    The number may be written with any brackets and spaces. At most ``limit`` names, by title.
    """
    words = [
        contains(PolicyDocument.title, *forms) | contains(PolicyDocument.document_number, *forms)
        for forms in map(writings, typed.split())
    ]
    number = contains(PolicyDocument.number_key, document_number_key(typed))
    statement = select(PolicyDocument).where(or_(and_(*words), number) if words else true())
    statement = statement.order_by(PolicyDocument.title, col(PolicyDocument.id)).limit(limit)
    return [document_name(found) for found in session.exec(statement).all()]


def find_cited(session: Session, text: str) -> Cited:
    """Find the document that ``text`` names: by its name, number (文号), title or key.

    The name is the result of ``document_name``, so that a suggestion resolves. A full name or
    key takes precedence over a number in any spelling, and a number over a title, which may
    stand in 《》 or in the name of the notice that issued it.
    """
    bare = _MARK.sub("", text)
    name = (
        col(PolicyDocument.title).concat("（").concat(PolicyDocument.document_number).concat("）")
    )
    meanings = (
        or_(col(PolicyDocument.key) == text, name == text, name == bare),
        col(PolicyDocument.document_number) == text,
        or_(
            col(PolicyDocument.number_key) == document_number_key(text),
            col(PolicyDocument.key) == normal_document_number(text),
        ),
        col(PolicyDocument.title) == text,
        contains(PolicyDocument.title, bare_title(text)),
    )
    for meaning in meanings:
        found = session.exec(select(PolicyDocument).where(meaning)).all()
        if meaning is meanings[-1]:
            found = [one for one in found if bare_title(one.title) == bare_title(text)]
        exact = [document for document in found if document_name(document) == text]
        chosen = exact if len(exact) == 1 else found
        if chosen:
            return Cited(chosen[0].key if len(chosen) == 1 else None, len(chosen))
    return Cited(None, 0)
