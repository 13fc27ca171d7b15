"""The forms of a campaign and of a single task, as typed."""

from dataclasses import dataclass
from typing import Self

from qa_service.consultation.gaps import GAP_DAYS
from qa_service.knowledge.task_models import TaskKind
from qa_service.knowledge.tasks.campaigns import CampaignContent, read_lines
from qa_service.web.kit.forms import SubmittedForm, day_or_none, member_or_none
from qa_service.web.kit.parameters import MOST_DAYS


@dataclass(frozen=True, slots=True)
class CampaignForm:
    """The fields of a campaign as typed; ``units`` are the keys ticked."""

    kind: str = TaskKind.CLEAN_UP.value
    title: str = ""
    demand: str = ""
    begins_on: str = ""
    ends_on: str = ""
    units: tuple[str, ...] = ()
    lines: str = ""

    @classmethod
    def submitted(cls, form: SubmittedForm) -> Self:
        """Return the submitted form."""
        return cls(
            kind=form.text("kind"),
            title=form.text("title"),
            demand=form.text("demand"),
            begins_on=form.text("begins_on"),
            ends_on=form.text("ends_on"),
            units=form.texts("units"),
            lines=form.text("lines"),
        )

    def read(self) -> CampaignContent:
        """Return the content typed, with None for what is no kind or date."""
        return CampaignContent(
            kind=member_or_none(TaskKind, self.kind),
            title=self.title,
            demand=self.demand,
            begins_on=day_or_none(self.begins_on),
            ends_on=day_or_none(self.ends_on),
            units=self.units,
            lines=read_lines(self.lines),
        )


@dataclass(frozen=True, slots=True)
class TaskForm:
    """The fields of a single task as typed.

    ``pair`` is the id of a pair it is about, or ""; ``gap`` a consultation of the knowledge gap
    it is to fill, found among the questions of the last ``days``, or "".
    """

    kind: str = TaskKind.MEDIA.value
    title: str = ""
    unit: str = ""
    due_on: str = ""
    owner: str = ""
    pair: str = ""
    gap: str = ""
    days: int = GAP_DAYS

    @classmethod
    def submitted(cls, form: SubmittedForm) -> Self:
        """Return the submitted form."""
        return cls(
            kind=form.text("kind"),
            title=form.text("title"),
            unit=form.text("unit"),
            due_on=form.text("due_on"),
            owner=form.text("owner"),
            pair=form.text("pair")[:10],
            gap=form.text("gap")[:36],
            days=min(form.number("days") or GAP_DAYS, MOST_DAYS),
        )
