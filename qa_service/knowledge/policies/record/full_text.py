"""The full text of policy documents, stored by article, and its search."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, delete, false, func
from sqlmodel import Session, and_, col, not_, or_, select

from qa_service.errors import FieldProblem, InvalidInputError
from qa_service.knowledge.models import PolicyArticle, PolicyDocument, stored_id
from qa_service.knowledge.policy_models import PolicyCorrection
from qa_service.knowledge.rules import ENDED
from qa_service.storage.patterns import contains
from qa_service.text.document_number import document_number_key
from qa_service.text.document_pages import article_label
from qa_service.text.normalise import display_clean, writings
from qa_service.vocabulary import ProposalState, PublicKind, Validity

TEXT_CHARACTERS = 200_000
EXCERPT_CHARACTERS = 40
"""Characters shown on either side of a match."""


class PolicyTextTooLongError(InvalidInputError):
    """The full text exceeds ``TEXT_CHARACTERS``."""

    code = "policy_text_too_long"
    title = "全文过长"


@dataclass(frozen=True, slots=True)
class PolicyFound:
    """A document with the article and excerpt that match; None if only its name matches."""

    document: PolicyDocument
    article: str | None
    excerpt: str | None


def store_text(session: Session, document: PolicyDocument, text: str) -> int:
    """Replace the document's full text and return the number of articles stored.

    Raises PolicyTextTooLongError.
    """
    check_text(text)
    document_id = stored_id(document)
    session.execute(delete(PolicyArticle).where(col(PolicyArticle.document_id) == document_id))
    articles = [
        PolicyArticle(document_id=document_id, position=position, label=label, text=body)
        for position, (label, body) in enumerate(split_articles(text))
    ]
    session.add_all(articles)
    session.flush()
    return len(articles)


def check_text(text: str) -> None:
    """Raise PolicyTextTooLongError for a full text that is too long."""
    if len(text) > TEXT_CHARACTERS:
        message = f"全文超过 {TEXT_CHARACTERS} 个字，请以链接代替"
        raise PolicyTextTooLongError(message, problems=(FieldProblem("text", message),))


def normal_text(text: str) -> str:
    """Return the full text as its articles hold it."""
    return "\n".join(body for _, body in split_articles(text))


def text_of(session: Session, document: PolicyDocument) -> str:
    """Return the full text of the document, "" for none."""
    return "\n".join(article.text for article in articles_of(session, document))


def split_articles(text: str) -> Iterator[tuple[str, str]]:
    """Yield each article's label (第一条) and text; text before the first has the label ""."""
    label, lines = "", list[str]()
    for line in map(display_clean, text.splitlines()):
        begun = article_label(line)
        if begun:
            if lines:
                yield label, "\n".join(lines)
            label, lines = begun, []
        if line:
            lines.append(line)
    if lines:
        yield label, "\n".join(lines)


def articles_of(session: Session, document: PolicyDocument) -> Sequence[PolicyArticle]:
    """Return the articles of the document in order."""
    statement = select(PolicyArticle).where(PolicyArticle.document_id == document.id)
    return session.exec(statement.order_by(col(PolicyArticle.position))).all()


def search_policies(
    session: Session,
    wanted: str = "",
    *,
    validity: Validity | None = None,
    day: date | None = None,
    after: int = 0,
    limit: int = 50,
    public_only: bool = False,
) -> list[PolicyFound]:
    """Return documents, by id, whose title, 文号, issuer or text contains ``wanted``.

    An empty ``wanted`` matches every document. A 文号 may be written with any brackets, words in
    traditional characters or full-width letters. With ``day``, a document whose end lies ahead
    counts as 有效 on that day. ``public_only`` leaves out what is not public.
    """
    statement = select(PolicyDocument).where(col(PolicyDocument.id) > after)
    if public_only:
        statement = statement.where(*is_out())
    if wanted:
        forms = writings(wanted)
        in_text = select(PolicyArticle.document_id).where(contains(PolicyArticle.text, *forms))
        names = (PolicyDocument.title, PolicyDocument.document_number, PolicyDocument.issuer)
        statement = statement.where(
            or_(
                *(contains(name, *forms) for name in names),
                contains(PolicyDocument.number_key, document_number_key(wanted)),
                col(PolicyDocument.id).in_(in_text),
            )
        )
    if validity is not None:
        statement = statement.where(_stands(validity, day))
    statement = statement.order_by(col(PolicyDocument.id)).limit(limit)
    return [_found(session, document, wanted) for document in session.exec(statement).all()]


def is_out() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a document is public (主动公开).

    One that somebody proposed to close is not shown until that is decided.
    """
    is_active = col(PolicyDocument.public_kind) == PublicKind.ACTIVE
    closing = select(PolicyCorrection.document_id).where(
        PolicyCorrection.state == ProposalState.PROPOSED, col(PolicyCorrection.closes)
    )
    stays = col(PolicyDocument.id).not_in(closing)
    return col(PolicyDocument.is_public).is_(True), is_active, stays


def _stands(validity: Validity, day: date | None) -> ColumnElement[bool]:
    """Return the condition that a document's mark is ``validity`` on ``day``."""
    marked = col(PolicyDocument.validity) == validity
    if day is None:
        return marked
    is_ahead = and_(
        col(PolicyDocument.validity).in_(ENDED), col(PolicyDocument.invalid_since) > day
    )
    if validity is Validity.IN_FORCE:
        return or_(marked, is_ahead)
    return and_(marked, not_(func.coalesce(is_ahead, false())))


def _found(session: Session, document: PolicyDocument, wanted: str) -> PolicyFound:
    if wanted:
        for article in articles_of(session, document):
            for form in writings(wanted):
                at = article.text.find(form)
                if at >= 0:
                    begin = max(0, at - EXCERPT_CHARACTERS)
                    excerpt = article.text[begin : at + len(form) + EXCERPT_CHARACTERS]
                    return PolicyFound(document, article.label or None, excerpt)
    return PolicyFound(document, None, None)
