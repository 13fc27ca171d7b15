"""One-time links: who gets one, what it opens, and what every attack on it finds."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from actors import person
from desk import ANSWER, MORNING, Desk, member, step, store_rule
from ledger_fixtures import Register
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from qa_service.accounts.authority import Authority
from qa_service.accounts.models import AuditEvent, Unit
from qa_service.ledger.models import LedgerEntry, LedgerEvent, ReplyLink
from qa_service.ledger.replies.reply_links import ReplyLinkError, open_link, token_of
from qa_service.ledger.workflow import assignment, replies
from qa_service.ledger.workflow.linked_replies import LinkRefusedError, send_link, take_reply
from qa_service.ledger.workflow.replies import InvalidReplyError, OwnReplyError
from qa_service.ledger.workflow.transitions import TransitionNotPermittedError
from qa_service.ledger.workflow.undoing import undo
from qa_service.ledger.workflow.voiding import void
from qa_service.outbox.models import OutboxEvent
from qa_service.storage.encryption import FieldCipher
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import AuditAction, EntryState, PolicyArea, Role, Statement

CIPHER = FieldCipher({1: b"k" * 32})
OTHER_CIPHER = FieldCipher({1: b"x" * 32})
SENDER = person("督查甲", Authority.of({Role.SUPERVISOR, Role.REVIEWER}))
REVIEWER = person("审核乙", Authority.of({Role.REVIEWER}))
ADDRESS = "https://zhengce.example.cn/qa"
HOURS = 72


@pytest.fixture
def session(ledger: Engine) -> Iterator[Session]:
    with session_scope(ledger) as opened:
        for unit in opened.exec(select(Unit)).all():
            unit.email = f"{unit.key}@example.cn"
            opened.add(unit)
        store_rule(opened)
        yield opened


@pytest.fixture
def entry(session: Session, enter: Register) -> LedgerEntry:
    return enter(session, MORNING, area=PolicyArea.ELDERLY_CARE)


def send(session: Session, entry: LedgerEntry, now: datetime = MORNING) -> ReplyLink:
    send_link(session, entry, step(SENDER, now), cipher=CIPHER, hours=HOURS, address=ADDRESS)
    return session.exec(select(ReplyLink).order_by(col(ReplyLink.id).desc())).all()[0]


def take(session: Session, token: str, now: datetime = MORNING) -> object:
    return take_reply(session, token, ANSWER, cipher=CIPHER, now=now)


def is_open(session: Session, token: str, now: datetime = MORNING) -> bool:
    try:
        open_link(session, token, cipher=CIPHER, now=now)
    except ReplyLinkError:
        return False
    return True


class TestSending:
    def test_mails_the_unit_a_link_that_the_history_does_not_hold(
        self, session: Session, entry: LedgerEntry
    ) -> None:
        link = send(session, entry)
        mail = session.exec(select(OutboxEvent).where(OutboxEvent.topic == "mail")).all()[-1]
        assert mail.payload["to"] == "pensions@example.cn"
        assert f"{ADDRESS}/reply/{token_of(link, CIPHER)}" in str(mail.payload["text"])
        events = session.exec(select(LedgerEvent)).all()
        assert not any("reply/" in f"{event.reason}{event.details}" for event in events)
        audited = select(AuditEvent).where(AuditEvent.action == AuditAction.REPLY_LINK)
        assert [one.details["then"] for one in session.exec(audited).all()] == ["发送"]

    def test_is_for_supervisors_while_the_unit_owes_a_reply(
        self, session: Session, entry: LedgerEntry
    ) -> None:
        for actor in (REVIEWER, member(session, "pensions")):
            with pytest.raises(TransitionNotPermittedError):
                send_link(session, entry, step(actor), cipher=CIPHER, hours=HOURS, address=ADDRESS)
        Desk(session).accept(entry)
        Desk(session).draft(entry)
        with pytest.raises(LinkRefusedError):
            send(session, entry)

    def test_needs_the_units_mail_address(self, session: Session, entry: LedgerEntry) -> None:
        session.get_one(Unit, entry.unit_id).email = None
        with pytest.raises(LinkRefusedError, match="电子邮箱"):
            send(session, entry)


class TestReply:
    def test_waits_for_review_as_any_other(self, session: Session, entry: LedgerEntry) -> None:
        token = token_of(send(session, entry), CIPHER)
        take(session, token)
        assert entry.state is EntryState.DRAFTED
        reply = replies.last_reply(session, entry)
        assert reply is not None
        assert (reply.author, reply.author_person_id) == ("一次性链接（甲区社保局）", None)

    def test_is_not_approved_by_who_sent_the_link(
        self, session: Session, entry: LedgerEntry
    ) -> None:
        take(session, token_of(send(session, entry), CIPHER))
        every = list(Statement)
        with pytest.raises(OwnReplyError):
            replies.approve_reply(session, entry, step(SENDER), reply=1, statements=every)
        replies.approve_reply(session, entry, step(REVIEWER), reply=1, statements=every)
        assert entry.state is EntryState.APPROVED

    def test_that_is_refused_leaves_the_link_valid(
        self, session: Session, entry: LedgerEntry
    ) -> None:
        token = token_of(send(session, entry), CIPHER)
        with pytest.raises(InvalidReplyError), session.begin_nested():
            take_reply(session, token, replace(ANSWER, answer=""), cipher=CIPHER, now=MORNING)
        session.expire_all()
        assert entry.state is EntryState.ASSIGNED
        assert is_open(session, token)


class TestAttacks:
    def test_a_link_is_used_once(self, session: Session, entry: LedgerEntry) -> None:
        token = token_of(send(session, entry), CIPHER)
        take(session, token)
        assert not is_open(session, token)
        replies.send_back(session, entry, step(REVIEWER, reason="请补充材料"), reply=1)
        assert entry.state is EntryState.ACCEPTED
        assert not is_open(session, token)

    def test_it_expires(self, session: Session, entry: LedgerEntry) -> None:
        token = token_of(send(session, entry), CIPHER)
        assert is_open(session, token, MORNING + timedelta(hours=HOURS, seconds=-1))
        assert not is_open(session, token, MORNING + timedelta(hours=HOURS))

    def test_guessing_and_changing_it_finds_nothing(
        self, session: Session, entry: LedgerEntry, enter: Register
    ) -> None:
        token = token_of(send(session, entry), CIPHER)
        number, signature = token.split("-")
        other = enter(session, MORNING, area=PolicyArea.ELDERLY_CARE)
        foreign = token_of(send(session, other), CIPHER).split("-")[0]
        for forged in (
            f"{foreign}-{signature}",
            f"{number}-{'0' * 64}",
            f"{number}-{signature[:-1]}",
            f"{number}-{signature.upper()}",
            f"0{number}-{signature}",
            f"{number}-{signature}\n",
            f"٣-{signature}",
            "999999999-" + signature,
            "9999999999999-" + signature,
            f"-{signature}",
            number,
            "",
            token_of(session.get_one(ReplyLink, int(number)), OTHER_CIPHER),
        ):
            assert (forged, is_open(session, forged)) == (forged, False)
        assert is_open(session, token)

    def test_a_row_whose_days_were_moved_is_no_longer_signed(
        self, session: Session, entry: LedgerEntry
    ) -> None:
        link = send(session, entry)
        token = token_of(link, CIPHER)
        link.expires_at += timedelta(days=300)
        session.flush()
        assert not is_open(session, token)

    def test_a_newer_link_takes_the_place_of_an_older(
        self, session: Session, entry: LedgerEntry
    ) -> None:
        older = token_of(send(session, entry), CIPHER)
        newer = token_of(send(session, entry), CIPHER)
        assert [is_open(session, one) for one in (older, newer)] == [False, True]

    def test_after_the_entry_is_voided_or_withdrawn_it_opens_nothing(
        self, session: Session, enter: Register
    ) -> None:
        voided = enter(session, MORNING, area=PolicyArea.ELDERLY_CARE)
        withdrawn = enter(session, MORNING, area=PolicyArea.ELDERLY_CARE)
        tokens = [token_of(send(session, one), CIPHER) for one in (voided, withdrawn)]
        void(session, voided, step(SENDER, reason="测试登记"))
        undo(session, withdrawn, step(person("坐席甲")))
        assert [is_open(session, token) for token in tokens] == [False, False]

    def test_after_the_entry_went_to_another_unit_it_opens_nothing(
        self, session: Session, entry: LedgerEntry
    ) -> None:
        token = token_of(send(session, entry), CIPHER)
        assignment.assign(session, entry, step(SENDER), unit="tax", helpers=[])
        assert not is_open(session, token)

    def test_it_opens_one_entry_alone(
        self, session: Session, entry: LedgerEntry, enter: Register
    ) -> None:
        other = enter(session, MORNING, area=PolicyArea.ELDERLY_CARE)
        token = token_of(send(session, entry), CIPHER)
        take(session, token)
        assert (entry.state, other.state) == (EntryState.DRAFTED, EntryState.ASSIGNED)
