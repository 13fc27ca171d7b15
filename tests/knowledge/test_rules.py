from datetime import date, datetime

import pytest

from qa_service.clock import BEIJING
from qa_service.knowledge.models import PolicyDocument, QAPair
from qa_service.knowledge.rules import (
    imported_status,
    is_in_force,
    is_showable,
    obstacles_to_publishing,
)
from qa_service.vocabulary import PairStatus, PolicyArea, Validity

DAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 10, tzinfo=BEIJING)


def document(validity: Validity, invalid_since: date | None = None) -> PolicyDocument:
    return PolicyDocument(
        key="甲",
        title="甲",
        document_number="甲",
        issuer="甲",
        validity=validity,
        invalid_since=invalid_since,
    )


def pair(status: PairStatus, effective_from: date, expires_on: date | None = None) -> QAPair:
    return QAPair(
        key="a",
        area=PolicyArea.TAXATION,
        unit_id=1,
        question_key="",
        status=status,
        effective_from=effective_from,
        expires_on=expires_on,
        created_at=NOW,
        updated_at=NOW,
    )


class TestInForce:
    @pytest.mark.parametrize(
        ("validity", "invalid_since", "expected"),
        [
            (Validity.IN_FORCE, None, True),
            (Validity.AMENDED, None, True),
            (Validity.REPEALED, None, False),
            (Validity.LAPSED, DAY, False),
            (Validity.LAPSED, date(2026, 11, 25), True),
        ],
    )
    def test_an_ended_document_holds_until_the_day_before(
        self, validity: Validity, invalid_since: date | None, expected: bool
    ) -> None:
        assert is_in_force(document(validity, invalid_since), DAY) is expected


class TestObstacles:
    def test_a_pair_is_good_on_its_last_day(self) -> None:
        basis = [document(Validity.IN_FORCE)]
        assert obstacles_to_publishing(DAY, basis, DAY) == ()
        assert len(obstacles_to_publishing(date(2026, 11, 23), basis, DAY)) == 1

    def test_every_ended_document_is_named(self) -> None:
        basis = [document(Validity.REPEALED), document(Validity.LAPSED)]
        assert len(obstacles_to_publishing(None, basis, DAY)) == 2


class TestShowable:
    @pytest.mark.parametrize(
        ("candidate", "expected"),
        [
            (pair(PairStatus.PUBLISHED, DAY), True),
            (pair(PairStatus.PUBLISHED, date(2026, 11, 25)), False),
            (pair(PairStatus.PUBLISHED, date(2026, 1, 1), date(2026, 11, 23)), False),
            (pair(PairStatus.DRAFT, DAY), False),
            (pair(PairStatus.WITHDRAWN, DAY), False),
        ],
    )
    def test_only_what_is_published_and_within_its_dates(
        self, candidate: QAPair, expected: bool
    ) -> None:
        assert is_showable(candidate, [document(Validity.IN_FORCE)], DAY) is expected


class TestImportedStatus:
    @pytest.mark.parametrize("current", [None, *PairStatus])
    def test_without_publish_nothing_moves(self, current: PairStatus | None) -> None:
        status = imported_status(
            current, PairStatus.PUBLISHED, publish=False, reworded=True, obstacles=()
        )
        assert status is (current or PairStatus.DRAFT)

    @pytest.mark.parametrize("wanted", [None, PairStatus.PUBLISHED, PairStatus.DRAFT])
    @pytest.mark.parametrize("current", list(PairStatus))
    def test_an_unchanged_wording_keeps_its_status(
        self, current: PairStatus, wanted: PairStatus | None
    ) -> None:
        status = imported_status(current, wanted, publish=True, reworded=False, obstacles=())
        assert status is current

    @pytest.mark.parametrize("reworded", [True, False])
    @pytest.mark.parametrize("current", [None, *PairStatus])
    def test_the_file_can_withdraw_any_pair(
        self, current: PairStatus | None, reworded: bool
    ) -> None:
        status = imported_status(
            current, PairStatus.WITHDRAWN, publish=True, reworded=reworded, obstacles=()
        )
        assert status is PairStatus.WITHDRAWN
