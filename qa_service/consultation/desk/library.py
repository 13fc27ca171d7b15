"""The policy library at the public desk: documents that are out (主动公开), ended ones too."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from qa_service.knowledge.models import PolicyDocument
from qa_service.knowledge.policies.record.copies import find_by_any_number
from qa_service.knowledge.policies.record.full_text import articles_of, is_out, search_policies
from qa_service.knowledge.policies.service import PolicyNotFoundError
from qa_service.text.document_pages import PagedText, paginate
from qa_service.vocabulary import Validity

PAGE = 20
"""Documents on one page of a list."""

WANTED_CHARACTERS = 100
"""Most characters of what is looked for in the library."""


@dataclass(frozen=True, slots=True)
class Successor:
    """The document that replaces another; ``document`` is None where the library lacks it."""

    name: str
    document: PolicyDocument | None


@dataclass(frozen=True, slots=True)
class PublicDocument:
    """A public document, and what replaces it."""

    document: PolicyDocument
    successor: Successor | None


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """A page of documents by id, and the id after which the next begins; None on the last page."""

    items: tuple[PolicyDocument, ...]
    next_after: int | None


def list_documents(
    session: Session,
    wanted: str = "",
    *,
    day: date,
    validity: Validity | None = None,
    after: int = 0,
    limit: int = PAGE,
) -> DocumentPage:
    """Return public documents whose name, 文号, issuer or text contains ``wanted``, by id."""
    found = search_policies(
        session,
        wanted[:WANTED_CHARACTERS],
        validity=validity,
        day=day,
        after=after,
        limit=limit + 1,
        public_only=True,
    )
    items = tuple(one.document for one in found[:limit])
    return DocumentPage(items, items[-1].id if len(found) > limit else None)


def open_document(session: Session, document_id: int) -> PublicDocument:
    """Return the public document of this id; raises PolicyNotFoundError."""
    statement = select(PolicyDocument).where(PolicyDocument.id == document_id, *is_out())
    document = session.exec(statement).first()
    if document is None:
        raise PolicyNotFoundError("没有这份文件，或尚未公开，请在政策库中查找")
    return PublicDocument(document, _successor(session, document))


def read_text(session: Session, document: PolicyDocument) -> PagedText:
    """Return the full text of a document in pages; none where the library has no text of it."""
    return paginate("\n".join(one.text for one in articles_of(session, document)))


def public_ids(session: Session, *, limit: int) -> list[int]:
    """Return the ids of public documents, the first ``limit`` by id."""
    statement = select(PolicyDocument.id).where(*is_out()).order_by(col(PolicyDocument.id))
    return [found for found in session.exec(statement.limit(limit)).all() if found]


def _successor(session: Session, document: PolicyDocument) -> Successor | None:
    """Return what replaces the document; None where nothing does that may be named."""
    if not document.replaced_by:
        return None
    found = find_by_any_number(session, document.replaced_by)
    if found is None:
        return Successor(document.replaced_by, None)
    is_named = session.exec(
        select(PolicyDocument.id).where(PolicyDocument.id == found.id, *is_out())
    ).first()
    return Successor(f"《{found.title}》（{found.document_number}）", found) if is_named else None
