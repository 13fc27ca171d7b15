"""Every field of a pair survives REST, the page's form, the comparison and the search."""

from typing import Any

import pytest
import reviewing
from fastapi.testclient import TestClient
from form_values import FormValues
from full_pair import as_body, full_content
from visitor import Browser

from qa_service.consultation.search.candidates import Candidate
from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.pairs.record.content import DISPLAYED_FIELDS, PAIR_FIELDS, PairContent
from qa_service.knowledge.pairs.record.fields import ContentField, to_json
from qa_service.knowledge.pairs.service import content_in_work, find_pair
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PolicyArea
from qa_service.web.bank.pairs.views import ShownNames, compare

PAIRS = "/api/v1/qa-pairs"
POLICY = "社会救助暂行办法"
CONTENT = full_content(unit="civil-affairs", policy=POLICY)
OTHER = full_content(unit="health", policy=POLICY, area=PolicyArea.TAXATION, mark="乙")
EACH_FIELD = pytest.mark.parametrize("field", PAIR_FIELDS, ids=lambda field: field.name)


def created(api: TestClient) -> dict[str, Any]:
    response = api.post(PAIRS, json=as_body(CONTENT))
    assert response.status_code == 201, response.text
    return dict(response.json())


def in_work(services: Services, pair_id: int) -> PairContent:
    with session_scope(services.database, read_only=True) as session:
        return content_in_work(session, find_pair(session, pair_id))


def given(answer: dict[str, Any]) -> dict[str, object]:
    """The fields of a pair as REST answers them, in the form in which it takes them."""
    basis = [Basis(one["key"], one["article"], one["verified"]).dump() for one in answer["basis"]]
    answered = answer | {"unit": answer["unit_key"], "basis": basis}
    return {field.wire_name: answered[field.wire_name] for field in PAIR_FIELDS}


def changed_in(field: ContentField) -> PairContent:
    return CONTENT.with_values({field.name: OTHER.value(field.name)})


def test_rest_gives_every_field_it_took(api: TestClient) -> None:
    pair = created(api)
    assert given(pair) == as_body(CONTENT)
    assert given(api.get(f"{PAIRS}/{pair['qa_id']}").json()) == as_body(CONTENT)


def test_rest_changes_each_field_alone(api: TestClient, services: Services) -> None:
    pair_id = created(api)["qa_id"]
    before = CONTENT
    for name, value in as_body(OTHER).items():
        response = api.patch(f"{PAIRS}/{pair_id}", json={name: value})
        assert response.status_code == 200, response.text
        (field,) = (one for one in PAIR_FIELDS if one.wire_name == name)
        after = before.with_values({field.name: OTHER.value(field.name)})
        assert in_work(services, pair_id) == after != before
        before = after


def test_a_form_saved_as_it_stands_keeps_every_field(
    api: TestClient, admin: Browser, services: Services
) -> None:
    pair_id = created(api)["qa_id"]
    address = f"/pairs/{pair_id}/edit"
    fields = FormValues(admin.get(address).text, "question").values
    answer = admin.post(address, **fields | {"audience": ["另一些人"]})
    assert answer.status_code == 303, answer.text
    assert in_work(services, pair_id) == CONTENT.with_values({"audience": "另一些人"})


@EACH_FIELD
def test_a_comparison_shows_a_change_of_any_field(field: ContentField) -> None:
    differences = compare(CONTENT, changed_in(field), ShownNames())
    assert [one.label for one in differences if one.is_changed] == [field.page_label]


def test_a_candidate_shows_every_displayed_field(
    api: TestClient, admin: Browser, services: Services
) -> None:
    pair_id = created(api)["qa_id"]
    reviewing.publish(services, pair_id)
    # The pair is for its audience alone, because every field says something.
    asked = {"q": CONTENT.question, "audience": CONTENT.audience}
    found = api.get("/api/v1/search", params=asked).json()["candidates"]
    (shown,) = (one for one in found if one["qa_id"] == pair_id)
    page = admin.post(
        "/consultations", htmx=True, question=CONTENT.question, audience=CONTENT.audience
    ).text
    for field in DISPLAYED_FIELDS:
        assert shown[field.wire_name] == as_body(CONTENT)[field.wire_name], field.name
        value = to_json(CONTENT.value(field.name))
        assert any(text in page for text in texts(value)), field.name


def texts(value: object) -> list[str]:
    """The texts of a JSON value, line by line."""
    if isinstance(value, list | dict):
        parts = value.values() if isinstance(value, dict) else value
        return [text for part in parts for text in texts(part)]
    return str(value).splitlines()


def test_a_candidate_of_an_older_release_is_read() -> None:
    logged = {
        "qa_id": 1,
        "key": "a",
        "version": 2,
        "question": "养老金怎么领？",
        "matched_text": "咋领养老金",
        "answer": "到社保局领。",
        "phone_script": "到社保局领。",
        "field": "养老",
        "unit_name": "甲区社保局",
        "confidence": 0.9,
        "basis": [],
        "why": {
            "matched_kind": "variant",
            "matched_words": ["养老金"],
            "cosine": None,
            "lexical": 1.5,
            "differences": [],
        },
    }
    candidate = Candidate.load(logged)
    assert candidate.area == PolicyArea.ELDERLY_CARE
    assert (candidate.content.audience, candidate.content.clarifying) == ("", ())
    assert Candidate.load(candidate.dump()) == candidate
