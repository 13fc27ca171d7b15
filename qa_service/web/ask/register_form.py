"""The registration form of the ask page: what was typed, and what was heard in the question."""

from dataclasses import dataclass, replace

from sqlmodel import Session

from qa_service.accounts.areas import list_areas, present_area
from qa_service.accounts.units import list_units
from qa_service.consultation.callbacks.contacts import contact_as_heard
from qa_service.consultation.models import Consultation
from qa_service.errors import FieldProblem, QAServiceError
from qa_service.ledger.askers.details import AskerDetails
from qa_service.text.privacy.bare_names import possible_names
from qa_service.vocabulary import AreaKey
from qa_service.web.ask.late_form import NOT_LATE, LateForm
from qa_service.web.ask.views import RegisterForm
from qa_service.web.kit.forms import SubmittedForm, problems_by_field
from qa_service.web.kit.visit import PageContext


@dataclass(frozen=True, slots=True)
class Typed:
    """A submitted registration, and the error it was refused with if it was.

    ``names`` are words of the question that the operator says are names.
    """

    asker: AskerDetails
    unit: str = ""
    area: AreaKey | None = None
    join_to: str = ""
    seen: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    late: LateForm = NOT_LATE
    refusal: QAServiceError | None = None

    @classmethod
    def of(cls, form: SubmittedForm) -> "Typed":
        """Return the fields of the form."""
        return cls(
            asker=asker_typed(form),
            unit=form.text("unit"),
            area=form.text("area") or None,
            join_to=form.text("join_to"),
            seen=frozenset(form.text("seen").split()),
            names=frozenset(form.texts("mask_name")),
            late=LateForm.of(form),
        )

    def refused(self, error: QAServiceError) -> "Typed":
        """Return the same form with the error to be shown beside its field."""
        return replace(self, refusal=error)


def asker_typed(form: SubmittedForm) -> AskerDetails:
    """Return name and contact as typed, with the reason for keeping an unusual number."""
    return AskerDetails(form.text("name"), form.text("phone"), form.text("unusual"))


def register_form(
    visit: PageContext, session: Session, consultation: Consultation, typed: Typed | None
) -> RegisterForm:
    """Return the form to show: as typed, else with the contact that the question held."""
    asker = typed.asker if typed else _heard(visit, session, consultation)
    units = tuple(list_units(session, active_only=True))
    near = [unit.name for unit in units if unit.key == consultation.nearest_unit]
    return RegisterForm(
        name=asker.name or "",
        phone=asker.phone or "",
        unusual=asker.unusual,
        unit=typed.unit if typed else "",
        area=(typed.area if typed else present_area(session, consultation.area)) or "",
        units=units,
        areas=tuple(list_areas(session, active_only=True)),
        near_unit=near[0] if near else "",
        possible_names=possible_names(consultation.question),
        names=typed.names if typed else frozenset(),
        late=typed.late if typed else NOT_LATE,
        problems=_problems(typed.refusal if typed else None),
    )


def _heard(visit: PageContext, session: Session, consultation: Consultation) -> AskerDetails:
    return contact_as_heard(
        session, consultation, cipher=visit.services.cipher, actor=visit.actor, now=visit.now
    )


def _problems(refusal: QAServiceError | None) -> dict[str, list[str]]:
    found = problems_by_field(refusal)
    if refusal is not None and not found:
        problem = FieldProblem("unit", refusal.message)
        found[problem.field] = [problem.message]
    return found
