"""Tasks, alarms, replays, and the library's proofs of upload."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0033_tasks"
down_revision: str | None = "0032_past_rules"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


_NOTED = "outcome = {outcome}, told_pair_id = {pair}, handling_seconds = {seconds}"
_SECONDS = "(julianday(NEW.created_at) - julianday(created_at)) * 86400.0"
_FORGET = _NOTED.format(outcome="NULL", pair="NULL", seconds="NULL")
_NOTE = _NOTED.format(outcome="NEW.outcome", pair="NEW.pair_id", seconds=_SECONDS)
_EPOCH = "EXTRACT(EPOCH FROM NEW.created_at - created_at)"
_NOTE_POSTGRESQL = _NOTED.format(outcome="NEW.outcome", pair="NEW.pair_id", seconds=_EPOCH)

_UPDATE = "UPDATE consultation SET {values} WHERE id = {row}.consultation_id; "


def _on_sqlite(act: str, values: str, row: str) -> str:
    body = _UPDATE.format(values=values, row=row)
    return f"CREATE TRIGGER choice_noted_{act} AFTER {act} ON choice BEGIN {body}END"


_FUNCTION = (
    "CREATE FUNCTION note_choice() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "IF TG_OP = 'DELETE' THEN {forget} RETURN OLD; END IF; {note} RETURN NEW; END $$"
)
_ON_POSTGRESQL = (
    "CREATE TRIGGER choice_noted AFTER INSERT OR UPDATE OR DELETE ON choice "
    "FOR EACH ROW EXECUTE FUNCTION note_choice()"
)
TRIGGERS = {
    "sqlite": (
        _on_sqlite("insert", _NOTE, "NEW"),
        _on_sqlite("update", _NOTE, "NEW"),
        _on_sqlite("delete", _FORGET, "OLD"),
    ),
    "postgresql": (
        _FUNCTION.format(
            forget=_UPDATE.format(values=_FORGET, row="OLD"),
            note=_UPDATE.format(values=_NOTE_POSTGRESQL, row="NEW"),
        ),
        _ON_POSTGRESQL,
    ),
}
"""Statements by which a consultation repeats what its choice says, whatever the code does."""

_ASKED = "(SELECT created_at FROM consultation WHERE id = NEW.consultation_id)"
_SEARCHED_FUNCTION = (
    "CREATE FUNCTION note_search() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    f"NEW.searched_at := {_ASKED}; RETURN NEW; END $$"
)
_SEARCHED_ON_POSTGRESQL = (
    "CREATE TRIGGER search_noted BEFORE INSERT OR UPDATE OF consultation_id ON ledger_entry "
    "FOR EACH ROW EXECUTE FUNCTION note_search()"
)
_SEARCHED_ON_SQLITE = (
    "CREATE TRIGGER search_noted_{name} AFTER {act} ON ledger_entry BEGIN "
    "UPDATE ledger_entry SET searched_at = {asked} WHERE id = NEW.id; END"
)
SEARCHED = {
    "sqlite": (
        _SEARCHED_ON_SQLITE.format(name="insert", act="INSERT", asked=_ASKED),
        _SEARCHED_ON_SQLITE.format(name="update", act="UPDATE OF consultation_id", asked=_ASKED),
    ),
    "postgresql": (_SEARCHED_FUNCTION, _SEARCHED_ON_POSTGRESQL),
}
"""Statements by which an entry repeats when its consultation was asked."""

UNDONE = {
    "sqlite": (
        *(f"DROP TRIGGER choice_noted_{act}" for act in ("insert", "update", "delete")),
        *(f"DROP TRIGGER search_noted_{act}" for act in ("insert", "update")),
    ),
    "postgresql": (
        "DROP TRIGGER choice_noted ON choice",
        "DROP FUNCTION note_choice()",
        "DROP TRIGGER search_noted ON ledger_entry",
        "DROP FUNCTION note_search()",
    ),
}

ENTRY = [
    "received_at",
    "state",
    "unit_id",
    "kind",
    "area",
    "channel",
    "due_on",
    "was_overdue_on",
    "informed_at",
    "closed_at",
    "searched_at",
]
FIGURES = ["created_at", "verdict", "channel", "area", "nearest_unit", "repeat_of"]


def _note_choices() -> None:
    """Let consultations repeat their choices, those there are and those to come."""
    op.add_column("consultation", sa.Column("outcome", sa.String(length=16), nullable=True))
    op.add_column("consultation", sa.Column("told_pair_id", sa.Integer(), nullable=True))
    op.add_column("consultation", sa.Column("handling_seconds", sa.Float(), nullable=True))
    dialect = op.get_bind().dialect.name
    for statement in TRIGGERS[dialect]:
        op.execute(statement)
    op.execute("UPDATE choice SET outcome = outcome")  # the trigger notes each
    op.add_column(
        "ledger_entry", sa.Column("searched_at", sa.DateTime(timezone=True), nullable=True)
    )
    for statement in SEARCHED[dialect]:
        op.execute(statement)
    op.execute("UPDATE ledger_entry SET consultation_id = consultation_id")
    op.drop_index("ix_consultation_figures", "consultation")
    noted = ["outcome", "told_pair_id", "handling_seconds"]
    op.create_index("ix_consultation_figures", "consultation", [*FIGURES, *noted, "id"])
    op.drop_index("ix_choice_figures", "choice")
    op.drop_index("ix_choice_created_at", "choice")
    told = ["created_at", "pair_id", "consultation_id"]
    op.create_index("ix_choice_told", "choice", told)
    op.create_index("ix_ledger_entry_figures", "ledger_entry", ENTRY)


def _forget_choices() -> None:
    op.drop_index("ix_ledger_entry_figures", "ledger_entry")
    op.drop_index("ix_choice_told", "choice")
    op.create_index("ix_choice_created_at", "choice", ["created_at"])
    held = ["consultation_id", "outcome", "pair_id", "created_at"]
    op.create_index("ix_choice_figures", "choice", held)
    op.drop_index("ix_consultation_figures", "consultation")
    op.create_index("ix_consultation_figures", "consultation", [*FIGURES, "id"])
    for statement in UNDONE[op.get_bind().dialect.name]:
        op.execute(statement)
    for name in ("handling_seconds", "told_pair_id", "outcome"):
        op.drop_column("consultation", name)
    op.drop_column("ledger_entry", "searched_at")


def upgrade() -> None:
    """Bring the schema to this revision."""
    _note_choices()
    op.create_table(
        "campaign",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("demand", sa.String(length=500), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("opened_by_person_id", sa.Integer(), nullable=True),
        sa.Column("opened_by_key_id", sa.Integer(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "replay_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by", sa.String(), nullable=True),
        sa.Column("seen_by_person_id", sa.Integer(), nullable=True),
        sa.Column("seen_by_key_id", sa.Integer(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "replay_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("consultation_id", sa.String(length=36), nullable=False),
        sa.Column("before_verdict", sa.String(length=16), nullable=False),
        sa.Column("before_pair_id", sa.Integer(), nullable=True),
        sa.Column("after_verdict", sa.String(length=16), nullable=False),
        sa.Column("after_pair_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["after_pair_id"],
            ["qa_pair.id"],
        ),
        sa.ForeignKeyConstraint(
            ["before_pair_id"],
            ["qa_pair.id"],
        ),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultation.id"],
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["replay_run.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_replay_change_run_id", "replay_change", ["run_id"])

    op.create_table(
        "service_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("pair_id", sa.Integer(), nullable=True),
        sa.Column("saved_by", sa.String(), nullable=False),
        sa.Column("saved_by_person_id", sa.Integer(), nullable=True),
        sa.Column("saved_by_key_id", sa.Integer(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["policy_document.id"],
        ),
        sa.ForeignKeyConstraint(
            ["pair_id"],
            ["qa_pair.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_service_link_document_id", "service_link", ["document_id"])
    op.create_index("ix_service_link_pair_id", "service_link", ["pair_id"])

    op.create_table(
        "task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("pair_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("opened_by_person_id", sa.Integer(), nullable=True),
        sa.Column("opened_by_key_id", sa.Integer(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=500), nullable=False),
        sa.Column("evidence", sa.String(length=500), nullable=False),
        sa.Column("reported_by", sa.String(), nullable=True),
        sa.Column("reported_by_person_id", sa.Integer(), nullable=True),
        sa.Column("reported_by_key_id", sa.Integer(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("closed_by_person_id", sa.Integer(), nullable=True),
        sa.Column("closed_by_key_id", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["policy_document.id"],
        ),
        sa.ForeignKeyConstraint(
            ["pair_id"],
            ["qa_pair.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["unit.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_task_campaign_id", "task", ["campaign_id"])
    op.create_index("ix_task_document_id", "task", ["document_id"])
    op.create_index("ix_task_pair_id", "task", ["pair_id"])
    op.create_index("ix_task_state", "task", ["state"])
    op.create_index("ix_task_unit_state", "task", ["unit_id", "state", "due_on"])

    op.create_table(
        "topic_alarm",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("pair_id", sa.Integer(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Float(), nullable=False),
        sa.Column("limit", sa.Float(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("seen_by", sa.String(), nullable=True),
        sa.Column("seen_by_person_id", sa.Integer(), nullable=True),
        sa.Column("seen_by_key_id", sa.Integer(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["pair_id"],
            ["qa_pair.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("day", "kind", "subject"),
    )
    op.create_index("ix_topic_alarm_day", "topic_alarm", ["day"])

    op.create_table(
        "task_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("to_state", sa.String(length=16), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("actor_person_id", sa.Integer(), nullable=True),
        sa.Column("actor_key_id", sa.Integer(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("occasion", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["task_id"],
            ["task.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("task_id", "occasion"),
    )
    op.create_index("ix_task_event_occurred_at", "task_event", ["occurred_at"])
    op.create_index("ix_task_event_task_id", "task_event", ["task_id"])

    op.add_column("policy_document", sa.Column("uploaded_on", sa.Date(), nullable=True))
    op.add_column(
        "policy_document", sa.Column("uploaded_address", sa.String(length=500), nullable=True)
    )
    op.add_column("policy_document", sa.Column("uploaded_by", sa.String(), nullable=True))
    op.add_column(
        "policy_document", sa.Column("uploaded_by_person_id", sa.Integer(), nullable=True)
    )
    op.add_column("policy_document", sa.Column("uploaded_by_key_id", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Take the schema back to the revision before."""
    _forget_choices()
    op.drop_column("policy_document", "uploaded_by_key_id")
    op.drop_column("policy_document", "uploaded_by_person_id")
    op.drop_column("policy_document", "uploaded_by")
    op.drop_column("policy_document", "uploaded_address")
    op.drop_column("policy_document", "uploaded_on")

    op.drop_index("ix_task_event_task_id", "task_event")
    op.drop_index("ix_task_event_occurred_at", "task_event")

    op.drop_table("task_event")
    op.drop_index("ix_topic_alarm_day", "topic_alarm")

    op.drop_table("topic_alarm")
    op.drop_index("ix_task_unit_state", "task")
    op.drop_index("ix_task_state", "task")
    op.drop_index("ix_task_pair_id", "task")
    op.drop_index("ix_task_document_id", "task")
    op.drop_index("ix_task_campaign_id", "task")

    op.drop_table("task")
    op.drop_index("ix_service_link_pair_id", "service_link")
    op.drop_index("ix_service_link_document_id", "service_link")

    op.drop_table("service_link")
    op.drop_index("ix_replay_change_run_id", "replay_change")

    op.drop_table("replay_change")
    op.drop_table("replay_run")
    op.drop_table("campaign")
