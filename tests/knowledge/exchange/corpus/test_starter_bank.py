"""The starter bank: days of review, amended documents, and the record of what was read."""

import json
import re
from collections import Counter
from typing import Any

import pytest
from scratch_service import REPOSITORY

RECORD = "docs/bank-verification.md"
STATES = ("law's text", "official reprint", "second-hand", "not verified")
_AMENDED_ON = re.compile(r" \d{4}年\d{1,2}月\d{1,2}日(?:修正|修订|修改)$|通过，\d{4}年.+日修正$")
_ROW = re.compile(r"^\| ([a-z]+-\d{3}) \| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)


def rows(name: str) -> list[dict[str, Any]]:
    text = (REPOSITORY / "corpus" / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def record() -> str:
    return (REPOSITORY / RECORD).read_text(encoding="utf-8")


def test_every_pair_names_its_day_of_review() -> None:
    assert [pair["key"] for pair in rows("qa_pairs.jsonl") if not pair.get("review_by")] == []


def test_a_document_is_amended_exactly_when_its_number_carries_the_day() -> None:
    for policy in rows("policies.jsonl"):
        dated = _AMENDED_ON.search(policy["document_number"]) is not None
        assert dated == (policy["validity"] == "修改"), policy["key"]


def test_every_document_leads_to_an_official_site() -> None:
    for policy in rows("policies.jsonl"):
        assert re.match(r"https://[\w.]+\.(?:gov|org)\.cn/", policy["link"]), policy["key"]


def test_the_record_holds_every_pair_with_the_documents_it_cites(record: str) -> None:
    recorded = {key: basis for key, basis, _, _ in _ROW.findall(record)}
    pairs = rows("qa_pairs.jsonl")
    assert list(recorded) == [pair["key"] for pair in pairs]
    for pair in pairs:
        for cited in pair["basis"]:
            assert cited["policy"] in recorded[pair["key"]], pair["key"]
            assert (cited["article"] or "") in recorded[pair["key"]], pair["key"]


def test_the_counts_of_the_record_are_those_of_its_table(record: str) -> None:
    counted = Counter(state for _, _, state, _ in _ROW.findall(record))
    for state in STATES:
        assert f"| {state} | {counted[state]} |" in record
    assert sum(counted[state] for state in STATES) == len(rows("qa_pairs.jsonl"))
