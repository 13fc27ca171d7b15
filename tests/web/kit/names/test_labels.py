"""Badges of states."""

import pytest

from qa_service.ledger.queries import DueStatus
from qa_service.reporting.board import Bucket
from qa_service.vocabulary import Channel, LabelledEnum, PairStatus, Validity, Verdict
from qa_service.web.kit.names.labels import badge

TONES = {"good", "warn", "bad", "ask", "calm"}


@pytest.mark.parametrize("members", [Verdict, DueStatus, Bucket, PairStatus, Validity])
def test_every_state_has_an_icon_its_label_and_a_colour(members: type[LabelledEnum]) -> None:
    for member in members:
        shown = badge(member)
        assert (shown.label, shown.tone in TONES) == (member.label, True)
        assert len(shown.icon) == 1


def test_a_state_of_another_release_is_shown_neutrally() -> None:
    shown = badge(Validity.from_storage("中止"))
    assert (shown.label, shown.tone) == ("中止", "calm")


def test_a_set_without_badges_is_a_mistake_in_the_program() -> None:
    with pytest.raises(KeyError):
        badge(Channel.WEB)
