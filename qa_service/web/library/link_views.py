"""View model of the links tied to a document or a pair, with the form to tie another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from qa_service.accounts.permissions import Permission
from qa_service.errors import QAServiceError
from qa_service.knowledge.models import PolicyDocument, QAPair
from qa_service.knowledge.policies.library.links import (
    links_of_document,
    links_of_pair,
    titles_of_documents,
    why_not_confirm,
)
from qa_service.knowledge.policy_models import LinkKind, ServiceLink
from qa_service.web.kit.forms import problems_by_field
from qa_service.web.kit.visit import PageContext


@dataclass(frozen=True, slots=True)
class LinkLine:
    """A link; ``document`` is the title of the document it came with to a pair, or empty."""

    link: ServiceLink
    document: str
    may_remove: bool
    may_confirm: bool


@dataclass(frozen=True, slots=True)
class LinksView:
    """The links, and the form as typed with what is wrong with its fields.

    ``address`` takes the form.
    """

    address: str
    lines: Sequence[LinkLine]
    kinds: Sequence[LinkKind]
    may_link: bool
    typed: Mapping[str, str]
    problems: Mapping[str, list[str]]


def links_view(
    visit: PageContext,
    session: Session,
    to: PolicyDocument | QAPair,
    *,
    may_link: bool,
    refusal: QAServiceError | None = None,
) -> LinksView:
    """Return the links of a document or a pair as the user sees them."""
    is_pair, held = isinstance(to, QAPair), to.id or 0
    links = links_of_pair(session, held) if is_pair else links_of_document(session, held)
    titles = titles_of_documents(session, links) if is_pair else {}
    decides = visit.user.may(Permission.CONFIRM_ENDINGS)
    lines = []
    for link in links:
        is_own = not is_pair or link.pair_id is not None
        may_confirm = (
            decides
            and is_own
            and link.confirmed_at is None
            and why_not_confirm(visit.actor, link, to.unit_id) is None
        )
        document = "" if is_own else titles.get(link.document_id or 0, "")
        lines.append(LinkLine(link, document, may_link and is_own, may_confirm))
    form = visit.form
    return LinksView(
        address=f"/{'pairs' if is_pair else 'policies'}/{to.id}/links",
        lines=lines,
        kinds=list(LinkKind),
        may_link=may_link,
        typed={
            "kind": form.text("link_kind") if refusal else LinkKind.GUIDE.value,
            "title": form.text("link_title") if refusal else "",
            "address": form.text("link_address") if refusal else "",
        },
        problems=problems_by_field(refusal),
    )
