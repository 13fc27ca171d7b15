"""The page of the form of a pair, as stored or as typed and refused."""

from sqlmodel import Session
from starlette.responses import Response

from qa_service.accounts.areas import list_areas
from qa_service.accounts.authority import Within
from qa_service.accounts.models import Unit
from qa_service.accounts.permissions import Permission
from qa_service.accounts.units import list_units
from qa_service.errors import QAServiceError
from qa_service.knowledge.models import QAPair, stored_id
from qa_service.knowledge.pairs.overlap.overlaps import Overlap, find_overlaps
from qa_service.knowledge.pairs.permissions import (
    KEEPERS,
    is_keeper,
)
from qa_service.knowledge.pairs.queries import PairView, has_work, version_in_work, view_pairs
from qa_service.knowledge.pairs.service import (
    DuplicateQuestionError,
    PairNotFoundError,
    content_in_work,
    find_pair,
)
from qa_service.knowledge.pairs.variants.deciding import unconfirmable
from qa_service.knowledge.pairs.variants.suggested import open_suggestions
from qa_service.knowledge.policies.citing import document_names
from qa_service.knowledge.review.progress import last_return
from qa_service.knowledge.review.service import PrecheckFailedError
from qa_service.vocabulary import Aspect
from qa_service.web.bank.forms.content_form import ContentForm
from qa_service.web.bank.forms.pair_form import (
    stored_form,
)
from qa_service.web.bank.pairs.views import FieldDiff, compare, shown_names
from qa_service.web.kit.forms import problems_by_field, status_of
from qa_service.web.kit.names.labels import badge
from qa_service.web.kit.visit import PageContext


def pair_page(
    visit: PageContext, session: Session, pair: QAPair, *, refusal: QAServiceError | None = None
) -> Response:
    """Show the form with the version in work, and what was refused."""
    content = content_in_work(session, pair)
    names = document_names(session, {cited.policy for cited in content.basis})
    view = view_of(visit, session, stored_id(pair))
    form = stored_form(content, names)
    status = status_of(refusal)
    return form_page(visit, session, form, view=view, refusal=refusal, status=status)


def view_of(visit: PageContext, session: Session, pair_id: int) -> PairView:
    """Return the pair as it stands today. Raises PairNotFoundError."""
    found = view_pairs(session, [pair_id], day=visit.today)
    if not found:
        raise PairNotFoundError(f"没有编号为 {pair_id} 的问答")
    return found[0]


def form_page(
    visit: PageContext,
    session: Session,
    form: ContentForm,
    *,
    view: PairView | None = None,
    refusal: QAServiceError | None = None,
    status: int | None = None,
    seen: int | None = None,
) -> Response:
    """Show the form as given, beside the pair if it is stored; refused with ``status``, or 422.

    ``seen`` is the version over which the form was filled in, by default the one in work.
    """
    pair = find_pair(session, view.pair_id) if view else None
    suggestions = open_suggestions(session, view.pair_id) if view else []
    context: dict[str, object] = {
        "form": form,
        "pair": pair,
        "in_work": seen or (version_in_work(session, pair).number if pair else 0),
        "returned": last_return(session, pair) if pair else None,
        "is_saved": isinstance(refusal, PrecheckFailedError),
        "is_despite": visit.form.text("despite_advice") == "yes",
        "overlaps": _overlaps(visit, session, pair) if pair else [],
        "withdraw_reason": visit.form.text("reason"),
        "complaint": visit.form.text("complaint"),
        "kept_with": visit.form.number("other"),
        "kept_reason": visit.form.text("outcome"),
        "may_settle": visit.user.may(Permission.SETTLE_CONTRADICTIONS),
        "can_decide": pair is not None and is_keeper(visit.user.authority, pair),
        "fields": _shown_only(visit, session, pair),
        "view": view,
        "status_badge": badge(view.status) if view else None,
        "is_searchable": view is not None and _is_searchable(visit, view),
        "refusal": refusal.message if refusal else None,
        "problems": _problems(refusal),
        "areas": list_areas(session, active_only=True),
        "aspects": list(Aspect),
        "units": _offered_units(visit, session, pair),
        "today": visit.today,
        "origin": pair.origin if pair else None,
        "suggestions": suggestions,
        "unconfirmable": unconfirmable(session, suggestions, visit.actor),
    }
    return visit.show("bank/pairs/form.html", context, status=status or (422 if refusal else 200))


def _shown_only(visit: PageContext, session: Session, pair: QAPair | None) -> list[FieldDiff]:
    """Return the fields to be read by users who may not change the pair; none for others."""
    if pair is None or is_keeper(visit.user.authority, pair):
        return []
    content = content_in_work(session, pair)
    return compare(None, content, shown_names(session, content))


def _offered_units(visit: PageContext, session: Session, pair: QAPair | None) -> list[Unit]:
    """Return the units the user may write for, and the one the pair has."""
    own = own_units(visit)
    units = list_units(session, active_only=True)
    owner = pair.unit_id if pair else None
    return [one for one in units if own is None or one.id in own or one.id == owner]


def _overlaps(visit: PageContext, session: Session, pair: QAPair) -> list[Overlap]:
    """Return published pairs that overlap with the version in work, if there is one."""
    if not has_work(pair):
        return []
    visit.services.index_sync.follow()
    return find_overlaps(
        session,
        visit.services.index_sync.engine,
        content_in_work(session, pair),
        day=visit.today,
        besides=pair.id,
        version=version_in_work(session, pair).number,
    )


def own_units(visit: PageContext) -> Within:
    """Return the units whose pairs the user keeps."""
    return visit.user.authority.units(KEEPERS)


def _is_searchable(visit: PageContext, view: PairView) -> bool:
    # True only once this process's index includes the pair's latest change.
    return view.showable and visit.services.index_sync.follow().holds(view.pair_id, view.revision)


def _problems(refusal: QAServiceError | None) -> dict[str, list[str]]:
    if isinstance(refusal, DuplicateQuestionError):
        return {"question": [refusal.message]} | problems_by_field(refusal)
    return problems_by_field(refusal)
