from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import select

from qa_service.consultation.retention import erase_askers
from qa_service.ledger.askers.details import AskerDetails, keep_asker
from qa_service.ledger.models import Asker, LedgerEntry
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import EntryState

DAYS = 180


def keep(
    services: Services, *, closed_at: datetime | None, state: EntryState = EntryState.CLOSED
) -> int:
    """Somebody with an entry that was closed then."""
    with session_scope(services.database) as session:
        details = AskerDetails(name="张女士", phone="1380000", unusual="邻居张某代接")
        asker_id = keep_asker(session, details, cipher=services.cipher)
        assert asker_id
        day = services.clock.now().date()
        session.add(
            LedgerEntry(
                number=f"ZX{asker_id:08d}-0001",
                question="问",
                unit_id=1,
                routed_by="field",
                state=state,
                asker_id=asker_id,
                received_at=services.clock.now() - timedelta(days=400),
                due_on=day,
                original_due_on=day,
                closed_at=closed_at,
            )
        )
        return asker_id


def purge(services: Services, **given: int) -> int:
    total, after = 0, 0
    while True:
        with session_scope(services.database) as session:
            now = services.clock.now()
            gone, last = erase_askers(session, now=now, days=DAYS, after=after, **given)
        total += gone
        if last is None:
            return total
        after = last


class TestPurge:
    def test_erases_whom_nobody_needs_and_leaves_the_entry(self, services: Services) -> None:
        asker_id = keep(services, closed_at=services.clock.now() - timedelta(days=DAYS, seconds=1))
        assert purge(services) == 1
        with session_scope(services.database, read_only=True) as session:
            asker = session.get_one(Asker, asker_id)
            assert (asker.name_sealed, asker.contact_sealed) == (None, None)
            assert (asker.contact_hash, asker.contact_masked) == (None, None)
            assert asker.contact_note is None
            assert session.exec(select(LedgerEntry.asker_id)).all() == [asker_id]
            assert "咨询人" in str(session.execute(text("SELECT subject FROM audit_event")).all())

    @pytest.mark.parametrize("days", [0, DAYS - 1])
    def test_keeps_whoever_was_answered_lately(self, services: Services, days: int) -> None:
        keep(services, closed_at=services.clock.now() - timedelta(days=days))
        assert purge(services) == 0

    def test_keeps_whoever_still_waits_however_long(self, services: Services) -> None:
        keep(services, closed_at=None, state=EntryState.APPROVED)
        assert purge(services) == 0

    def test_is_done_once_and_in_small_steps(self, services: Services) -> None:
        long_ago = services.clock.now() - timedelta(days=500)
        for _ in range(5):
            keep(services, closed_at=long_ago)
        assert purge(services, limit=2) == 5
        assert purge(services) == 0
