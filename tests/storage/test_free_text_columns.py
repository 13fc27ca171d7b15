"""Every column that can hold text is classed, so that none is forgotten when a table is changed."""

import pytest
from sqlalchemy import JSON, Column, Engine, LargeBinary, String, insert, select, update
from sqlmodel import SQLModel

import qa_service.reporting.models
import qa_service.services  # noqa: F401  (imports every other table)
from qa_service.knowledge.models import WordListVersion
from qa_service.storage.column_types import EnumList, EnumValue
from qa_service.storage.engine import session_scope
from qa_service.storage.free_text import FreeText

MOBILE = "136" + "0000" + "1234"
SAID = f"王小明先生请回电{MOBILE}"
STORED = "〔姓名〕先生请回电〔手机号〕"

CONTENT = """
    policy_article.label policy_article.text policy_document.issuer policy_document.link
    policy_document.interpretation_title policy_document.interpretation_link
    policy_document.title policy_document.document_number qa_version.answer qa_version.audience
    qa_version.clarifying qa_version.expected_questions qa_version.keywords
    qa_version.phone_script qa_version.question
    qa_version.region qa_version.variants question_variant.text pair_basis.article
    ledger_reply.answer ledger_reply.basis ledger_reply.phone_script ledger_reply.question
    topic.keywords topic.name word_list_version.dictionary word_list_version.synonyms
    contradiction.differences unit.name policy_area.name policy_document.number_key
    check_word_list.blocked check_word_list.warned check_word_list.leaders review_plan.rules
    calendar_year.days_off calendar_year.make_up_days choice.branches policy_correction.changes
    policy_document.uploaded_address service_link.title service_link.address
"""
"""Official content: checked when written (personal numbers are refused) and reviewed.

The words of pre-checks are among it: leaders are listed by name, so that texts name them rightly.
"""

DERIVED = """
    consultation.nearest
    consultation.candidates ledger_entry.terms ledger_event.details audit_event.details
    outbox_event.payload idempotency_record.body outbox_event.last_error delivery_attempt.error
    policy_notice.text ledger_event.prior inspection_package.content
"""
"""Made by the service out of content, codes and text that is masked already."""

SEALED = """
    asker.contact_sealed asker.name_sealed asker.contact_masked callback.contact_masked
    user_account.totp_sealed form_draft.values_sealed
"""
"""Encrypted, or shortened to what may be shown."""

HASHES = """
    asker.contact_hash asker.name_hash api_key.key_hash audit_event.hash audit_event.previous_hash
    idempotency_record.request_hash qa_pair.question_key qa_version.content_hash review.signed_hash
    suggested_variant.text_key user_account.password_hash user_session.csrf_token
    user_session.token_hash sign_in_failure.subject media.checksum calendar_state.fingerprint
    encryption_key.fingerprint policy_correction.suspended
    fallen_answer.content_hash ground_statement.seen_hash
    pair_reading.seen_hash qa_pair.wording_key question_variant.wording_key
    inspection_package.checksum replay_run.fingerprint
    inspection_package.checksum public_question.code_hash public_question.form_hash
    encryption_key.sealing_key encryption_key.form_key index_revision.engine_mark
"""

STAFF = """
    user_account.login user_account.display_name user_account.email user_account.role_units
    api_key.name unit.email
    unit.person_in_charge unit.phone user_account.oidc_issuer user_account.oidc_subject
    task.owner
"""
"""Accounts, systems and how units are reached on duty, besides who did something."""

IDS = """
    audit_event.subject consultation.external_id consultation.id consultation.nearest_unit
    consultation.call_id consultation.topic
    consultation.repeat_of choice.consultation_id correction_callback.consultation_id
    idempotency_record.idempotency_key index_revision.bank_id ledger_entry.consultation_id
    ledger_entry.number media.content_type outbox_event.subject outbox_event.topic
    policy_document.key policy_document.replaced_by qa_pair.key qa_pair.origin reminder.occasion
    topic.key unit.key policy_area.key policy_area.merged_into policy_ending.replaced_by
    policy_ending.former_replaced_by policy_notice.occasion consultation.area ledger_entry.area
    ledger_reply.area qa_pair.area qa_version.area topic.area unit_area.area
    inspection_package.occasion task_event.occasion topic_alarm.subject
    replay_change.consultation_id gap_question.consultation_id
    inspection_package.occasion form_draft.form sent_answer.link sent_answer.consultation_id
"""
"""Keys and numbers; those a caller chooses are hashed where they hold a personal number."""

ACTORS = (
    "operator", "author", "actor", "signer", "uploaded_by", "approved_by", "accepted_by",
    "decided_by", "settled_by", "closed_by", "confirmed_by", "submitted_by", "activated_by",
    "given_by", "seen_by", "revealed_by", "proposed_by", "restored_by", "saved_by", "taken_by",
    "issued_by", "edited_by", "sent_by", "opened_by", "reported_by",
)  # fmt: skip


def text_columns() -> dict[str, Column[object]]:
    return {
        f"{table.name}.{column.name}": column
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, String | JSON | LargeBinary | FreeText)
        or isinstance(getattr(column.type, "impl_instance", None), String | JSON)
    }


def is_closed(column: Column[object]) -> bool:
    return isinstance(column.type, EnumValue | EnumList) or column.name in ACTORS


def test_every_text_column_is_free_text_or_says_why_not() -> None:
    classed = set(f"{CONTENT}{DERIVED}{SEALED}{HASHES}{STAFF}{IDS}".split())
    columns = text_columns()
    free = {name for name, column in columns.items() if isinstance(column.type, FreeText)}
    closed = {name for name, column in columns.items() if is_closed(column)}
    assert len(free) >= 28
    assert not free & classed
    assert sorted(set(columns) - free - closed - classed) == []
    assert sorted(classed - set(columns)) == []


@pytest.mark.parametrize("note", [SAID, STORED])
def test_free_text_is_masked_in_the_row_and_in_the_table(
    database: Engine, clock: object, note: str
) -> None:
    row = WordListVersion(
        dictionary="",
        synonyms="",
        note=note,
        author="甲",
        created_at=clock.now(),  # type: ignore[attr-defined]
    )
    with session_scope(database) as session:
        session.add(row)
        session.flush()
        assert row.note == STORED
    with database.connect() as connection:
        assert connection.scalar(select(WordListVersion.note)) == STORED


def test_statements_are_masked_too_and_comparisons_are_not(database: Engine, clock: object) -> None:
    values = {"dictionary": "", "synonyms": "", "author": "甲", "created_at": clock.now()}  # type: ignore[attr-defined]
    with session_scope(database) as session:
        session.execute(insert(WordListVersion).values(note=SAID, **values))
        assert session.scalar(select(WordListVersion.note)) == STORED
        session.execute(update(WordListVersion).values(note=f"回电{MOBILE}"))
        assert session.scalar(select(WordListVersion.note)) == "回电〔手机号〕"
        searched = select(WordListVersion.note).where(WordListVersion.note == f"回电{MOBILE}")
        assert session.scalar(searched) is None


def test_what_becomes_longer_than_the_column_is_cut_off(database: Engine, clock: object) -> None:
    note = "QQ10000," * 25
    with session_scope(database) as session:
        row = WordListVersion(
            dictionary="",
            synonyms="",
            note=note,
            author="甲",
            created_at=clock.now(),  # type: ignore[attr-defined]
        )
        session.add(row)
        session.flush()
        assert len(row.note) <= 200
        assert "10000" not in row.note
