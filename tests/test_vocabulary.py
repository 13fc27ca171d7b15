"""Closed sets carry their Chinese labels, take known values only, and read unknown stored ones."""

import copy
import json
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module

import pytest

import qa_service
from qa_service.vocabulary import Channel, EntryState, LabelledEnum, PolicyArea, Validity

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def labelled_enums() -> list[type[LabelledEnum]]:
    """Every labelled enum of the service, in whichever room it stands."""
    for module in pkgutil.walk_packages(qa_service.__path__, "qa_service."):
        # Migrations are run by Alembic alone; a ``__main__`` would start the program.
        if ".migrations" not in module.name and not module.name.endswith("__main__"):
            import_module(module.name)
    return list(_below(LabelledEnum))


def _below(family: type[LabelledEnum]) -> Iterator[type[LabelledEnum]]:
    for child in family.__subclasses__():
        yield child
        yield from _below(child)


class TestLabels:
    def test_every_member_of_every_set_has_a_chinese_label(self) -> None:
        enums = labelled_enums()
        assert len(enums) > 20
        for members in enums:
            assert len(members) > 1
            for member in members:
                assert CHINESE.search(member.label), member

    def test_no_two_members_of_a_set_are_shown_alike(self) -> None:
        for members in labelled_enums():
            assert len({member.label for member in members}) == len(members), members

    def test_a_value_in_chinese_is_its_own_label(self) -> None:
        assert PolicyArea.TAXATION.label == PolicyArea.TAXATION.value == "纳税"
        assert (Validity.IN_FORCE.value, Validity.IN_FORCE.label) == ("有效", "现行有效")


class TestMembers:
    def test_are_written_as_their_value(self) -> None:
        assert json.dumps([Channel.HOTLINE]) == '["hotline"]'
        assert f"{EntryState.CLOSED}" == EntryState.CLOSED == "closed"

    def test_are_found_by_value_and_by_nothing_else(self) -> None:
        assert Channel("web") is Channel.WEB
        for text in ("网页", "WEB", "", "pigeon"):
            with pytest.raises(ValueError, match="is not a valid Channel"):
                Channel(text)

    def test_stay_the_same_object_when_copied(self) -> None:
        unknown = Channel.from_storage("pigeon")
        assert copy.deepcopy(Channel.WEB) is Channel.WEB
        assert copy.deepcopy([unknown])[0].label == "pigeon"


class TestStoredValues:
    def test_a_known_one_is_the_member(self) -> None:
        assert Channel.from_storage("web") is Channel.WEB

    def test_an_unknown_one_is_shown_as_it_is_and_joins_no_set(self) -> None:
        unknown = Channel.from_storage("pigeon")
        assert (unknown, unknown.value, unknown.label) == ("pigeon", "pigeon", "pigeon")
        assert isinstance(unknown, Channel)
        assert unknown not in list(Channel)
        with pytest.raises(ValueError, match="pigeon"):
            Channel("pigeon")
