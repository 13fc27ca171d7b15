"""Every curl of the reference is sent as it stands: the service knows the address and the body.

A 404 or 409 with a code of ours is an answer too: the numbers in the reference are invented.
"""

import json
import re
import shlex
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from rest_client import KeyMaker

from qa_service.vocabulary import Role

REFERENCE = Path(__file__).parents[2] / "docs" / "api.md"
IDENTIFIERS = {"$ID": "6d1e6f0e-0000-4000-8000-000000000000", "$QA": ""}


def commands() -> list[str]:
    text = REFERENCE.read_text("utf-8").replace("\\\n", " ")
    found = re.findall(r"^curl (?:'[^']*'|[^'\n])*$", text, re.M)
    return [command.split("   #")[0].strip() for command in found]


def sent(client: TestClient, command: str) -> tuple[int, dict[str, object]]:
    for name, value in IDENTIFIERS.items():
        command = command.replace(name, value)
    words = shlex.split(command)[1:]
    method, url, body = "GET", "", None
    query: list[list[str]] = []
    while words:
        word = words.pop(0)
        if word == "-X":
            method = words.pop(0)
        elif word in {"-d", "--data-urlencode"}:
            given = words.pop(0)
            query.append(given.split("=", 1)) if "-sG" in command else None
            body = None if "-sG" in command else given
        elif word in {"-H", "-o"}:
            words.pop(0)
        elif word.startswith("/"):
            url = word
    if body is not None and method == "GET":
        method = "POST"
    headers = {"Content-Type": "application/json"} if body is not None else {}
    params = dict(query)
    answer = client.request(method, url, content=body, headers=headers, params=params or None)
    is_json = answer.headers["content-type"].endswith("json")
    return answer.status_code, answer.json() if is_json else {}


@pytest.mark.parametrize("command", commands())
def test_is_understood_by_the_service(
    api: TestClient, make_person_key: KeyMaker, command: str
) -> None:
    if "$KEY_OF_UNIT" in command:
        api.headers.update(make_person_key("chengban", Role.UNIT))
    if "packages" in command:
        # A period without any record has no package.
        asked = api.post(
            "/api/v1/consultations", json={"question": "生育津贴怎么领", "channel": "hotline"}
        )
        assert asked.is_success, asked.text
    status, said = sent(api, command)
    # What the checks find in a pair is the pair's business, not the reference's.
    assert status in {200, 201, 404, 409} or said["code"] == "precheck_failed", said
    assert said.get("code") != "not_found", command


@pytest.mark.parametrize("address", ["/qa-pairs", "/policies"])
def test_what_the_reference_adds_is_added(api: TestClient, address: str) -> None:
    (command,) = (one for one in commands() if f"{address} -H" in one and " -d '{" in one)
    status, said = sent(api, command)
    assert status == 201, said


def test_the_basis_of_the_reference_is_in_the_starter_bank() -> None:
    (command,) = (one for one in commands() if "/qa-pairs -H" in one and " -d '{" in one)
    policies = (REFERENCE.parents[1] / "corpus" / "policies.jsonl").read_text("utf-8").splitlines()
    (cited,) = json.loads(shlex.split(command)[-1])["basis"]
    assert cited["key"] in {json.loads(line)["key"] for line in policies}


def test_what_the_reference_adds_may_be_submitted(api: TestClient) -> None:
    (command,) = (one for one in commands() if "/qa-pairs -H" in one and " -d '{" in one)
    added = sent(api, command)[1]
    submitted = api.post(f"/api/v1/qa-pairs/{added['qa_id']}/submit", json={})
    assert submitted.status_code == 200, submitted.text


@pytest.mark.parametrize("step", ["reviews", "variants"])
def test_the_steps_of_a_pair_come_with_their_bodies(step: str) -> None:
    assert [one for one in commands() if f"/{step} -H" in one and " -d '{" in one]


def test_there_are_examples_of_every_chapter() -> None:
    assert len(commands()) > 15
