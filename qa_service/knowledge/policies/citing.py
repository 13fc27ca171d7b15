"""Names the documents of the library for citations, and finds the one a citation means."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session, col, or_, select

from qa_service.knowledge.models import PolicyDocument
from qa_service.storage.patterns import contains
from qa_service.vocabulary import Validity

SUGGESTED = 10
"""Documents suggested for what has been typed so far."""

_MARK = re.compile(r"〔[^〔〕]*〕$")


@dataclass(frozen=True, slots=True)
class Cited:
    """What a citation means: the key of one document, or how many it could mean."""

    key: str | None
    count: int


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


def suggest_documents(session: Session, typed: str, *, limit: int = SUGGESTED) -> list[str]:
    """Return the names of documents whose title or number holds each of the typed words.

    They are in the order of their titles, at most ``limit``.
    """
    statement = select(PolicyDocument)
    for word in typed.split():
        named = contains(PolicyDocument.title, word) | contains(
            PolicyDocument.document_number, word
        )
        statement = statement.where(named)
    statement = statement.order_by(PolicyDocument.title, col(PolicyDocument.id)).limit(limit)
    return [document_name(found) for found in session.exec(statement).all()]


def find_cited(session: Session, text: str) -> Cited:
    """Find the document that ``text`` names: by its name, number (文号), title or key.

    The name is that of ``document_name``, so that a suggestion is found again. A full name or a
    key counts before a number, a number before a title.
    """
    bare = _MARK.sub("", text)
    name = (
        col(PolicyDocument.title).concat("（").concat(PolicyDocument.document_number).concat("）")
    )
    meanings = (
        or_(col(PolicyDocument.key) == text, name == text, name == bare),
        col(PolicyDocument.document_number) == text,
        col(PolicyDocument.title) == text,
    )
    for meaning in meanings:
        found = session.exec(select(PolicyDocument).where(meaning)).all()
        exact = [document for document in found if document_name(document) == text]
        chosen = exact if len(exact) == 1 else found
        if chosen:
            return Cited(chosen[0].key if len(chosen) == 1 else None, len(chosen))
    return Cited(None, 0)
