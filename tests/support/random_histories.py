"""Random months of consultations and ledger entries, made by the real services from a seed.

Entries are assigned, returned, handed to another unit, joined, extended in time and late, told,
closed, voided and undone; questions are told, transferred, set aside and undone; units are
merged, answers withdrawn and documents confirmed.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random

from actors import person
from desk import ANSWER, MORNING, OPERATOR, REVIEWER, SUPERVISOR, Desk, step, store_rule
from sqlmodel import Session, select

from qa_service.accounts.authority import Authority
from qa_service.accounts.models import Unit
from qa_service.accounts.units import find_unit
from qa_service.consultation.calls.outcomes import dismiss, transfer
from qa_service.consultation.choosing import new_choice, take_back
from qa_service.consultation.models import ChoiceOutcome, Consultation
from qa_service.errors import QAServiceError
from qa_service.knowledge.coverage.placing import place_topic
from qa_service.knowledge.models import PairChange, PolicyDocument, QAPair, QAVersion
from qa_service.knowledge.pairs.writing import put_in_force
from qa_service.knowledge.upkeep_models import Contradiction, Media, ReworkTask, Topic
from qa_service.ledger.deadlines import due_dates
from qa_service.ledger.models import Asker, LedgerEntry
from qa_service.ledger.routing import Route
from qa_service.ledger.service import Registration, register
from qa_service.ledger.units.changes import merge_units
from qa_service.ledger.workflow import assignment, closing, undoing, voiding
from qa_service.vocabulary import (
    CallOutcome,
    Channel,
    EntryKind,
    EntryState,
    MediaKind,
    PairStatus,
    PolicyArea,
    Role,
    RoutedBy,
    Satisfaction,
    Validity,
    Verdict,
)
from qa_service.workdays.calendar import WorkCalendar

AREAS = (None, PolicyArea.TAXATION, PolicyArea.ELDERLY_CARE, PolicyArea.INVESTMENT)
UNITS = ("pensions", "tax", "office")
BEGIN = datetime(2026, 6, 25, 15, 59, 30, tzinfo=MORNING.tzinfo)
"""Questions come in from then on, often at the first or the last second of a day in Beijing."""
NOW = datetime(2026, 11, 24, 10, tzinfo=MORNING.tzinfo)
DAYS = (NOW - BEGIN).days


@dataclass
class History:
    """Makes a history in ``session``; ``random`` decides everything."""

    session: Session
    calendar: WorkCalendar
    random: Random
    pairs: list[int] = field(default_factory=list)

    def write(self, entries: int = 45, consultations: int = 90) -> None:
        self._bank()
        starts = sorted(self._moment() for _ in range(entries))
        made: list[LedgerEntry] = []
        for at in starts:
            entry = self._entry(at)
            made.append(entry)
            self._life(entry, at, made)
        for _ in range(consultations):
            self._ask(self._moment())
        due_dates.mark_overdue(self.session, now=NOW)
        self._merge()
        self.session.flush()

    def _moment(self) -> datetime:
        day = BEGIN.replace(hour=0, minute=0, second=0) + timedelta(self.random.randrange(DAYS))
        edge = self.random.choice(((0, 0, 0), (23, 59, 59), (8, 30, 0), (17, 45, 12)))
        return day.replace(hour=edge[0], minute=edge[1], second=edge[2])

    def _entry(self, at: datetime) -> LedgerEntry:
        unit = find_unit(self.session, self.random.choice(UNITS))
        kind = self.random.choice((EntryKind.CONSULTATION,) * 3 + (EntryKind.CORRECTION,))
        searched = self._ask(at - timedelta(seconds=40), alone=True)
        is_consultation = kind is EntryKind.CONSULTATION
        registration = Registration(
            "外商投资项目怎么备案？",
            self.random.choice(AREAS),
            searched.id if is_consultation and self.random.random() < 0.8 else None,
            self._asker(),
            at,
            kind=kind,
            channel=self.random.choice((None, *Channel)),
            pair_id=None if is_consultation else self.random.choice(self.pairs),
        )
        return register(
            self.session,
            registration,
            route=Route(unit.id or 0, RoutedBy.SUPERVISOR),
            calendar=self.calendar,
            workdays=5,
            actor=OPERATOR,
            now=at,
        )

    def _asker(self) -> int | None:
        if self.random.random() < 0.4:
            return None
        asker = Asker(contact_masked="136****0000")
        self.session.add(asker)
        self.session.flush()
        return asker.id

    def _life(self, entry: LedgerEntry, at: datetime, made: list[LedgerEntry]) -> None:
        paces = self.random.choice(((1, 2, 7), (1, 7, 26, 60, 150)))
        for _ in range(self.random.randrange(14)):
            at += timedelta(hours=self.random.choice(paces))
            if at > NOW or entry.state in (EntryState.CLOSED, EntryState.VOIDED):
                return
            if self.random.random() < 0.5:
                due_dates.mark_overdue(self.session, now=at)
                self.session.refresh(entry)
            onwards = (self._forward,) * 9
            aside = (self._return, self._extend, self._join, self._void, self._undo)
            act = self.random.choice((*onwards, *aside))
            try:
                with self.session.begin_nested():
                    act(entry, at, made)
            except QAServiceError:
                self.session.refresh(entry)

    def _forward(self, entry: LedgerEntry, at: datetime, _made: list[LedgerEntry]) -> None:
        desk = Desk(self.session, at)
        match entry.state:
            case EntryState.ASSIGNED:
                desk.accept(entry)
            case EntryState.RETURNED:
                order = step(SUPERVISOR, at)
                unit = self.random.choice(UNITS)
                assignment.assign(self.session, entry, order, unit=unit)
            case EntryState.ACCEPTED:
                desk.draft(entry, replace(ANSWER, question=f"第{entry.id}类项目怎样备案"))
            case EntryState.DRAFTED:
                desk.approve(entry)
            case EntryState.APPROVED:
                reached = self.random.choice((CallOutcome.NOT_REACHED, CallOutcome.REACHED))
                rated = None
                if entry.asker_id and reached is CallOutcome.REACHED:
                    # Not drawn, so that a history stays what it is for its seed.
                    rated = (None, *Satisfaction)[(entry.id or 0) % 5]
                desk.call(entry, reached if entry.asker_id else CallOutcome.NO_CONTACT, rated)
            case EntryState.INFORMED:
                closing.decline_draft(
                    self.session, entry, step(REVIEWER, at, reason="个案，不入库")
                )

    def _return(self, entry: LedgerEntry, at: datetime, _made: list[LedgerEntry]) -> None:
        lead = person("承办甲", Authority.of({Role.UNIT}, entry.unit_id))
        assignment.return_entry(
            self.session,
            entry,
            step(lead, at, reason="不属本单位职责"),
            calendar=self.calendar,
            return_workdays=20,
        )
        if self.random.random() < 0.3:
            undoing.undo(self.session, entry, step(lead, at + timedelta(minutes=2)))
        elif self.random.random() < 0.7:
            self._forward(entry, at + timedelta(hours=1), [])

    def _extend(self, entry: LedgerEntry, at: datetime, _made: list[LedgerEntry]) -> None:
        order = step(SUPERVISOR, at, reason="需会商")
        days = self.random.choice((1, 3))
        due_dates.extend(
            self.session, entry, order, workdays=days, calendar=self.calendar, longest=10
        )
        if self.random.random() < 0.3:
            undoing.undo(self.session, entry, step(SUPERVISOR, at + timedelta(minutes=2)))

    def _join(self, entry: LedgerEntry, at: datetime, made: list[LedgerEntry]) -> None:
        lead = self.random.choice(made)
        assignment.join(self.session, entry, lead, step(SUPERVISOR, at))

    def _void(self, entry: LedgerEntry, at: datetime, _made: list[LedgerEntry]) -> None:
        if self.random.random() < 0.3:
            voiding.void(self.session, entry, step(SUPERVISOR, at, reason="重复登记"))

    def _undo(self, entry: LedgerEntry, at: datetime, made: list[LedgerEntry]) -> None:
        desk = Desk(self.session, at)
        if entry.state is EntryState.ASSIGNED:
            desk.accept(entry)
            undoing.undo(self.session, entry, step(desk.lead(entry), at + timedelta(minutes=3)))
        elif entry.state is EntryState.APPROVED:
            self._forward(entry, at, made)
            undoing.undo(self.session, entry, step(OPERATOR, at + timedelta(minutes=3)))

    def _ask(self, at: datetime, *, alone: bool = False) -> Consultation:
        random = self.random
        consultation = Consultation(
            id=f"{random.getrandbits(64):016x}",
            channel=random.choice(list(Channel)),
            question="社保卡丢了怎么补办？",
            area=random.choice(AREAS),
            verdict=random.choice(list(Verdict)),
            confidence=0.5,
            nearest_unit=random.choice((None, *UNITS)),
            operator="坐席甲",
            created_at=at,
            repeat_of=None if alone or random.random() < 0.9 else "ZX20260101-0001",
        )
        self.session.add(consultation)
        self.session.flush()
        if not alone and random.random() < 0.85:
            self._handle(consultation, at + timedelta(seconds=random.randrange(5, 400)))
        return consultation

    def _handle(self, consultation: Consultation, at: datetime) -> None:
        """Record what became of a question; some of it is undone, and then handled anew."""
        random = self.random
        outcome = random.choice((*ChoiceOutcome, *(ChoiceOutcome.TOLD,) * 6))
        match outcome:
            case ChoiceOutcome.TRANSFERRED:
                transfer(self.session, consultation, to="12333", actor=OPERATOR, now=at)
            case ChoiceOutcome.DISMISSED:
                dismiss(self.session, consultation, reason="同一问题", actor=OPERATOR, now=at)
            case _:
                choice = new_choice(consultation, outcome, actor=OPERATOR, now=at)
                # An answer told in the operator's own words names no pair of the bank.
                if outcome is ChoiceOutcome.TOLD and random.random() < 0.9:
                    choice.pair_id, choice.version = random.choice(self.pairs[:3]), 1
                self.session.add(choice)
                self.session.flush()
        if consultation.repeat_of is None and random.random() < 0.15:
            take_back(self.session, consultation, actor=OPERATOR, now=at + timedelta(minutes=2))
            if random.random() < 0.3:
                self._handle(consultation, at + timedelta(minutes=3))

    def _bank(self) -> None:
        store_rule(self.session)
        for number in range(8):
            self.pairs.append(self._pair(number))
        first, second = self.pairs[:2]
        for number, (found, settled) in enumerate(((-40, None), (-150, -100), (-60, -2))):
            self.session.add(
                Contradiction(
                    first_id=self.pairs[number],
                    second_id=self.pairs[number + 1],
                    found_at=NOW + timedelta(found),
                    settled_at=NOW + timedelta(settled) if settled else None,
                    settled_by="甲" if settled else None,
                )
            )
            closed = {"closed_at": NOW + timedelta(settled)} if settled else {}
            self.session.add(
                ReworkTask(
                    pair_id=self.pairs[number],
                    unit_id=self._pair_of(self.pairs[number]).unit_id,
                    reason="依据失效",
                    opened_at=NOW + timedelta(found),
                    **closed,
                )
            )
        self._media(first, approved=True)
        self._media(second, approved=False)
        known = ((None, Validity.REPEALED), (date(2026, 3, 1), Validity.IN_FORCE))
        for number, (confirmed, validity) in enumerate((*known, (date(2025, 3, 1), None))):
            self.session.add(
                PolicyDocument(
                    key=f"d{number}",
                    title=f"办法{number}",
                    document_number=f"甲府发〔2026〕{number + 5}号",
                    issuer="甲区人民政府",
                    validity=validity or self.random.choice(list(Validity)),
                    unit_id=find_unit(self.session, UNITS[number]).id,
                    confirmed_on=confirmed,
                )
            )
        for area, word in ((PolicyArea.TAXATION, "第1"), (PolicyArea.INVESTMENT, "没有的")):
            topic = Topic(key=word, area=area, name=word, keywords=[word])
            self.session.add(topic)
            self.session.flush()
            place_topic(self.session, topic)

    def _pair(self, number: int) -> int:
        unit = find_unit(self.session, self.random.choice(UNITS)).id or 0
        area = PolicyArea.TAXATION if number % 2 else PolicyArea.INVESTMENT
        status = self.random.choice((PairStatus.PUBLISHED,) * 3 + (PairStatus.WITHDRAWN,))
        pair = QAPair(
            key=f"p{number}",
            area=area,
            unit_id=unit,
            question_key=f"q{number}",
            status=status,
            effective_from=date(2026, 1, 1),
            review_by=self.random.choice((None, date(2026, 11, 1), date(2027, 1, 1))),
            confirmed_on=self.random.choice((None, date(2026, 10, 20), date(2026, 1, 2))),
            created_at=BEGIN,
            updated_at=BEGIN,
        )
        self.session.add(pair)
        self.session.flush()
        version = QAVersion(
            pair_id=pair.id or 0,
            number=1,
            question=f"第{number}个问题怎么办？",
            answer="按规定办理。",
            phone_script="按规定办理。",
            area=area,
            unit_id=unit,
            effective_from=date(2026, 1, 1),
            content_hash="x",
            has_blanks=self.random.random() < 0.5,
            author="甲",
            created_at=BEGIN,
        )
        self.session.add(version)
        self.session.flush()
        put_in_force(pair, version)
        for _ in range(self.random.randrange(3)):
            kind = self.random.choice((PairStatus.PUBLISHED, PairStatus.WITHDRAWN))
            change = PairChange(
                pair_id=pair.id or 0, kind=kind, version=1, revision=1, changed_at=self._moment()
            )
            self.session.add(change)
        return pair.id or 0

    def _pair_of(self, pair_id: int) -> QAPair:
        return self.session.get_one(QAPair, pair_id)

    def _media(self, pair_id: int, *, approved: bool) -> None:
        self.session.add(
            Media(
                pair_id=pair_id,
                kind=MediaKind.INFOGRAPHIC,
                title="图",
                checksum=f"{pair_id:064d}",
                content_type="image/png",
                size=1,
                uploaded_by="甲",
                uploaded_at=BEGIN,
                approved_at=BEGIN if approved else None,
            )
        )

    def _merge(self) -> None:
        """Merge one unit into another in some histories; its closed entries stay with it."""
        if self.random.random() < 0.5:
            units = [find_unit(self.session, key) for key in UNITS[:2]]
            admin = person("管理甲", Authority.of({Role.ADMIN}))
            merge_units(self.session, units[0], units[1], actor=admin, now=NOW)


def unit_keys(session: Session) -> dict[int | None, str]:
    return {unit.id: unit.key for unit in session.exec(select(Unit)).all()}
