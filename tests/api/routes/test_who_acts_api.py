"""Nobody acts over REST as somebody else: a system is no person, a person nobody but themselves."""

from collections.abc import Callable

import pytest
from api_routes import PAIR, REPLY
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from pair_pages import write
from rest_client import Headers, KeyMaker, person_key
from reviewing import AFFIRMED
from sqlmodel import col, select
from visitor import Browser, add_user

from qa_service.accounts.models import ApiKey, AuditEvent, User
from qa_service.consultation.models import Consultation
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.review_models import Review
from qa_service.ledger.models import Callback, LedgerEvent, LedgerReply
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import AuditAction, PairStatus, Role, Scope, Stage

LEDGER = "/api/v1/ledger/ZX20261124-0001"
PAGE = "/ledger/ZX20261124-0001"
PAIRS = "/api/v1/qa-pairs"
ASKED = {"question": "外商投资项目怎么备案？", "channel": "hotline", "field": "投资"}
SIGNERS = {"rv1": "first", "rv2": "second", "rv3": "final", "cf1": "confidentiality"}
Post = Callable[..., Response]


@pytest.fixture
def people(services: Services) -> None:
    """An author, three reviewers and a confidentiality officer, each with an account."""
    add_user(services, "wang", Role.UNIT, Role.REVIEWER, unit="development-reform")
    add_user(services, "bianji", Role.EDITOR)
    for login in SIGNERS:
        add_user(services, login, Role.CONFIDENTIALITY if login == "cf1" else Role.REVIEWER)


@pytest.fixture(params=["hotline", "热线系统" * 15], ids=["short", "60 characters"])
def system(
    request: pytest.FixtureRequest, client: TestClient, make_key: KeyMaker, people: None
) -> Headers:
    """The key of a system for every scope, with which one question was registered."""
    headers = make_key(*Scope, name=request.param)
    assert client.post("/api/v1/consultations", json=ASKED, headers=headers).status_code == 201
    return headers


@pytest.fixture
def move(client: TestClient, system: Headers) -> Post:
    """Moves of the entry with the system's key, unless another is given."""

    def send(name: str, *, headers: Headers = system, **body: object) -> Response:
        return client.post(f"{LEDGER}/{name}", json=body, headers=headers)

    return send


@pytest.fixture
def submitted(client: TestClient, services: Services, people: None) -> str:
    """The address of a pair that was drafted and submitted by its author's own key."""
    headers = person_key(services, "bianji")
    pair = client.post(PAIRS, json=PAIR, headers=headers)
    assert pair.status_code == 201, pair.text
    path = f"{PAIRS}/{pair.json()['qa_id']}"
    answer = client.post(f"{path}/submit", json={"despite_advice": True}, headers=headers)
    assert answer.status_code == 200, answer.text
    return path


def signature(client: TestClient, path: str, headers: Headers, stage: str) -> dict[str, object]:
    seen = client.get(f"{path}/reviews", headers=headers).json()["seen_hash"]
    parts = {"examined": True, "proofread": True}
    statement = {**parts, "statements": AFFIRMED, "seen_hash": seen}
    return {"stage": stage, "verdict": "pass", **statement}


def code_of(answer: Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json().get("code")


class TestForgedReview:
    def test_one_system_signs_as_none_of_four_people(
        self, client: TestClient, services: Services, system: Headers, submitted: str
    ) -> None:
        for login, stage in SIGNERS.items():
            for field in ("by", "on_behalf_of"):
                body = signature(client, submitted, system, stage) | {field: login}
                answer = client.post(f"{submitted}/reviews", json=body, headers=system)
                assert code_of(answer) == (403, "person_key_required")
        with session_scope(services.database, read_only=True) as session:
            assert session.exec(select(Review)).all() == []

    def test_one_person_signs_for_none_of_the_others(
        self, client: TestClient, services: Services, submitted: str
    ) -> None:
        headers = person_key(services, "rv1")
        for login, stage in SIGNERS.items():
            body = signature(client, submitted, headers, stage) | {"by": login}
            answer = client.post(f"{submitted}/reviews", json=body, headers=headers)
            expected = (200, None) if login == "rv1" else (403, "on_behalf_refused")
            assert code_of(answer) == expected
        again = client.post(
            f"{submitted}/reviews",
            json=signature(client, submitted, headers, "second"),
            headers=headers,
        )
        assert code_of(again) == (403, "not_your_signature")

    def test_two_keys_of_one_person_are_one_person(
        self, client: TestClient, services: Services, submitted: str
    ) -> None:
        for stage, expected in (("first", 200), ("second", 403)):
            headers = person_key(services, "rv1")
            body = signature(client, submitted, headers, stage)
            answer = client.post(f"{submitted}/reviews", json=body, headers=headers)
            assert answer.status_code == expected, answer.text

    def test_who_drafted_on_the_page_does_not_sign_with_a_key(
        self, client: TestClient, services: Services, app: FastAPI
    ) -> None:
        add_user(services, "shuang", Role.EDITOR, Role.REVIEWER)
        browser = Browser(app)
        browser.sign_in("shuang")
        path = f"{PAIRS}/{write(browser).split('/')[2]}"
        headers = person_key(services, "shuang")
        client.post(f"{path}/submit", json={"despite_advice": True}, headers=headers)
        body = signature(client, path, headers, "first")
        answer = client.post(f"{path}/reviews", json=body, headers=headers)
        assert code_of(answer) == (403, "not_your_signature")

    def test_four_people_publish_and_the_trail_names_each_with_the_key(
        self, client: TestClient, services: Services, submitted: str
    ) -> None:
        for login, stage in SIGNERS.items():
            headers = person_key(services, login)
            body = signature(client, submitted, headers, stage)
            answer = client.post(f"{submitted}/reviews", json=body, headers=headers)
            assert answer.status_code == 200, answer.text
        with session_scope(services.database, read_only=True) as session:
            keys = {key.id: key for key in session.exec(select(ApiKey)).all()}
            people = {user.id: user.login for user in session.exec(select(User)).all()}
            assert session.get_one(QAPair, answer.json()["qa_id"]).status is PairStatus.PUBLISHED
            reviews = session.exec(select(Review)).all()
            events = session.exec(
                select(AuditEvent).where(AuditEvent.action == AuditAction.SIGNATURE)
            ).all()
        assert [(one.signer, one.stage) for one in reviews] == [
            (login, Stage(stage)) for login, stage in SIGNERS.items()
        ]
        for review, event in zip(reviews, events, strict=True):
            key = keys[review.signer_key_id]
            assert key.user_id == review.signer_person_id == event.actor_person_id
            assert people[key.user_id] == review.signer == event.actor
            assert event.actor_key_id == key.id
            assert event.details["api_key"] == f"api:{key.name}"


class TestForgedReply:
    @pytest.mark.parametrize("stated", ["李工", "wang", "bianji", None])
    def test_a_system_drafts_and_approves_nothing_whoever_it_states(
        self, move: Post, services: Services, stated: str | None
    ) -> None:
        unit = person_key(services, "wang")
        assert code_of(move("accept", by=stated)) == (403, "person_key_required")
        assert move("accept", headers=unit).status_code == 200
        assert code_of(move("reply", **REPLY, by=stated)) == (403, "person_key_required")
        assert move("reply", **REPLY, headers=unit).status_code == 200
        refused = move("review", approve=True, reply=1, statements=AFFIRMED, by=stated)
        assert code_of(refused) == (403, "person_key_required")
        for name, more in (
            ("extend", {"workdays": 1}),
            ("assign", {"unit": "education"}),
            ("contact", {}),
            ("decline", {}),
            ("close", {}),
        ):
            answer = move(name, by=stated, reason="需会商", **more)
            assert code_of(answer) == (403, "person_key_required"), name

    def test_who_drafted_on_the_page_approves_with_no_key(
        self, move: Post, services: Services, app: FastAPI
    ) -> None:
        wang = Browser(app)
        wang.sign_in("wang")
        wang.post(f"{PAGE}/accept", version=2)
        form = {name: value for name, value in REPLY.items() if name != "field"}
        page = wang.post(f"{PAGE}/draft", **form | {"area": "投资", "is_public": "yes"}, version=3)
        assert page.status_code == 303, page.text
        assert code_of(move("review", approve=True, reply=1, statements=AFFIRMED, by="wang")) == (
            403,
            "person_key_required",
        )
        own = person_key(services, "wang")
        assert code_of(move("review", approve=True, reply=1, statements=AFFIRMED, headers=own)) == (
            403,
            "own_reply",
        )
        for stated in ("rv1", "李工"):
            answer = move(
                "review",
                approve=True,
                reply=1,
                statements=AFFIRMED,
                on_behalf_of=stated,
                headers=own,
            )
            assert code_of(answer) == (403, "on_behalf_refused")
        other = person_key(services, "rv1")
        assert (
            move("review", approve=True, reply=1, statements=AFFIRMED, headers=other).status_code
            == 200
        )

    def test_who_drafted_with_a_key_does_not_approve_on_the_page(
        self, move: Post, services: Services, app: FastAPI
    ) -> None:
        unit = person_key(services, "wang")
        move("accept", headers=unit)
        move("reply", **REPLY, headers=unit)
        wang, other = Browser(app), Browser(app)
        wang.sign_in("wang")
        other.sign_in("rv1")
        assert (
            wang.post(f"{PAGE}/approve", reply=1, version=4, statements=AFFIRMED).status_code == 403
        )
        assert (
            other.post(f"{PAGE}/approve", reply=1, version=4, statements=AFFIRMED).status_code
            == 303
        )

    def test_history_and_page_name_person_and_key(
        self, move: Post, services: Services, app: FastAPI
    ) -> None:
        unit, reviewer = person_key(services, "wang"), person_key(services, "rv1")
        move("accept", headers=unit, by="wang")
        move("reply", **REPLY, headers=unit)
        assert (
            move("review", approve=True, reply=1, statements=AFFIRMED, headers=reviewer).status_code
            == 200
        )
        with session_scope(services.database, read_only=True) as session:
            ids = {user.login: user.id for user in session.exec(select(User)).all()}
            keys = {key.user_id: key for key in session.exec(select(ApiKey)).all()}
            reply = session.exec(select(LedgerReply)).one()
            event = session.exec(select(LedgerEvent).where(LedgerEvent.verb == "approve")).one()
        assert (reply.author, reply.author_person_id) == ("wang", ids["wang"])
        assert (reply.approved_by, reply.approved_by_person_id) == ("rv1", ids["rv1"])
        key = keys[ids["rv1"]]
        assert (event.actor_person_id, event.actor_key_id) == (ids["rv1"], key.id)
        browser = Browser(app)
        browser.sign_in("rv1")
        assert f"用户rv1（rv1，经密钥 {key.name}）" in browser.get(PAGE).text


class TestStatedName:
    @pytest.mark.parametrize("field", ["on_behalf_of", "by"])
    def test_is_kept_as_stated_where_something_is_only_recorded(
        self, client: TestClient, services: Services, system: Headers, field: str
    ) -> None:
        stated = {field: "王某" * 60}
        with session_scope(services.database, read_only=True) as session:
            key = session.exec(select(ApiKey).where(col(ApiKey.user_id).is_(None))).one()
        named = f"api:{key.name}（自称 {'王某' * 60}）"
        asked = client.post("/api/v1/consultations", json=ASKED | stated, headers=system)
        assert asked.status_code == 201, asked.text
        opened = client.post(
            "/api/v1/corrections",
            json={"qa_id": 1, "complaint": "标准已调整", **stated},
            headers=system,
        )
        assert opened.status_code == 201, opened.text
        with session_scope(services.database, read_only=True) as session:
            consultation = session.get_one(Consultation, asked.json()["id"])
            events = session.exec(select(LedgerEvent).order_by(col(LedgerEvent.id).desc())).all()
        assert (consultation.operator, consultation.operator_person_id) == (named, None)
        assert consultation.operator_key_id == key.id
        assert (events[0].actor, events[0].actor_person_id) == (named, None)

    def test_of_a_login_is_not_that_person(
        self, move: Post, services: Services, client: TestClient, system: Headers
    ) -> None:
        unit, reviewer = person_key(services, "wang"), person_key(services, "rv1")
        move("accept", headers=unit)
        move("reply", **REPLY, headers=unit)
        move("review", approve=True, reply=1, statements=AFFIRMED, headers=reviewer)
        called = move("callbacks", outcome="no_contact", on_behalf_of="wang")
        assert called.status_code == 200, called.text
        with session_scope(services.database, read_only=True) as session:
            call = session.exec(select(Callback)).one()
        assert call.operator.endswith("（自称 wang）")
        assert call.operator_person_id is None
        assert call.operator_key_id is not None

    def test_under_both_names_is_refused(self, client: TestClient, system: Headers) -> None:
        both = {"by": "王某", "on_behalf_of": "王某"}
        answer = client.post("/api/v1/consultations", json=ASKED | both, headers=system)
        assert code_of(answer) == (422, "invalid_request")

    def test_of_somebody_else_is_refused_with_a_persons_key(
        self, client: TestClient, make_person_key: KeyMaker
    ) -> None:
        headers = make_person_key("zuoxi", Role.OPERATOR)
        for stated, status in (("zuoxi", 201), ("王某", 403)):
            body = ASKED | {"on_behalf_of": stated}
            answer = client.post("/api/v1/consultations", json=body, headers=headers)
            assert answer.status_code == status, answer.text


class TestPersonKey:
    def test_ends_with_the_role_and_with_the_account(
        self, client: TestClient, services: Services, people: None
    ) -> None:
        headers = person_key(services, "bianji")
        path = f"{PAIRS}/1"
        assert client.patch(path, json={}, headers=headers).status_code == 200
        _change(services, "bianji", roles=[Role.REVIEWER])
        assert code_of(client.patch(path, json={}, headers=headers)) == (403, "not_permitted")
        assert client.get(path, headers=headers).status_code == 200
        _change(services, "bianji", is_active=False)
        assert code_of(client.get(path, headers=headers)) == (401, "key_refused")

    def test_is_within_the_units_of_its_person(
        self, client: TestClient, services: Services, make_person_key: KeyMaker, system: Headers
    ) -> None:
        elsewhere = make_person_key("jiaoyu", Role.UNIT, unit="education")
        answer = client.post(f"{LEDGER}/accept", json={}, headers=elsewhere)
        assert code_of(answer) == (404, "ledger_entry_not_found")
        assert client.get("/api/v1/ledger", headers=elsewhere).json()["items"] == []
        refused = client.post(PAIRS, json=PAIR, headers=elsewhere)
        assert code_of(refused) == (403, "owner_only")


def _change(services: Services, login: str, **columns: object) -> None:
    with session_scope(services.database) as session:
        user = session.exec(select(User).where(User.login == login)).one()
        for name, value in columns.items():
            setattr(user, name, value)
        session.add(user)
