"""The whole schema as of the first release: tables, indexes and the triggers of the trails.

It replaces the migrations up to ``0012_role_units`` and bears the last one's name, so that a
database made by them goes on from here. Generated from the schema they made; frozen.
"""

from collections.abc import Sequence
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision: str = "0012_role_units"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

APPEND_ONLY = ("ledger_event", "review", "audit_event")
"""Tables whose rows the database itself refuses to change or delete."""

SCHEMA = sa.MetaData()

sa.Table(
    "asker",
    SCHEMA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("name_sealed", sa.Text()),
    sa.Column("contact_sealed", sa.Text()),
    sa.Column("contact_hash", sa.String(64)),
    sa.Column("contact_masked", sa.String(32)),
    sa.Column("purge_on", sa.Date()),
    sa.Index("ix_asker_contact_hash", "contact_hash"),
    sa.Index("ix_asker_purge_on", "purge_on"),
)
sa.Table(
    "audit_event",
    SCHEMA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("actor", sa.String(80), nullable=False),
    sa.Column("action", sa.String(32), nullable=False),
    sa.Column("subject", sa.String(128), nullable=False),
    sa.Column("details", sa.JSON(), nullable=False),
    sa.Column("previous_hash", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Index("ix_audit_event_action", "action"),
    sa.Index("ix_audit_event_actor", "actor"),
    sa.Index("ix_audit_event_occurred_at", "occurred_at"),
)
sa.Table(
    "index_revision",
    SCHEMA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("bank_id", sa.String(36), nullable=False),
    sa.Column("revision", sa.Integer(), nullable=False),
    sa.Column("words", sa.Integer(), nullable=False, server_default="0"),
)
sa.Table(
    "job_lease",
    SCHEMA,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("holder", sa.String(64), nullable=False),
    sa.Column("held_until", sa.DateTime(timezone=True), nullable=False),
)
sa.Table(
    "ledger_sequence",
    SCHEMA,
    sa.Column("day", sa.Date(), primary_key=True),
    sa.Column("last", sa.Integer(), nullable=False),
)
sa.Table(
    "matter",
    SCHEMA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("key", sa.String(64), nullable=False),
    sa.Column("field", sa.String(32), nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("keywords", sa.JSON(), nullable=False),
    sa.UniqueConstraint("key"),
)
sa.Table(
    "outbox_event",
    SCHEMA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("topic", sa.String(64), nullable=False),
    sa.Column("subject", sa.String(64), nullable=False),
    sa.Column("payload", sa.JSON(), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("attempts", sa.Integer(), nullable=False),
    sa.Column("next_at", sa.DateTime(timezone=True)),
    sa.Column("delivered_at", sa.DateTime(timezone=True)),
    sa.Column("destination", sa.String(32), nullable=False, server_default="webhook"),
    sa.Column("outcome", sa.String(32)),
    sa.Column("last_error", sa.String(200)),
    sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
    sa.Index("ix_outbox_event_next_at", "next_at"),
    sa.Index("ix_outbox_event_subject", "destination", "subject", "id"),
)
sa.Table(
    "policy_document",
    SCHEMA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("key", sa.String(128), nullable=False),
    sa.Column("title", sa.String(300), nullable=False),
    sa.Column("document_number", sa.String(128), nullable=False),
    sa.Column("issuer", sa.String(200), nullable=False),
    sa.Column("issued_on", sa.Date()),
    sa.Column("effective_from", sa.Date()),
    sa.Column("validity", sa.String(32), nullable=False),
    sa.Column("invalid_since", sa.Date()),
    sa.Column("replaced_by", sa.String(128)),
    sa.Column("is_public", sa.Boolean(), nullable=False, server_default=sa.true()),
    sa.Column("link", sa.String(500)),
    sa.Column("confirmed_on", sa.Date()),
    sa.Column("confirmed_by", sa.String(64)),
    sa.UniqueConstraint("key"),
    sa.Index("ix_policy_document_document_number", "document_number"),
)
sa.Table(
    "sign_in_failure",
    SCHEMA,
    sa.Column("subject", sa.String(64), primary_key=True),
    sa.Column("failures", sa.Integer(), nullable=False),
    sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("blocked_until", sa.DateTime(timezone=True)),
    sa.Index("ix_sign_in_failure_last_at", "last_at"),
)
sa.Table(
    "unit",
    SCHEMA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("key", sa.String(64), nullable=False),
    sa.Column("name", sa.String(128), nullable=False),
    sa.Column("is_default", sa.Boolean(), nullable=False),
    sa.Column("email", sa.String(254)),
    sa.UniqueConstraint("key"),
    sa.UniqueConstraint("name"),
)
sa.Table(
    "word_list_version",
    SCHEMA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("dictionary", sa.Text(), nullable=False),
    sa.Column("synonyms", sa.Text(), nullable=False),
    sa.Column("note", sa.String(200), nullable=False),
    sa.Column("author", sa.String(64), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("activated_at", sa.DateTime(timezone=True)),
    sa.Column("activated_by", sa.String(64)),
)
sa.Table(
    "api_key",
    SCHEMA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("key_hash", sa.String(64), nullable=False),
    sa.Column("scopes", sa.JSON(), nullable=False),
    sa.Column("is_active", sa.Boolean(), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("unit_id", sa.Integer(), sa.ForeignKey("unit.id")),
    sa.Column("per_minute", sa.Integer(), nullable=False, server_default="6000"),
    sa.Column("expires_at", sa.DateTime(timezone=True)),
    sa.Column("last_used_at", sa.DateTime(timezone=True)),
    sa.UniqueConstraint("key_hash"),
    sa.UniqueConstraint("name"),
)
sa.Table(
    "consultation",
    SCHEMA,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("external_id", sa.String(128)),
    sa.Column("question", sa.Text(), nullable=False),
    sa.Column("field", sa.String(32)),
    sa.Column("verdict", sa.String(16), nullable=False),
    sa.Column("confidence", sa.Float(), nullable=False),
    sa.Column("candidates", sa.JSON(), nullable=False),
    sa.Column("nearest_unit", sa.String(64)),
    sa.Column("asker_id", sa.Integer(), sa.ForeignKey("asker.id")),
    sa.Column("degraded", sa.Boolean(), nullable=False),
    sa.Column("index_revision", sa.Integer(), nullable=False),
    sa.Column("operator", sa.String(80), nullable=False),
    sa.Column("took_ms", sa.Float(), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("repeat_of", sa.String(20)),
    sa.Column("revealed_by", sa.String(80)),
    sa.Column("revealed_at", sa.DateTime(timezone=True)),
    sa.UniqueConstraint("channel", "external_id"),
    sa.Index("ix_consultation_created_at", "created_at"),
)
sa.Table(
    "delivery_attempt",
    SCHEMA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("event_id", sa.Integer(), sa.ForeignKey("outbox_event.id"), nullable=False),
    sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("error", sa.String(200)),
    sa.Index("ix_delivery_attempt_event_id", "event_id"),
)
sa.Table(
    "policy_article",
    SCHEMA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("document_id", sa.Integer(), sa.ForeignKey("policy_document.id"), nullable=False),
    sa.Column("position", sa.Integer(), nullable=False),
    sa.Column("label", sa.String(100), nullable=False),
    sa.Column("text", sa.Text(), nullable=False),
    sa.Index("ix_policy_article_document_id", "document_id"),
)
sa.Table(
    "qa_pair",
    SCHEMA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("key", sa.String(64), nullable=False),
    sa.Column("field", sa.String(32), nullable=False),
    sa.Column("unit_id", sa.Integer(), sa.ForeignKey("unit.id"), nullable=False),
    sa.Column("question_key", sa.String(64), nullable=False),
    sa.Column("status", sa.String(32), nullable=False),
    sa.Column("effective_from", sa.Date(), nullable=False),
    sa.Column("expires_on", sa.Date()),
    sa.Column("current_version_id", sa.Integer()),
    sa.Column("withdrawn_reason", sa.String(500)),
    sa.Column("revision", sa.Integer(), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("origin", sa.String(32)),
    sa.Column("review_by", sa.Date()),
    sa.Column("draft_version_id", sa.Integer()),
    sa.Column("submitted_at", sa.DateTime(timezone=True)),
    sa.Column("submitted_by", sa.String(64)),
    sa.Column("round", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("ground_reason", sa.String(500)),
    sa.Column("confirmed_on", sa.Date()),
    sa.Column("confirmed_by", sa.String(64)),
    sa.UniqueConstraint("key"),
    sa.Index("ix_qa_pair_current_version_id", "current_version_id"),
    sa.Index("ix_qa_pair_origin", "origin"),
    sa.Index("ix_qa_pair_question_key", "question_key"),
    sa.Index("ix_qa_pair_review_by", "review_by"),
    sa.Index("ix_qa_pair_revision", "revision"),
    sa.Index("ix_qa_pair_status_field", "status", "field"),
    sa.Index("ix_qa_pair_submitted_at", "submitted_at"),
    sa.Index("ix_qa_pair_unit_id", "unit_id"),
)
sa.Table(
    "unit_field",
    SCHEMA,
    sa.Column("field", sa.String(32), primary_key=True),
    sa.Column("unit_id", sa.Integer(), sa.ForeignKey("unit.id"), nullable=False),
    sa.Index("ix_unit_field_unit_id", "unit_id"),
)
sa.Table(
    "user_account",
    SCHEMA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("login", sa.String(64), nullable=False),
    sa.Column("display_name", sa.String(64), nullable=False),
    sa.Column("password_hash", sa.String(256), nullable=False),
    sa.Column("must_change_password", sa.Boolean(), nullable=False),
    sa.Column("is_active", sa.Boolean(), nullable=False),
    sa.Column("roles", sa.JSON(), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("unit_id", sa.Integer(), sa.ForeignKey("unit.id")),
    sa.Column("totp_sealed", sa.String(256)),
    sa.Column("totp_step", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("role_units", sa.JSON(), nullable=False, server_default="{}"),
    sa.UniqueConstraint("login"),
)
sa.Table(
    "choice",
    SCHEMA,
    sa.Column("consultation_id", sa.String(36), sa.ForeignKey("consultation.id"), primary_key=True),
    sa.Column("pair_id", sa.Integer(), sa.ForeignKey("qa_pair.id")),
    sa.Column("version", sa.Integer()),
    sa.Column("operator", sa.String(80), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Index("ix_choice_pair_id", "pair_id"),
)
sa.Table(
    "contradiction",
    SCHEMA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("first_id", sa.Integer(), sa.ForeignKey("qa_pair.id"), nullable=False),
    sa.Column("second_id", sa.Integer(), sa.ForeignKey("qa_pair.id"), nullable=False),
    sa.Column("differences", sa.JSON(), nullable=False),
    sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("settled_at", sa.DateTime(timezone=True)),
    sa.Column("settled_by", sa.String(64)),
    sa.Column("outcome", sa.String(500)),
    sa.UniqueConstraint("first_id", "second_id"),
)
sa.Table(
    "idempotency_record",
    SCHEMA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("api_key_id", sa.Integer(), sa.ForeignKey("api_key.id"), nullable=False),
    sa.Column("idempotency_key", sa.String(200), nullable=False),
    sa.Column("request_hash", sa.String(64), nullable=False),
    sa.Column("status_code", sa.Integer(), nullable=False),
    sa.Column("body", sa.JSON(), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.UniqueConstraint("api_key_id", "idempotency_key"),
    sa.Index("ix_idempotency_record_created_at", "created_at"),
)
sa.Table(
    "ledger_entry",
    SCHEMA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("number", sa.String(20), nullable=False),
    sa.Column("consultation_id", sa.String(36), sa.ForeignKey("consultation.id")),
    sa.Column("question", sa.Text(), nullable=False),
    sa.Column("field", sa.String(32)),
    sa.Column("unit_id", sa.Integer(), sa.ForeignKey("unit.id"), nullable=False),
    sa.Column("routed_by", sa.String(32), nullable=False),
    sa.Column("state", sa.String(32), nullable=False),
    sa.Column("asker_id", sa.Integer(), sa.ForeignKey("asker.id")),
    sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("due_on", sa.Date(), nullable=False),
    sa.Column("original_due_on", sa.Date(), nullable=False),
    sa.Column("due_provisional", sa.Boolean(), nullable=False),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("kind", sa.String(32), nullable=False, server_default="consultation"),
    sa.Column("channel", sa.String(32), nullable=False, server_default=""),
    sa.Column("terms", sa.Text(), nullable=False, server_default=""),
    sa.Column("limit_workdays", sa.Integer(), nullable=False, server_default="5"),
    sa.Column("extended_workdays", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("joined_to_id", sa.Integer(), sa.ForeignKey("ledger_entry.id")),
    sa.Column("pair_id", sa.Integer(), sa.ForeignKey("qa_pair.id")),
    sa.Column("pair_version", sa.Integer()),
    sa.Column("pair_declined", sa.Text()),
    sa.Column("assigned_at", sa.DateTime(timezone=True)),
    sa.Column("informed_at", sa.DateTime(timezone=True)),
    sa.Column("closed_at", sa.DateTime(timezone=True)),
    sa.UniqueConstraint("consultation_id"),
    sa.UniqueConstraint("number"),
    sa.Index("ix_ledger_entry_asker_id", "asker_id"),
    sa.Index("ix_ledger_entry_board", "unit_id", "state", "due_on", "informed_at"),
    sa.Index("ix_ledger_entry_joined_to_id", "joined_to_id"),
    sa.Index("ix_ledger_entry_pair_id", "pair_id"),
    sa.Index("ix_ledger_entry_received_at", "received_at"),
    sa.Index("ix_ledger_entry_state_due", "state", "due_on"),
)
sa.Table(
    "media",
    SCHEMA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("pair_id", sa.Integer(), sa.ForeignKey("qa_pair.id"), nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("title", sa.String(100), nullable=False),
    sa.Column("checksum", sa.String(64), nullable=False),
    sa.Column("content_type", sa.String(32), nullable=False),
    sa.Column("size", sa.Integer(), nullable=False),
    sa.Column("uploaded_by", sa.String(64), nullable=False),
    sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("approved_by", sa.String(64)),
    sa.Column("approved_at", sa.DateTime(timezone=True)),
    sa.UniqueConstraint("pair_id", "checksum"),
    sa.Index("ix_media_checksum", "checksum"),
    sa.Index("ix_media_pair_id", "pair_id"),
)
sa.Table(
    "pair_change",
    SCHEMA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("pair_id", sa.Integer(), sa.ForeignKey("qa_pair.id"), nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("revision", sa.Integer(), nullable=False),
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Index("ix_pair_change_pair_id", "pair_id"),
)
sa.Table(
    "qa_version",
    SCHEMA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("pair_id", sa.Integer(), sa.ForeignKey("qa_pair.id"), nullable=False),
    sa.Column("number", sa.Integer(), nullable=False),
    sa.Column("question", sa.String(200), nullable=False),
    sa.Column("answer", sa.Text(), nullable=False),
    sa.Column("phone_script", sa.String(200), nullable=False),
    sa.Column("keywords", sa.JSON(), nullable=False),
    sa.Column("content_hash", sa.String(64), nullable=False),
    sa.Column("author", sa.String(64), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("field", sa.String(32), nullable=False, server_default=""),
    sa.Column("unit_id", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("effective_from", sa.Date(), nullable=False, server_default="1970-01-01"),
    sa.Column("expires_on", sa.Date()),
    sa.Column("review_by", sa.Date()),
    sa.Column("variants", sa.JSON(), nullable=False, server_default="[]"),
    sa.Column("audience", sa.String(100), nullable=False, server_default=""),
    sa.Column("region", sa.String(100), nullable=False, server_default=""),
    sa.Column("clarifying", sa.JSON(), nullable=False, server_default="[]"),
    sa.UniqueConstraint("pair_id", "number"),
)
sa.Table(
    "question_variant",
    SCHEMA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("pair_id", sa.Integer(), sa.ForeignKey("qa_pair.id"), nullable=False),
    sa.Column("text", sa.String(200), nullable=False),
    sa.Column("origin", sa.String(32), nullable=False),
    sa.Column("accepted_by", sa.String(64), nullable=False),
    sa.Column("position", sa.Integer(), nullable=False),
    sa.Index("ix_question_variant_pair_id", "pair_id"),
)
sa.Table(
    "recall",
    SCHEMA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("consultation_id", sa.String(36), sa.ForeignKey("consultation.id"), nullable=False),
    sa.Column("pair_id", sa.Integer(), sa.ForeignKey("qa_pair.id"), nullable=False),
    sa.Column("told_version", sa.Integer(), nullable=False),
    sa.Column("new_version", sa.Integer()),
    sa.Column("note", sa.Text(), nullable=False),
    sa.Column("operator", sa.String(80), nullable=False),
    sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
    sa.Index("ix_recall_consultation_id", "consultation_id"),
)
sa.Table(
    "rework_task",
    SCHEMA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("pair_id", sa.Integer(), sa.ForeignKey("qa_pair.id"), nullable=False),
    sa.Column("unit_id", sa.Integer(), sa.ForeignKey("unit.id"), nullable=False),
    sa.Column("reason", sa.String(500), nullable=False),
    sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("closed_at", sa.DateTime(timezone=True)),
    sa.Column("closed_by", sa.String(64)),
    sa.Column("outcome", sa.String(500)),
    sa.Index("ix_rework_task_pair_id", "pair_id"),
    sa.Index("ix_rework_task_unit_id", "unit_id"),
)
sa.Table(
    "suggested_variant",
    SCHEMA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("pair_id", sa.Integer(), sa.ForeignKey("qa_pair.id"), nullable=False),
    sa.Column("text", sa.String(200), nullable=False),
    sa.Column("text_key", sa.String(64), nullable=False),
    sa.Column("times", sa.Integer(), nullable=False),
    sa.Column("state", sa.String(32), nullable=False),
    sa.Column("decided_by", sa.String(64)),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.UniqueConstraint("pair_id", "text_key"),
    sa.Index("ix_suggested_variant_pair_id", "pair_id"),
    sa.Index("ix_suggested_variant_state", "state"),
)
sa.Table(
    "user_session",
    SCHEMA,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column("user_id", sa.Integer(), sa.ForeignKey("user_account.id"), nullable=False),
    sa.Column("csrf_token", sa.String(64), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("awaits_code", sa.Boolean(), nullable=False),
    sa.Index("ix_user_session_expires_at", "expires_at"),
    sa.Index("ix_user_session_user_id", "user_id"),
)
sa.Table(
    "callback",
    SCHEMA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("entry_id", sa.Integer(), sa.ForeignKey("ledger_entry.id"), nullable=False),
    sa.Column("attempt", sa.Integer(), nullable=False),
    sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("contact_masked", sa.String(32)),
    sa.Column("outcome", sa.String(32), nullable=False),
    sa.Column("reply_number", sa.Integer(), nullable=False),
    sa.Column("note", sa.Text(), nullable=False),
    sa.Column("operator", sa.String(80), nullable=False),
    sa.UniqueConstraint("entry_id", "attempt"),
)
sa.Table(
    "ledger_co_unit",
    SCHEMA,
    sa.Column("entry_id", sa.Integer(), sa.ForeignKey("ledger_entry.id"), primary_key=True),
    sa.Column("unit_id", sa.Integer(), sa.ForeignKey("unit.id"), primary_key=True),
    sa.Column("opinion", sa.Text()),
    sa.Column("given_by", sa.String(80)),
    sa.Column("given_at", sa.DateTime(timezone=True)),
    sa.Index("ix_ledger_co_unit_unit_id", "unit_id"),
)
sa.Table(
    "ledger_event",
    SCHEMA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("entry_id", sa.Integer(), sa.ForeignKey("ledger_entry.id"), nullable=False),
    sa.Column("actor", sa.String(80), nullable=False),
    sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("from_state", sa.String(32)),
    sa.Column("to_state", sa.String(32), nullable=False),
    sa.Column("reason", sa.Text(), nullable=False),
    sa.Column("verb", sa.String(32), nullable=False, server_default="register"),
    sa.Column("details", sa.JSON(), nullable=False, server_default="{}"),
    sa.Index("ix_ledger_event_entry_id", "entry_id"),
)
sa.Table(
    "ledger_reply",
    SCHEMA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("entry_id", sa.Integer(), sa.ForeignKey("ledger_entry.id"), nullable=False),
    sa.Column("number", sa.Integer(), nullable=False),
    sa.Column("field", sa.String(32), nullable=False),
    sa.Column("question", sa.String(200), nullable=False),
    sa.Column("answer", sa.Text(), nullable=False),
    sa.Column("phone_script", sa.String(200), nullable=False),
    sa.Column("basis", sa.JSON(), nullable=False),
    sa.Column("no_basis_reason", sa.Text()),
    sa.Column("effective_from", sa.Date(), nullable=False),
    sa.Column("expires_on", sa.Date()),
    sa.Column("is_public", sa.Boolean(), nullable=False),
    sa.Column("private_reason", sa.Text()),
    sa.Column("author", sa.String(80), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("approved_by", sa.String(80)),
    sa.Column("approved_at", sa.DateTime(timezone=True)),
    sa.UniqueConstraint("entry_id", "number"),
)
sa.Table(
    "pair_basis",
    SCHEMA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("version_id", sa.Integer(), sa.ForeignKey("qa_version.id"), nullable=False),
    sa.Column("document_id", sa.Integer(), sa.ForeignKey("policy_document.id"), nullable=False),
    sa.Column("article", sa.String(100)),
    sa.Column("position", sa.Integer(), nullable=False),
    sa.Index("ix_pair_basis_document_id", "document_id"),
    sa.Index("ix_pair_basis_version_id", "version_id"),
)
sa.Table(
    "reminder",
    SCHEMA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("entry_id", sa.Integer(), sa.ForeignKey("ledger_entry.id"), nullable=False),
    sa.Column("unit_id", sa.Integer(), sa.ForeignKey("unit.id"), nullable=False),
    sa.Column("occasion", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("text", sa.Text(), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("superseded", sa.Boolean(), nullable=False),
    sa.Column("seen_at", sa.DateTime(timezone=True)),
    sa.Column("seen_by", sa.String(80)),
    sa.UniqueConstraint("entry_id", "occasion"),
    sa.Index("ix_reminder_unit_seen", "unit_id", "seen_at"),
)
sa.Table(
    "review",
    SCHEMA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("pair_id", sa.Integer(), sa.ForeignKey("qa_pair.id"), nullable=False),
    sa.Column("version_id", sa.Integer(), sa.ForeignKey("qa_version.id"), nullable=False),
    sa.Column("round", sa.Integer(), nullable=False),
    sa.Column("stage", sa.String(32), nullable=False),
    sa.Column("passed", sa.Boolean(), nullable=False),
    sa.Column("signer", sa.String(80), nullable=False),
    sa.Column("reason", sa.String(500), nullable=False),
    sa.Column("signed_hash", sa.String(64), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Index("ix_review_pair_id", "pair_id"),
)


def _sqlite_triggers(table: str) -> tuple[str, ...]:
    refusal = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    return (
        f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} {refusal}",
        f"CREATE TRIGGER {table}_unchanged BEFORE UPDATE ON {table} {refusal}",
    )


def _postgresql_trigger(table: str) -> str:
    return (
        f"CREATE TRIGGER {table}_unchanged BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


TRIGGERS = {
    "sqlite": tuple(one for table in APPEND_ONLY for one in _sqlite_triggers(table)),
    "postgresql": (
        (
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        ),
        *(_postgresql_trigger(table) for table in APPEND_ONLY),
    ),
}
"""Statements that make the database itself keep the trails, whatever the code does."""


def upgrade() -> None:
    """Create the schema, its triggers, and the one row of the revision counter."""
    bind = op.get_bind()
    SCHEMA.create_all(bind, checkfirst=False)
    counter = SCHEMA.tables["index_revision"]
    op.bulk_insert(counter, [{"id": 1, "bank_id": str(uuid4()), "revision": 0}])
    for statement in TRIGGERS[bind.dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Drop everything."""
    bind = op.get_bind()
    SCHEMA.drop_all(bind, checkfirst=False)
    if bind.dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")
