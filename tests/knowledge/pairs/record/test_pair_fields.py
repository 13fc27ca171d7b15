"""Every field of a pair is described once and kept by the database and by every file."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from actors import person
from full_pair import full_content
from pension_pair import NOW
from sqlalchemy import Engine

from qa_service.knowledge.exchange.exporter import export_pairs
from qa_service.knowledge.exchange.importer import import_pairs
from qa_service.knowledge.exchange.rows.readers import read_rows
from qa_service.knowledge.pairs.listing import list_pairs
from qa_service.knowledge.pairs.queries import list_versions, version_content
from qa_service.knowledge.pairs.record.content import PAIR_FIELDS, PairContent
from qa_service.knowledge.pairs.record.fields import ContentField, from_json, to_json
from qa_service.knowledge.pairs.service import draft_pair, find_pair
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PolicyArea

CONTENT = full_content(unit="pensions", policy="养老办法")


def contents(bank: Engine) -> list[PairContent]:
    with session_scope(bank, read_only=True) as session:
        return [view.content for view in list_pairs(session, day=NOW.date()).items]


def test_every_field_of_the_content_is_described_once() -> None:
    described = [field.name for field in PAIR_FIELDS]
    assert sorted(described) == sorted(field.name for field in dataclasses.fields(PairContent))
    for field in PAIR_FIELDS:
        assert field.guide, field.name
        assert field.width, field.name


def test_headings_wire_names_and_places_in_a_comparison_are_distinct() -> None:
    for said in ("label", "page_label", "wire_name", "diff_order"):
        values = [getattr(field, said) for field in PAIR_FIELDS]
        assert len(set(values)) == len(values), said


@pytest.mark.parametrize("field", PAIR_FIELDS, ids=lambda field: field.name)
def test_json_gives_each_value_again(field: ContentField) -> None:
    value = CONTENT.value(field.name)
    assert value, "the sample leaves the field empty"
    assert from_json(field.kind, to_json(value)) == value


def test_a_stored_version_keeps_every_field(bank: Engine) -> None:
    with session_scope(bank) as session:
        draft_pair(session, CONTENT, by=person("甲"), now=NOW)
    assert contents(bank) == [CONTENT]
    with session_scope(bank, read_only=True) as session:
        (view,) = list_pairs(session, day=NOW.date()).items
        pair = find_pair(session, view.pair_id)
        (version,) = list_versions(session, pair)
        assert version_content(session, version) == CONTENT


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".xlsx"])
def test_an_exported_file_keeps_every_field(
    bank: Engine, make_bank: Callable[[Path], Engine], tmp_path: Path, suffix: str
) -> None:
    with session_scope(bank) as session:
        draft_pair(session, CONTENT, by=person("甲"), now=NOW)
        export_pairs(session, tmp_path / f"out{suffix}")
    other = make_bank(tmp_path / "other.db")
    with session_scope(other) as session:
        rows = read_rows(tmp_path / f"out{suffix}")
        import_pairs(session, rows, by=person("乙"), now=NOW, publish=False)
    assert contents(other) == [CONTENT]
    other.dispose()


@pytest.mark.parametrize("field", PAIR_FIELDS, ids=lambda field: field.name)
def test_reviewers_sign_every_field(field: ContentField) -> None:
    others = full_content(unit="tax", policy="纳税办法", area=PolicyArea.TAXATION, mark="乙")
    changed = CONTENT.with_values({field.name: others.value(field.name)})
    assert changed.review_hash() != CONTENT.review_hash()
