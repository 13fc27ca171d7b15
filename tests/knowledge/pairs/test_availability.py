"""How pairs stand is what the whole view of each says."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlmodel import Session, select

from qa_service.knowledge.models import PolicyDocument, QAPair, QAVersion
from qa_service.knowledge.pairs.availability import PairAvailability, availability_of
from qa_service.knowledge.pairs.queries import PairView, view_pairs
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PairStatus, Validity

TODAY = date(2026, 11, 24)


def no_change(_session: Session) -> None:
    """Leave the bank as it is."""


def withdrawn(session: Session) -> None:
    card(session).status = PairStatus.WITHDRAWN


def expired(session: Session) -> None:
    card(session).expires_on = TODAY - timedelta(days=1)


def not_yet(session: Session) -> None:
    card(session).effective_from = TODAY + timedelta(days=1)


def on_ended_documents(session: Session) -> None:
    for document in session.exec(select(PolicyDocument)):
        document.validity = Validity.REPEALED


def on_hidden_documents(session: Session) -> None:
    for document in session.exec(select(PolicyDocument)):
        document.is_public = False


def limited(session: Session) -> None:
    version = session.get_one(QAVersion, card(session).current_version_id)
    version.limited_reason, version.audience, version.region = "涉及个人", "退役军人", "河东"


def card(session: Session) -> QAPair:
    return session.exec(select(QAPair).where(QAPair.key == "test-card")).one()


def as_availability(view: PairView) -> PairAvailability:
    return PairAvailability(
        pair_id=view.pair_id,
        version=view.version,
        revision=view.revision,
        showable=view.showable,
        audience=view.content.audience,
        region=view.content.region,
        is_limited=view.content.is_limited,
    )


@pytest.mark.parametrize(
    ("change", "is_shown"),
    [
        (no_change, True),
        (withdrawn, False),
        (expired, False),
        (not_yet, False),
        (on_ended_documents, False),
        (on_hidden_documents, False),
        (limited, True),
    ],
)
def test_agrees_with_the_views_of_the_pairs(
    services: Services, change: Callable[[Session], None], is_shown: bool
) -> None:
    with session_scope(services.database, dry_run=True) as session:
        change(session)
        ids = [pair.id or 0 for pair in session.exec(select(QAPair)).all()][::-1]
        changed = card(session).id
        found = availability_of(session, [*ids, 10**6], day=TODAY)
        views = view_pairs(session, ids, day=TODAY)
    assert len(ids) > 1
    assert found == [as_availability(view) for view in views]
    assert {one.pair_id: one.showable for one in found}[changed] is is_shown


def test_of_no_pair_there_is_none(services: Services) -> None:
    with session_scope(services.database, read_only=True) as session:
        assert availability_of(session, [], day=TODAY) == []
