"""Addresses of service guides (办事指南) and lists of powers (权责清单), tied to the bank."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from qa_service.accounts.actor import Actor, RecordedActor, check_permission
from qa_service.accounts.audit import record
from qa_service.accounts.permissions import GRANTS, Permission
from qa_service.errors import FieldProblem, InvalidInputError, NotFoundError
from qa_service.knowledge.models import PairBasis, QAPair, stored_id
from qa_service.knowledge.policies.library.uploads import ADDRESS, ADDRESS_TOLD
from qa_service.knowledge.policies.permissions import NotYourDecisionError
from qa_service.knowledge.policy_models import LinkKind, PolicyDocument, ServiceLink
from qa_service.text.normalise import is_meaningful
from qa_service.vocabulary import AuditAction

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
    _write_down(session, to, actor, now, linked=f"{kind.label} {address}")
    return link


def remove_link(
    session: Session, to: PolicyDocument | QAPair, link_id: int, *, actor: Actor, now: datetime
) -> None:
    """Take a link off its document or pair; raises ServiceLinkNotFoundError."""
    link = _find(session, to, link_id)
    _write_down(session, to, actor, now, unlinked=f"{link.kind.label} {link.address}")
    session.delete(link)
    session.flush()


def confirm_link(
    session: Session, to: PolicyDocument | QAPair, link_id: int, *, actor: Actor, now: datetime
) -> None:
    """Let citizens see a link, as the second person, who opened and read what it leads to.

    One that was confirmed before stays as it is. Raises ServiceLinkNotFoundError,
    NotYourDecisionError and NotPermittedError.
    """
    check_permission(actor, Permission.CONFIRM_ENDINGS)
    link = _find(session, to, link_id)
    refusal = why_not_confirm(actor, link, to.unit_id)
    if refusal:
        raise NotYourDecisionError(refusal)
    if link.confirmed_at is not None:
        return
    link.confirmed_by, link.confirmed_by_person_id, link.confirmed_by_key_id = actor.recorded
    link.confirmed_at = now
    session.add(link)
    session.flush()
    _write_down(session, to, actor, now, published=f"{link.kind.label} {link.address}")


def why_not_confirm(actor: Actor, link: ServiceLink, unit_id: int | None) -> str | None:
    """Return in Chinese why the actor may not confirm a link of this unit; None if they may."""
    units = actor.authority.units(GRANTS[Permission.CONFIRM_ENDINGS])
    if units is not None and unit_id not in units:
        return "由审核人、督查或管理员复核"
    saver = RecordedActor(link.saved_by, link.saved_by_person_id, link.saved_by_key_id)
    if not actor.is_distinct_from(saver):
        return "由关联这条链接以外的另一人复核"
    return None


def _find(session: Session, to: PolicyDocument | QAPair, link_id: int) -> ServiceLink:
    link = session.get(ServiceLink, link_id)
    held = None
    if link is not None:
        held = link.document_id if isinstance(to, PolicyDocument) else link.pair_id
    if link is None or held is None or held != to.id:
        raise ServiceLinkNotFoundError("没有这条链接，可能已由他人删除；请核对现有的链接")
    return link


def _write_down(
    session: Session, to: PolicyDocument | QAPair, actor: Actor, now: datetime, **said: str
) -> None:
    name = "政策文件" if isinstance(to, PolicyDocument) else "问答"
    record(session, AuditAction.EDIT, actor=actor, now=now, subject=f"{name} {to.id}", **said)


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
    """Return the links of a pair and of the documents its published answer rests on."""
    return links_of_pairs(session, [pair_id]).get(pair_id, ())


def links_of_pairs(
    session: Session, pair_ids: Collection[int], *, only_confirmed: bool = False
) -> Mapping[int, Sequence[ServiceLink]]:
    """Return for each pair its links and those of the documents its published answer rests on.

    What a second person has not confirmed is shown to staff alone: ``only_confirmed`` leaves it
    out.
    """
    if not pair_ids:
        return {}
    cited = (
        select(QAPair.id, ServiceLink)
        .join(PairBasis, col(PairBasis.version_id) == QAPair.current_version_id)
        .join(ServiceLink, col(ServiceLink.document_id) == PairBasis.document_id)
        .where(col(QAPair.id).in_(pair_ids))
    )
    own = select(ServiceLink.pair_id, ServiceLink).where(col(ServiceLink.pair_id).in_(pair_ids))
    found: dict[int, dict[int, ServiceLink]] = {}
    for pair_id, link in (*session.exec(own).all(), *session.exec(cited).all()):
        if pair_id is not None and (link.confirmed_at is not None or not only_confirmed):
            found.setdefault(pair_id, {})[link.id or 0] = link
    return {
        pair_id: sorted(links.values(), key=lambda link: (link.kind, link.id or 0))
        for pair_id, links in found.items()
    }


def links_to_confirm(session: Session, actor: Actor) -> Sequence[tuple[ServiceLink, str]]:
    """Return the links that the actor can confirm, the oldest first, each with where it is tied.

    That is the address of the page of its document or pair.
    """
    statement = (
        select(ServiceLink, PolicyDocument.unit_id, QAPair.unit_id)
        .join(PolicyDocument, col(PolicyDocument.id) == ServiceLink.document_id, isouter=True)
        .join(QAPair, col(QAPair.id) == ServiceLink.pair_id, isouter=True)
        .where(col(ServiceLink.confirmed_at).is_(None))
        .order_by(col(ServiceLink.id))
    )
    return [
        (link, _page(link))
        for link, of_document, of_pair in session.exec(statement).all()
        if why_not_confirm(actor, link, of_document or of_pair) is None
    ]


def _page(link: ServiceLink) -> str:
    if link.document_id is not None:
        return f"policies/{link.document_id}"
    return f"pairs/{link.pair_id}/reach"
