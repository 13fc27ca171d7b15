"""Pending work on policy documents: ends and corrections to confirm, notices of ends ahead."""

from sqlmodel import Session

from qa_service.accounts.actor import Actor
from qa_service.accounts.names.display_names import display_name_of
from qa_service.accounts.permissions import Permission, is_permitted
from qa_service.knowledge.models import stored_id
from qa_service.knowledge.policies.citation_changes import CORRECTED_FIELDS
from qa_service.knowledge.policies.corrections import corrections_to_decide
from qa_service.knowledge.policies.endings.ending import endings_to_decide
from qa_service.knowledge.policies.library.links import links_to_confirm
from qa_service.knowledge.policies.notices import unseen_notices
from qa_service.knowledge.policies.permissions import why_not_confirm, why_not_decide
from qa_service.knowledge.policy_models import PolicyCorrection, PolicyEnding
from qa_service.reporting.pending.items import PendingItem, PendingKind, PendingSection, Watch
from qa_service.vocabulary import Role

SHOWN = 50


def endings_to_confirm(session: Session, actor: Actor, _watch: Watch) -> PendingSection | None:
    """Return the documents whose proposed end the actor can confirm or refuse."""
    kind = PendingKind.ENDINGS_TO_CONFIRM
    items = [
        PendingItem(
            kind,
            str(stored_id(document)),
            f"《{document.title}》拟自 {ending.invalid_since.isoformat()} 起{ending.validity}",
            f"{_proposer(session, ending)} 提出：{ending.reason}",
        )
        for ending, document in endings_to_decide(session)
        if why_not_decide(actor, document, ending) is None
    ]
    return PendingSection(kind, len(items), tuple(items[:SHOWN]))


def corrections_to_confirm(session: Session, actor: Actor, _watch: Watch) -> PendingSection | None:
    """Return the documents whose proposed correction the actor can confirm or refuse."""
    kind = PendingKind.CORRECTIONS_TO_CONFIRM
    items = [
        PendingItem(
            kind,
            str(stored_id(document)),
            f"《{document.title}》拟更正"
            + "、".join(CORRECTED_FIELDS[one.name] for one in found.changes),
            f"{_proposer(session, found)} 提出" + (f"：{found.reason}" if found.reason else ""),
        )
        for found, document in corrections_to_decide(session)
        if why_not_confirm(actor, document, found) is None
    ]
    return PendingSection(kind, len(items), tuple(items[:SHOWN]))


def links_awaiting(session: Session, actor: Actor, _watch: Watch) -> PendingSection | None:
    """Return the links of services that the actor can confirm as the second person."""
    kind = PendingKind.LINKS_TO_CONFIRM
    if not is_permitted(actor.authority, Permission.CONFIRM_ENDINGS):
        return None
    found = links_to_confirm(session, actor)
    items = tuple(
        PendingItem(kind, page, f"{link.kind.label}：{link.title}", link.address)
        for link, page in found[:SHOWN]
    )
    return PendingSection(kind, len(found), items)


def policy_notices(session: Session, actor: Actor, watch: Watch) -> PendingSection | None:
    """Return the unseen notices to the actor's units, such as of an end in 30 or 7 days."""
    within = actor.authority.units({Role.UNIT})
    if within is not None and not within:
        return None
    kind = PendingKind.POLICY_NOTICES
    found = unseen_notices(session, within)
    items = tuple(
        PendingItem(kind, str(notice.document_id), notice.text, notice.kind.label)
        for notice, _ in (found[:SHOWN] if watch.lists else ())
    )
    return PendingSection(kind, len(found), items)


def _proposer(session: Session, proposed: PolicyEnding | PolicyCorrection) -> str:
    return display_name_of(session, proposed.proposed_by, proposed.proposed_by_person_id)
