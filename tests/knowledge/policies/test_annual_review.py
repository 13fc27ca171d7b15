from dataclasses import replace
from datetime import date, datetime, timedelta

from actors import person
from pension_pair import CONTENT, NOW
from reviewing import publish_pair
from sqlalchemy import Engine
from sqlmodel import Session

from qa_service.clock import BEIJING
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.pairs.service import draft_pair
from qa_service.knowledge.policies.annual_review import (
    confirm,
    pairs_to_confirm,
    policies_to_confirm,
)
from qa_service.knowledge.policies.record.content import PolicyContent
from qa_service.knowledge.policies.service import add_policy, change_policy, find_policy
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Validity

TODAY = NOW.date()


def published(session: Session, written: datetime, **changes: object) -> QAPair:
    content = replace(CONTENT, question=f"{written:%Y年%m月%d日}的规定是什么？", **changes)
    pair = draft_pair(session, content, by=person("甲"), now=written)
    publish_pair(session, pair, now=NOW)
    return pair


def due(session: Session, day: date, within: frozenset[int] | None = None) -> list[int | None]:
    return [pair.id for pair, _, _ in pairs_to_confirm(session, day=day, within=within)]


def test_a_pair_nobody_touched_for_a_year_is_due_until_it_is_confirmed(bank: Engine) -> None:
    with session_scope(bank) as session:
        old = published(session, datetime(2025, 11, 1, tzinfo=BEIJING))
        published(session, datetime(2025, 12, 1, tzinfo=BEIJING))
        assert due(session, TODAY) == [old.id]
        assert due(session, TODAY, frozenset({old.unit_id + 1})) == []
        confirm(session, old, by=person("乙"), day=TODAY)
        assert due(session, TODAY) == []
        assert old.id in due(session, TODAY + timedelta(days=366))


def test_a_pair_is_due_on_its_own_review_day(bank: Engine) -> None:
    with session_scope(bank) as session:
        pair = published(session, NOW, review_by=date(2027, 1, 1))
        assert due(session, date(2026, 12, 31)) == []
        assert due(session, date(2027, 1, 1)) == [pair.id]
        confirm(session, pair, by=person("乙"), day=date(2027, 1, 2))
        assert due(session, date(2027, 1, 3)) == []


def test_a_document_is_due_a_year_after_it_was_confirmed(bank: Engine) -> None:
    with session_scope(bank) as session:
        document = find_policy(session, "养老办法")
        confirm(session, document, by=person("乙"), day=TODAY)
        assert document not in policies_to_confirm(session, day=TODAY + timedelta(days=365))
        assert document in policies_to_confirm(session, day=TODAY + timedelta(days=366))


def test_a_document_is_due_a_year_after_it_was_filed_or_changed(bank: Engine) -> None:
    with session_scope(bank) as session:
        content = PolicyContent("护理办法", "护理办法", "试〔2026〕3号", "甲部", Validity.IN_FORCE)
        document = add_policy(session, content, now=NOW)
        assert document not in policies_to_confirm(session, day=TODAY + timedelta(days=365))
        assert document in policies_to_confirm(session, day=TODAY + timedelta(days=366))
        changed = replace(content, link="https://example.org/a")
        change_policy(session, document, changed, now=NOW + timedelta(days=300))
        assert document not in policies_to_confirm(session, day=TODAY + timedelta(days=665))
        assert document in policies_to_confirm(session, day=TODAY + timedelta(days=666))
