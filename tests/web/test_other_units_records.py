"""Every route with an id, as people and systems of another unit: the record is not there (IDOR).

The routes are read from the routers and the API description, so that a new one is walked too;
one whose id has no planted record here fails the test.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from httpx import Response
from pair_pages import publish, write
from rest_client import KeyMaker
from sqlmodel import Session, select
from visitor import UNIT, Browse, Browser

from qa_service.accounts.actor import CLOCKWORK
from qa_service.accounts.users import LIMITABLE
from qa_service.consultation.watch.models import AlarmKind, ReplayRun, TopicAlarm
from qa_service.knowledge.models import QAPair, SuggestedVariant, SuggestionState
from qa_service.knowledge.pairs.service import find_pair
from qa_service.knowledge.policy_models import PolicyNotice
from qa_service.knowledge.task_models import Campaign, Task, TaskKind
from qa_service.knowledge.upkeep_models import Contradiction, ReworkTask
from qa_service.ledger.models import Reminder
from qa_service.reporting.figures.period import quarter_of
from qa_service.reporting.inspection.content import PackageContent
from qa_service.reporting.inspection.service import issue_package
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Action, PolicyNoticeKind, Role, Scope
from qa_service.web.pages import ROUTERS

MARK = "玄圃积玉"
"""Stands in every text that was planted with another unit."""
PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(100))
PARAMETER = re.compile(r"{(\w+)(?::\w+)?}")

OF_EVERY_UNIT = {
    "/desk/policies/{policy_id}",
    "/desk/policies/{policy_id}/feed.atom",
    "/policies/{policy_id}",
    "/policies/{policy_id}/edit",
    "/policies/{policy_id}/ending",
    "/policies/{policy_id}/ending/confirm",
    "/policies/{policy_id}/ending/refuse",
    "/policies/{policy_id}/restore",
    "/policies/{policy_id}/correction/confirm",
    "/policies/{policy_id}/correction/refuse",
    "/policies/{policy_id}/correction/take-back",
    "/review-plan/{plan_id}",
    "/upkeep/policies/{policy_id}",
    "/policies/{policy_id}/links",
    "/policies/{policy_id}/upload",
    "/words/{version_id}",
    "/api/v1/policies/{policy_id}",
    "/api/v1/policies/{policy_id}/consequences",
    "/api/v1/units/{key}",
}
"""The library, the word list and the units are common to all; of these texts alone are sought."""

Route = tuple[str, str]


def page_routes() -> list[Route]:
    routes = [route for router in ROUTERS for route in router.routes]
    return [
        (method, route.path)
        for route in routes
        if isinstance(route, APIRoute) and PARAMETER.search(route.path)
        for method in sorted(route.methods)
    ]


def rest_operations(app: FastAPI) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method.upper(), path, operation)
        for path, operations in app.openapi()["paths"].items()
        if PARAMETER.search(path)
        for method, operation in operations.items()
    ]


@dataclass
class Planted:
    """Ids of records of other units, by the name of the parameter; ids that nothing has."""

    ids: dict[str, list[str]]
    published: str

    def addresses(self, path: str) -> Iterator[tuple[str, str]]:
        """Each address of a planted record, with the one where nothing is."""
        names = PARAMETER.findall(path)
        missing = set(names) - self.ids.keys()
        assert not missing, f"{path}: plant a record for {missing} in this test"
        for values in product(*(self.ids[name] for name in names)):
            unknown = [UNKNOWN.get(name, value) for name, value in zip(names, values, strict=True)]
            yield _filled(path, values), _filled(path, unknown)


UNKNOWN = {
    "pair_id": "999999",
    "other_id": "999998",
    "qa_id": "999999",
    "suggestion_id": "999999",
    "media_id": "999999",
    "checksum": "0" * 64,
    "number": "ZX20990101-0001",
    "task_id": "999999",
    "reminder_id": "999999",
    "contradiction_id": "999999",
    "version_id": "999999",
    "plan_id": "999999",
    "consultation_id": "6d1e6f0e-0000-4000-8000-000000000000",
    "login": "nobody",
    "unit_id": "999999",
    "notice_id": "999999",
    "event_id": "999999",
    "key": "no-such-key",
    "policy_id": "999999",
    "package_id": "999999",
    "item_id": "999999",
    "campaign_id": "999999",
    "alarm_id": "999999",
    "run_id": "999999",
    "token": f"9-{'0' * 64}",
}


def _filled(path: str, values: Any) -> str:
    given = iter(values)
    return PARAMETER.sub(lambda _: str(next(given)), path)


def sample(schema: Mapping[str, Any], everything: Mapping[str, Any]) -> Any:
    """The smallest value that a schema of the API description takes."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return sample(everything[name], everything)
    if "anyOf" in schema:
        return sample(schema["anyOf"][0], everything)
    if "enum" in schema or "const" in schema:
        return schema.get("const") or schema["enum"][0]
    match schema.get("type"):
        case "object":
            wanted = schema.get("required", ())
            return {name: sample(schema["properties"][name], everything) for name in wanted}
        case "array":
            return []
        case "integer":
            return max(1, schema.get("minimum", 1))
        case "boolean":
            return True
    return {"date": "2026-12-01"}.get(schema.get("format", ""), "x")


@pytest.fixture
def planted(browse: Browse, services: Services) -> Planted:
    editor, operator = browse("bianji", Role.EDITOR), browse("zhiban")
    texts = {"answer": f"{MARK}的答复", "phone_script": MARK, "unit": "commerce"}
    question = f"{MARK}的补贴怎么领？"
    draft = write(editor, **texts, question=question, variants=MARK).split("/")[2]
    published = publish(editor, services, unit="commerce").split("/")[2]
    write(editor, on=f"/pairs/{published}/edit", **{**texts, "variants": f"{MARK}问法"})
    checksum = _upload(editor, draft)
    number, consultation = _enter(operator)
    supervisor = browse("ducha-quan", Role.SUPERVISOR)
    supervisor.post(f"/ledger/{number}/urge", reason=MARK)
    editor.post("/words", dictionary="火星养老院 5 n", synonyms="", note="词")
    with session_scope(services.database) as session:
        key = find_pair(session, int(draft)).key
        rows = _insert(session, services, int(draft))
        reminder = session.exec(select(Reminder.id)).first()
    return Planted(
        {
            "pair_id": [draft],
            "other_id": [draft],
            "qa_id": [draft],
            "key": [key, "commerce"],
            "checksum": [checksum],
            "number": [number],
            "verb": [str(one) for one in Action] + ["reveal"],
            "consultation_id": [consultation],
            "reminder_id": [str(reminder)],
            "version_id": ["1"],
            "plan_id": ["1"],
            "policy_id": ["1"],
            "media_id": ["1"],
            "event_id": ["1"],
            "login": ["zhiban"],
            "suffix": [".csv"],
            "token": [f"1-{'0' * 64}"],
            **rows,
        },
        published,
    )


def _upload(editor: Browser, pair: str) -> str:
    data = {"csrf_token": editor.token(), "pair_id": pair, "kind": "infographic", "title": MARK}
    answer = editor.client.post("/media", data=data, files={"file": ("x.png", PICTURE)})
    assert answer.status_code == 303
    return hashlib.sha256(PICTURE).hexdigest()


def _enter(operator: Browser) -> tuple[str, str]:
    asked = operator.post("/consultations", question=f"火星养老院{MARK}怎么预约", area="养老")
    path = asked.headers["location"]
    operator.post(f"{path}/registration", name="张女士", phone="13800000000")
    found = re.search(r"ZX\d{8}-\d{4}", operator.get(path).text)
    assert found
    return found[0], path.rsplit("/", 1)[1]


def _insert(session: Session, services: Services, draft: int) -> dict[str, list[str]]:
    now, pair = services.clock.now(), session.get_one(QAPair, draft)
    suggestions = [
        SuggestedVariant(
            pair_id=draft, text=f"{MARK}{state}", text_key=state, state=state, updated_at=now
        )
        for state in SuggestionState
    ]
    task = ReworkTask(pair_id=draft, unit_id=pair.unit_id, reason=MARK, opened_at=now)
    conflict = Contradiction(
        first_id=1, second_id=draft, found_at=now, settled_at=now, settled_by="x", outcome=MARK
    )
    notice = PolicyNotice(
        document_id=1,
        unit_id=pair.unit_id,
        kind=PolicyNoticeKind.IN_A_WEEK,
        occasion="x",
        text=MARK,
        created_at=now,
    )
    package = issue_package(
        session,
        PackageContent(title=MARK, yearly_report=MARK, notice=MARK),
        quarter_of(now.date()),
        actor=CLOCKWORK,
        now=now,
    )
    session.add_all([*suggestions, task, conflict, notice])
    session.flush()
    return {
        "suggestion_id": [str(one.id) for one in suggestions],
        "task_id": [str(task.id)],
        "unit_id": [str(pair.unit_id)],
        "package_id": [str(package.id)],
        "notice_id": [str(notice.id)],
        "contradiction_id": [str(conflict.id)],
        **_insert_watched(session, pair.unit_id, now),
    }


def _insert_watched(session: Session, unit_id: int, now: datetime) -> dict[str, list[str]]:
    campaign = Campaign(
        kind=TaskKind.CHECKLIST,
        title=MARK,
        begins_on=now.date(),
        ends_on=now.date(),
        opened_by="x",
        opened_at=now,
    )
    session.add(campaign)
    session.flush()
    given = Task(
        kind=TaskKind.CHECKLIST,
        campaign_id=campaign.id,
        unit_id=unit_id,
        title=MARK,
        due_on=now.date(),
        opened_by="x",
        opened_at=now,
    )
    alarm = TopicAlarm(
        day=now.date(),
        kind=AlarmKind.NO_MATCH,
        subject="*",
        count=9,
        expected=1,
        limit=4,
        raised_at=now,
        note=MARK,
    )
    run = ReplayRun(fingerprint=MARK, total=0, started_at=now)
    session.add_all([given, alarm, run])
    session.flush()
    return {
        "item_id": [str(given.id)],
        "campaign_id": [str(campaign.id)],
        "alarm_id": [str(alarm.id)],
        "run_id": [str(run.id)],
    }


def says_nothing(answer: Response) -> bool:
    return (
        MARK not in answer.text
        and MARK not in str(answer.headers)
        and (PICTURE not in answer.content)
    )


def is_not_there(answer: Response, elsewhere: Response) -> bool:
    """Whether the answer is a refusal, or the same as where nothing is."""
    if answer.status_code in {403, 404}:
        return True
    return 400 <= answer.status_code == elsewhere.status_code < 500


class TestPages:
    @pytest.mark.parametrize("role", sorted(LIMITABLE))
    def test_of_another_units_records_do_not_exist(
        self, planted: Planted, browse: Browse, role: Role
    ) -> None:
        visitor = browse("bieren", role, within={role: [UNIT]})
        token = visitor.token()

        def ask(method: str, path: str) -> Response:
            data = {"csrf_token": token} if method == "POST" else None
            return visitor.client.request(method, path, data=data)

        for method, path in page_routes():
            for address, unknown in planted.addresses(path):
                answer = ask(method, address)
                assert (method, address, says_nothing(answer)) == (method, address, True)
                if path not in OF_EVERY_UNIT:
                    is_gone = is_not_there(answer, ask(method, unknown))
                    assert (method, address, answer.status_code, is_gone) == (
                        method,
                        address,
                        answer.status_code,
                        True,
                    )

    @pytest.mark.parametrize("role", sorted(LIMITABLE))
    def test_of_a_published_pair_never_show_what_is_in_work(
        self, planted: Planted, browse: Browse, role: Role
    ) -> None:
        visitor = browse("bieren", role, within={role: [UNIT]})
        token = visitor.token()
        for method, path in page_routes():
            if PARAMETER.findall(path) == ["pair_id"]:
                address = path.format(pair_id=planted.published)
                data = {"csrf_token": token, "complaint": "有误"} if method == "POST" else None
                answer = visitor.client.request(method, address, data=data)
                assert (address, says_nothing(answer)) == (address, True)

    def test_are_seen_by_those_who_keep_them(self, planted: Planted, browse: Browse) -> None:
        """The planted texts are where the others look for them."""
        admin = browse("guanli", Role.ADMIN, Role.EDITOR, Role.REVIEWER, Role.SUPERVISOR)
        draft, number = planted.ids["pair_id"][0], planted.ids["number"][0]
        for path in (
            f"/pairs/{draft}/edit",
            f"/pairs/{draft}/review",
            f"/pairs/{draft}/versions",
            f"/pairs/{draft}/media",
            f"/pairs/{planted.published}/edit",
            f"/ledger/{number}",
            "/upkeep",
        ):
            assert (path, MARK in admin.get(path).text) == (path, True)
        assert admin.get(f"/media/{planted.ids['checksum'][0]}").content == PICTURE
        address = f"/pairs/suggestions/{planted.ids['suggestion_id'][-1]}"
        settled = admin.post(address, then="decline")
        assert MARK in settled.text


class TestRest:
    @pytest.mark.parametrize("is_filled", [False, True])
    def test_other_units_records_do_not_exist(
        self,
        planted: Planted,
        app: FastAPI,
        client: TestClient,
        make_key: KeyMaker,
        is_filled: bool,
    ) -> None:
        client.headers.update(make_key(*Scope, unit=UNIT))
        schemas = app.openapi()["components"]["schemas"]
        walked = 0
        for method, path, operation in rest_operations(app):
            content = operation.get("requestBody", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema")
            body = sample(schema, schemas) if schema and is_filled else {}
            for address, unknown in planted.addresses(path):
                walked += 1
                answer, elsewhere = (
                    client.request(method, at, json=body if schema else None)
                    for at in (address, unknown)
                )
                assert (address, says_nothing(answer)) == (address, True)
                if path not in OF_EVERY_UNIT:
                    found = (method, address, answer.status_code)
                    assert (*found, is_not_there(answer, elsewhere)) == (*found, True)
        assert walked >= 25

    def test_no_correction_is_opened_on_what_is_in_work(
        self, planted: Planted, client: TestClient, make_key: KeyMaker
    ) -> None:
        draft = int(planted.ids["pair_id"][0])
        body = {"qa_id": draft, "complaint": "已过时", "by": "王芳"}
        own = client.post("/api/v1/corrections", json=body, headers=make_key(*Scope, unit=UNIT))
        assert (own.status_code, says_nothing(own)) == (404, True)
        other = make_key(*Scope, unit="commerce")
        assert client.post("/api/v1/corrections", json=body, headers=other).status_code == 201
