"""Citations by key: whatever spelling of a 文号 or title a document is cited by."""

from dataclasses import replace

from sqlmodel import Session, col, select

from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.models import PolicyDocument
from qa_service.knowledge.pairs.record.content import PairContent
from qa_service.knowledge.policies.citing import find_cited
from qa_service.text.document_number import split_article


def cite_by_key(session: Session, content: PairContent) -> PairContent:
    """Return ``content`` citing documents by key where one was named by 文号 or title.

    民发[2021]57号第三条 becomes the key of 民发〔2021〕57号 and its 第三条. What no document or
    several have is left as it is, for the checks to name.
    """
    wanted = {cited.policy for cited in content.basis}
    statement = select(PolicyDocument.key).where(col(PolicyDocument.key).in_(wanted))
    known = set(session.exec(statement).all()) if wanted else set()
    if known == wanted:
        return content
    basis = (cited if cited.policy in known else _by_key(session, cited) for cited in content.basis)
    return replace(content, basis=tuple(dict.fromkeys(basis)))


def _by_key(session: Session, cited: Basis) -> Basis:
    found = find_cited(session, cited.policy)
    if found.key is not None:
        return replace(cited, policy=found.key)
    number, article = split_article(cited.policy)
    key = find_cited(session, number).key if article and not cited.article else None
    return cited if key is None else replace(cited, policy=key, article=article)
