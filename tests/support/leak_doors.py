"""Every door that takes free text, on the pages and over REST; each tells whether it took it."""

import json
import re
from datetime import timedelta
from itertools import combinations, count
from typing import Any

import desk_forms
import reviewing
from actors import person
from fastapi.testclient import TestClient
from leak_places import API
from rest_client import Headers
from reviewing import AFFIRMED
from security_data import PLANTED
from sqlmodel import Session, col, func, select
from visitor import Browser

from qa_service.accounts.authority import Authority
from qa_service.accounts.models import Unit
from qa_service.consultation.watch.models import AlarmKind, TopicAlarm
from qa_service.knowledge.models import PairBasis, QAPair
from qa_service.knowledge.pairs.record.rules import personal_problems
from qa_service.knowledge.pairs.service import find_pair
from qa_service.knowledge.review.plan_proposals import open_plan
from qa_service.knowledge.task_models import Task, TaskKind
from qa_service.knowledge.tasks.service import TaskContent, open_task, report_done
from qa_service.knowledge.upkeep_models import Contradiction, ReworkTask
from qa_service.services import Services, corpus_words
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Gate, PairStatus, Role, Stage

HASH = re.compile(r'name="seen_hash" value="([0-9a-f]{64})"')
PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(200))
ASKER = {"name": PLANTED["name"], "phone": PLANTED["mobile"]}
KNOWN = "社保卡丢了怎么补办？"
ANSWER = {
    "answer": "目前没有火星养老院，请在本区养老服务平台预约。",
    "phone_script": "请在本区养老服务平台预约。",
    "effective_from": "2026-11-01",
    "field": "养老",
}


class Doors:
    """The service before two people with keys and one with a browser, all with every right.

    ``refused`` lists what was not taken.
    """

    def __init__(
        self, services: Services, client: TestClient, browser: Browser, *people: Headers
    ) -> None:
        self.refused: list[str] = []
        self.reports: list[bytes] = []
        """The reports of the files that were imported."""
        self._services, self._client, self.browser = services, client, browser
        self._people = people
        self._numbers = count(1)

    def ask(self, said: str) -> None:
        """A question, its ids, a search, a complaint, a question of the page."""
        question = f"请问，{said}，火星养老院怎么约"
        body = {"question": question, "channel": "hotline", "external_id": said}
        if said.isascii():
            ids = {"X-Request-Id": said, "Idempotency-Key": said}
            answer = self._send("POST", "/consultations", body, **ids)
            assert answer.status_code < 500
        self._rest("/consultations", body)
        bounds = {"audience": said, "region": said}
        self._form("/consultations", question=question, **bounds)
        found = self._client.get(f"{API}/search", params={"q": question}, headers=self._people[0])
        self._note("/search", found.status_code in (200, 422), found.text)
        self._rest("/corrections", {"qa_id": 1, "complaint": question})
        self._form("/consultations", question=question)
        self._at_desk(said)

    def _at_desk(self, said: str) -> None:
        """A question that a citizen leaves at the public desk."""
        services = self._services
        services.settings.desk_work, services.settings.desk_per_minute = 100, 1_000_000
        services.settings.desk_writes_per_hour = 10_000
        hidden = desk_forms.form_of(self._client.get("/desk/ask"))
        fields = {**hidden, "question": f"请问，{said}，火星养老院怎么约", "still": "yes"}
        answer = self._client.post("/desk/ask", data=fields)
        self._note("/desk/ask", answer.status_code == 200, answer.text)

    def entry(self, text: str, mild: str) -> None:
        """Reasons, opinions and notes of the ledger; ``mild`` holds no number that is refused."""
        late = {"received_at": "2026-11-20T16:30:00+08:00", "reason": text[:500]}
        question = f"火星第{next(self._numbers)}养老院怎么约"
        self._rest("/consultations", {"question": question, "channel": "hotline", "late": late})
        lead, joined, number = self._registered(), self._registered(), next(self._numbers)
        reply = {**ANSWER, "question": f"火星第{number}养老院如何预约", "is_public": True}
        unit = {"unit": "human-resources"}
        self._move(lead, "assign", text, **unit)
        self._move(lead, "return", text)
        self._move(lead, "assign", text, **unit, helpers=["education"])
        self._move(joined, "join", text, lead=lead)
        self._move(lead, "accept", text)
        self._move(lead, "opinion", text, opinion=text)
        self._move(lead, "extension-request", text)
        self._move(lead, "extend", text, workdays=1)
        self._move(lead, "urge", text)
        self._move(lead, "contact", text)
        short = {"reason": text, "phone": "123", "phone_reason": text}
        self._rest(f"/ledger/{joined}/contact", short, method="PUT")
        self._move(lead, "reply", text, **reply, no_basis_reason=mild)
        self._move(lead, "review", text, by=1, approve=False, reply=1)
        private = {"is_public": False, "private_reason": mild, "no_basis_reason": mild}
        self._move(lead, "reply", text, **{**reply, **private})
        self._move(lead, "reply", text, **reply, no_basis_reason=mild)
        approval = {"approve": True, "reply": 3, "statements": AFFIRMED}
        self._move(lead, "review", "", by=1, **approval, despite_advice=True)
        self._move(lead, "callbacks", text, outcome="not_reached", note=text)
        self._move(lead, "decline", text)
        self._move(joined, "void", text)

    def pair(self, text: str) -> None:
        """Reasons of a limited audience, of a return, of a missing basis, of a withdrawal."""
        question = f"火星第{next(self._numbers)}号矿场的补贴怎么领"
        limited = {"audience": "优抚对象", "limited_reason": text}
        content = {**ANSWER, "unit": "human-resources", "question": question, **limited}
        self._expected(content, text)
        path = f"/qa-pairs/{self._rest('/qa-pairs', content).get('qa_id', 0)}"
        page = path.replace("/qa-pairs", "/pairs")
        self._rest(f"{path}/submit", {"despite_advice": True})
        seen = HASH.search(self.browser.get(f"{page}/review").text)
        returned = {"stage": "first", "verdict": "return", "reason": text}
        self._rest(f"{path}/reviews", returned | {"seen_hash": seen[1] if seen else ""}, by=1)
        self._rest(f"{path}/submit", {"despite_advice": True})
        self._form(f"{page}/ground", ground=text, seen_hash=seen[1] if seen else "")
        with session_scope(self._services.database) as session:
            for stage in Stage:
                pair = find_pair(session, int(path.split("/")[2]))
                reviewing.sign_next(session, pair, stage, now=self._services.clock.now())
        self._form(f"{page}/withdraw", reason=text)

    def _expected(self, content: dict[str, Any], text: str) -> None:
        """Expected questions with a person's number, which are refused as other wordings are."""
        if not list(personal_problems({"expected_questions": text})):
            return
        answer = self._send("POST", "/qa-pairs", {**content, "expected_questions": [text]})
        self._note("/qa-pairs", answer.status_code == 422, answer.text)

    def policy(self, text: str) -> None:
        """Reasons of a document that is not public, of a correction, of its end, of its return."""
        number = f"某政发〔2026〕{900 + next(self._numbers)}号"
        new = {"key": number, "title": "某区试行办法", "document_number": number}
        secret = {"public_kind": "依申请公开", "public_reason": text, "is_public": False}
        self._rest("/policies", {**new, **secret, "issuer": "某区政府", "validity": "有效"})
        path = f"/policies/{self._stored(_cited)}"
        corrected = {"title": f"{new['title']}（{number}）", "reason": text}
        proposed = self._rest(path, corrected, method="PATCH")["correction"]
        no = {"correction": proposed["id"], "reason": text}
        self._rest(f"{path}/correction/refusal", no, by=1)
        ending = {"validity": "废止", "invalid_since": "2026-11-01", "reason": text}
        first = self._rest(path, ending, method="PATCH")["ending"]
        self._rest(f"{path}/ending/refusal", {"ending": first["id"], "reason": text}, by=1)
        second = self._rest(path, ending, method="PATCH")["ending"]
        self._rest(f"{path}/ending/confirmation", {"ending": second["id"]}, by=1)
        self._form(f"/upkeep/rework/{self._stored(_rework)}", outcome=text, evidence=text)
        self._rest(f"{path}/restoration", {"reason": text})

    def aside(self, text: str) -> None:
        """Where a call was transferred, and why another question needs nothing."""
        for path, name in (("transfer", "to"), ("dismissal", "reason")):
            body = {"question": KNOWN, "channel": "hotline", "asker": ASKER}
            asked = self._rest("/consultations", body)
            self._form(f"/consultations/{asked['id']}/{path}", **{name: text})

    def callback(self, text: str) -> None:
        """The note on a call about an answer that was withdrawn."""
        body = {"question": KNOWN, "channel": "hotline", "asker": ASKER}
        asked = self._rest("/consultations", body)
        told = asked["candidates"][0]["qa_id"]
        self._rest(f"/consultations/{asked['id']}/choice", {"qa_id": told})
        self._rest(f"/qa-pairs/{told}/withdraw", {"reason": text})
        self._form(f"/recalls/{asked['id']}/{told}", note=text)
        with session_scope(self._services.database) as session:
            pair = find_pair(session, told)
            pair.status = PairStatus.PUBLISHED
            session.add(pair)

    def draft(self, text: str) -> None:
        """A long form that was typed into and not submitted."""
        form, values = f"/pairs/new#{next(self._numbers)}", json.dumps([["answer", text]])
        answer = self.browser.post("/drafts", form=form, values=values)
        self._note("/drafts", answer.status_code == 204, answer.text)

    def link(self, text: str) -> None:
        """Where the link of an answer is sent, and what is typed there that is no address."""
        settings = self._services.settings
        settings.public_url, settings.sms_url = "https://qa.example", "https://sms.example"
        body = {"question": KNOWN, "channel": "hotline"}
        asked = self._rest("/consultations", body)
        told = asked["candidates"][0]["qa_id"]
        self._rest(f"/consultations/{asked['id']}/choice", {"qa_id": told})
        path = f"/consultations/{asked['id']}/link"
        self._form(path, channel="sms", to=PLANTED["mobile"])
        refused = self.browser.post(path, channel="sms", to=text)
        self._note(path, refused.status_code in (200, 422), refused.text)
        settings.sms_url = ""

    def file(self, text: str) -> None:
        """A file of pairs: the reason of one that is withdrawn, and an answer that is refused."""
        number = next(self._numbers)
        row = {**ANSWER, "unit": "human-resources", "basis": [], "variants": []}
        gone = {"status": "已撤回", "withdrawn_reason": text}
        rows = [
            {**row, "key": f"mars-{number}", "question": f"火星第{number}号渡口几点开船", **gone},
            {**row, "key": f"moon-{number}", "question": f"月球第{number}号渡口几点开船"}
            | {"answer": text},
        ]
        content = "\n".join(json.dumps(one, ensure_ascii=False) for one in rows).encode()
        for then in ("trial", "import", "report"):
            form = {"csrf_token": self.browser.token(), "kind": "pairs", "then": then}
            answer = self.browser.client.post(
                "/bank/import",
                data={**form, "keep_good_rows": "yes"},
                files={"file": ("问答.jsonl", content, "application/jsonl")},
            )
            # A row is refused, and the good one of the same file is kept.
            self._note("/bank/import", answer.status_code in (200, 422), answer.text)
        self.reports.append(answer.content)

    def lists(self, text: str) -> None:
        """Notes on word lists and on the stages of the review, and outcomes of contradictions."""
        words = corpus_words(self._services.settings)
        self._form("/words", dictionary=words.dictionary, synonyms=words.synonyms, note=text)
        self._form("/check-words", blocked="火星语", warned="", leaders="", note=text)
        gates = {"final-gates": [gate.value for gate in Gate], "final-role": "reviewer"}
        proofreading = {"final-proofreading": "shared"}
        self._form("/review-plan", stage=["final"], note=text, **gates, **proofreading)
        with session_scope(self._services.database) as session:
            plan = open_plan(session)
        self._form(f"/review-plan/{plan.id if plan else 0}", then="refuse", reason=text)
        number = next(self._numbers)
        now = self._services.clock.now()
        with session_scope(self._services.database) as session:
            pairs = session.exec(select(QAPair.id).order_by(QAPair.id)).all()
            first, second = list(combinations(pairs, 2))[number]
            row = Contradiction(first_id=first, second_id=second, found_at=now)
            session.add(row)
            session.flush()
            contradiction = row.id
        self._form(f"/contradictions/{contradiction}", outcome=text)

    def title(self, text: str) -> None:
        """The title of a picture."""
        number = next(self._numbers)
        data = {"csrf_token": self.browser.token(), "pair_id": "1", "kind": "infographic"}
        file = ("x.png", PICTURE + bytes([number % 256]), "image/png")
        answer = self.browser.client.post(
            "/media", data={**data, "title": text}, files={"file": file}
        )
        self._note("/media", answer.status_code == 303, answer.text)

    def notice(self, text: str) -> None:
        """The name of a notice of days off."""
        year = 2030 + next(self._numbers)
        days = {"days_off": f"{year}-01-01至{year}-01-03", "make_up_days": ""}
        self._form("/holidays", year=str(year), notice=text, then="save", **days)

    def circular(self, text: str) -> None:
        """The circular of an inspection package."""
        issued = self.browser.post("/reports/packages", until="2026-12-31")
        self._form(f"{issued.headers['location']}/notice", notice=text, seen="")

    def tasks(self, text: str) -> None:
        """Campaigns, tasks with their steps, alarms: what is asked, done and decided."""
        dates = {"begins_on": "2026-11-24", "ends_on": "2027-01-20"}
        typed = {"kind": "checklist", "title": text, "demand": text, **dates}
        self._form("/tasks/campaigns", units=["education"], **typed)
        task = self._stored(lambda session: session.exec(select(func.max(Task.id))).one())
        self._form(f"/tasks/{task}/supervise", then="void", reason=text, seen="1")
        number = next(self._numbers)
        now = self._services.clock.now()
        with session_scope(self._services.database) as session:
            unit = session.exec(select(Unit.id)).first() or 0
            content = TaskContent(TaskKind.MEDIA, unit, "图解", now.date() + timedelta(days=30))
            by = person("督查甲", Authority.of({Role.SUPERVISOR}))
            reported = open_task(session, content, actor=by, now=now)
            lead = person("承办甲", Authority.of({Role.UNIT}, unit))
            report_done(session, reported, outcome=text, evidence=text, seen=1, actor=lead, now=now)
            alarm = TopicAlarm(
                day=now.date() - timedelta(days=number),
                kind=AlarmKind.NO_MATCH,
                subject="*",
                count=9,
                expected=1,
                limit=4,
                raised_at=now,
            )
            session.add(alarm)
            session.flush()
            alarm_id = alarm.id
        self._form(f"/alarms/{alarm_id}", note=text)

    def _registered(self) -> str:
        question = f"火星第{next(self._numbers)}养老院怎么约"
        body = {"question": question, "channel": "hotline", "asker": ASKER}
        entry = self._rest("/consultations", body).get("ledger_entry") or {}
        return str(entry.get("number"))

    def _move(self, number: str, move: str, text: str, *, by: int = 0, **more: object) -> None:
        self._rest(f"/ledger/{number}/{move}", {"reason": text, **more}, by=by)

    def _rest(
        self, path: str, body: dict[str, Any], *, by: int = 0, method: str = "POST"
    ) -> dict[str, Any]:
        answer = self._send(method, path, body, by=by)
        self._note(path, answer.status_code in (200, 201), answer.text)
        found: dict[str, Any] = answer.json()
        return found

    def _send(
        self, method: str, path: str, body: dict[str, Any], *, by: int = 0, **more: str
    ) -> Any:
        headers = {**self._people[by], **more}
        return self._client.request(method, API + path, json=body, headers=headers)

    def _form(self, path: str, **fields: object) -> None:
        answer = self.browser.post(path, **fields)
        self._note(path, answer.status_code == 303, answer.text)

    def _note(self, path: str, is_taken: bool, answer: str) -> None:
        if not is_taken:
            told = re.search(r'role="alert".*?</div>', answer, re.DOTALL)
            self.refused.append(f"{path}: {told[0] if told else answer[:300]}")

    def _stored(self, find: Any) -> int:
        with session_scope(self._services.database, read_only=True) as session:
            return int(find(session))


def _cited(session: Session) -> int | None:
    """A document on which published answers rest."""
    statement = (
        select(PairBasis.document_id)
        .join(QAPair, col(QAPair.current_version_id) == PairBasis.version_id)
        .where(QAPair.status == PairStatus.PUBLISHED)
    )
    return session.exec(statement).first()


def _rework(session: Session) -> int | None:
    """A task that waits for its outcome."""
    statement = select(ReworkTask.id).where(col(ReworkTask.closed_at).is_(None))
    return session.exec(statement.order_by(col(ReworkTask.id).desc())).first()
