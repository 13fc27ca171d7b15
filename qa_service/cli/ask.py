"""``qa-service ask``: one question from the command line."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from qa_service.cli.console import JsonOption, member_of, report_errors, show_json
from qa_service.cli.service import opened_service
from qa_service.vocabulary import Channel, Verdict

if TYPE_CHECKING:
    from qa_service.consultation.inquiry import Inquiry
    from qa_service.consultation.search.result import SearchResult
    from qa_service.ledger.queries import EntryView
    from qa_service.services import Services

ADVICE = {
    Verdict.ANSWERED: "可直接答复",
    Verdict.CHOOSE: "以下答案可能适用，请核对",
    Verdict.UNMATCHED: "库中没有答案",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a search, and what was recorded of it; None where nothing was."""

    found: "SearchResult"
    consultation_id: str | None = None
    entry: "EntryView | None" = None

    def values(self) -> dict[str, object]:
        """Return the outcome as printed in JSON."""
        from qa_service.cli.json_values import entry_values, search_values

        return {
            "consultation_id": self.consultation_id,
            **search_values(self.found),
            "ledger_entry": entry_values(self.entry) if self.entry else None,
        }


def ask(
    question: Annotated[str, typer.Argument(help="来电人的问题")],
    area: Annotated[str, typer.Option("--field", help="领域，如 养老；不填则全库检索")] = "",
    channel: Annotated[str, typer.Option(help="来源渠道")] = "service_desk",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检索，不记录也不登记")] = False,
    as_json: JsonOption = False,
) -> None:
    """提问：命中即给出答案；未命中则登记到台账并给出办理期限。"""
    inquiry = _inquiry(question, area, channel)
    with report_errors(), opened_service() as services:
        outcome = _ask(services, inquiry, dry_run=dry_run)
        if as_json:
            show_json(outcome.values())
        else:
            _print(outcome)


def _inquiry(question: str, area: str, channel: str) -> "Inquiry":
    """Return the inquiry that the options describe."""
    from qa_service.accounts.actor import COMMAND_LINE
    from qa_service.consultation.inquiry import Inquiry

    return Inquiry(
        question=question,
        channel=member_of(Channel, channel, "渠道"),
        actor=COMMAND_LINE,
        area=area or None,
    )


def _ask(services: "Services", inquiry: "Inquiry", *, dry_run: bool) -> Outcome:
    """Answer and record the inquiry, or only search with ``--dry-run``."""
    from qa_service.clock import beijing_day
    from qa_service.consultation.service import record, search_for
    from qa_service.ledger.queries import entry_of_consultation, find_entry
    from qa_service.storage.engine import session_scope

    now = services.clock.now()
    found = search_for(services.consultation, inquiry, now=now)
    if dry_run:
        return Outcome(found)
    with session_scope(services.database) as session:
        held = record(session, services.consultation, inquiry, found, now=now).consultation
        number = entry_of_consultation(session, held.id)
        entry = (
            find_entry(session, number, today=beijing_day(now), calendar=services.calendar)
            if number
            else None
        )
        return Outcome(found, held.id, entry)


def _print(outcome: Outcome) -> None:
    """Print the outcome for people."""
    from qa_service.web.kit.names.labels import badge

    verdict = badge(outcome.found.verdict)
    typer.echo(f"{verdict.icon} {verdict.label}：{ADVICE[outcome.found.verdict]}")
    for number, candidate in enumerate(outcome.found.candidates, start=1):
        content = candidate.content
        typer.echo(f"\n{number}. {content.question}（把握 {candidate.confidence:.0%}）")
        if candidate.unsigned:
            typer.echo("   ⚠ 未经本单位审校")
        typer.echo(f"   口播：{content.phone_script}")
        typer.echo(f"   答复：{content.answer}")
        for cited in candidate.basis:
            typer.echo(f"   依据：《{cited.title}》{cited.document_number}{cited.article or ''}")
    entry = outcome.entry
    if entry:
        typer.echo(f"\n已登记：{entry.number}，承办单位：{entry.unit_name}")
        mark = "（暂定，待次年放假安排公布）" if entry.due_provisional else ""
        typer.echo(f"应于 {entry.due_on:%Y年%m月%d日} 前回复来电人{mark}")
