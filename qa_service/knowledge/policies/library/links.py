"""Addresses of service guides (办事指南) and lists of powers (权责清单), tied to the bank."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, or_, select

from qa_service.accounts.actor import Actor
from qa_service.errors import FieldProblem, InvalidInputError, NotFoundError
from qa_service.knowledge.models import PairBasis, QAPair, stored_id
from qa_service.knowledge.policies.library.uploads import ADDRESS, ADDRESS_TOLD
from qa_service.knowledge.policy_models import LinkKind, PolicyDocument, ServiceLink
from qa_service.text.normalise import is_meaningful

TITLE_CHARACTERS = 200


class InvalidServiceLinkError(InvalidInputError):
    """The kind, name or address of a link is missing or impossible."""

    code = "invalid_service_link"
    title = "链接填写有误"


class ServiceLinkNotFoundError(NotFoundError):
    """The document or pair has no link with this id."""

    code = "service_link_not_found"
    title = "没有这条链接"


def add_link(
    session: Session,
    to: PolicyDocument | QAPair,
    kind: LinkKind | None,
    title: str,
    address: str,
    *,
    actor: Actor,
    now: datetime,
) -> ServiceLink:
    """Tie an address to a document or a pair, which the actor may change, and return it.

    Raises InvalidServiceLinkError naming every fault.
    """
    problems = []
    if kind is None:
        problems.append(FieldProblem("link_kind", "请选择链接的类别"))
    if not is_meaningful(title) or len(title) > TITLE_CHARACTERS:
        problems.append(FieldProblem("link_title", f"名称应为 1 至 {TITLE_CHARACTERS} 个字"))
    if not ADDRESS.match(address):
        problems.append(FieldProblem("link_address", ADDRESS_TOLD))
    if problems or kind is None:
        raise InvalidServiceLinkError("没有保存，请按提示修改", problems=tuple(problems))
    name, person_id, key_id = actor.recorded
    link = ServiceLink(
        kind=kind,
        title=title,
        address=address,
        document_id=to.id if isinstance(to, PolicyDocument) else None,
        pair_id=to.id if isinstance(to, QAPair) else None,
        saved_by=name,
        saved_by_person_id=person_id,
        saved_by_key_id=key_id,
        saved_at=now,
    )
    session.add(link)
    session.flush()
    return link


def remove_link(session: Session, to: PolicyDocument | QAPair, link_id: int) -> None:
    """Take a link off its document or pair; raises ServiceLinkNotFoundError."""
    link = session.get(ServiceLink, link_id)
    held = None
    if link is not None:
        held = link.document_id if isinstance(to, PolicyDocument) else link.pair_id
    if link is None or held is None or held != to.id:
        raise ServiceLinkNotFoundError("没有这条链接，请刷新页面核对")
    session.delete(link)
    session.flush()


def links_of_document(session: Session, document_id: int) -> Sequence[ServiceLink]:
    """Return the links of a document by kind and name."""
    statement = select(ServiceLink).where(ServiceLink.document_id == document_id)
    return session.exec(statement.order_by(col(ServiceLink.kind), col(ServiceLink.title))).all()


def titles_of_documents(session: Session, links: Sequence[ServiceLink]) -> dict[int, str]:
    """Return the titles of the documents the links are tied to, by id."""
    ids = {link.document_id for link in links if link.document_id is not None}
    statement = select(PolicyDocument).where(col(PolicyDocument.id).in_(ids))
    return {stored_id(document): document.title for document in session.exec(statement).all()}


def links_of_pair(session: Session, pair_id: int) -> Sequence[ServiceLink]:
    """Return the links of a pair and of the documents its published answer rests on.

    Nobody has reviewed them, so they are shown to staff alone.
    """
    cited = (
        select(PairBasis.document_id)
        .join(QAPair, col(QAPair.current_version_id) == PairBasis.version_id)
        .where(QAPair.id == pair_id)
    )
    statement = select(ServiceLink).where(
        or_(col(ServiceLink.pair_id) == pair_id, col(ServiceLink.document_id).in_(cited))
    )
    return session.exec(statement.order_by(col(ServiceLink.kind), col(ServiceLink.id))).all()
