import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from actors import person
from sqlalchemy import Engine, func, select

from qa_service.accounts.models import AuditEvent
from qa_service.clock import BEIJING
from qa_service.knowledge.exchange import batched_import
from qa_service.knowledge.exchange.batched_import import FileKind, ImportOrder, import_file
from qa_service.knowledge.exchange.import_report import (
    ImportBrokenOffError,
    ImportRefusedError,
    ImportReport,
    ImportUnconfirmedError,
)
from qa_service.knowledge.exchange.rows.source_row import SourceFile
from qa_service.knowledge.models import PolicyDocument
from qa_service.knowledge.pairs.listing import list_pairs
from qa_service.knowledge.pairs.queries import find_by_question_keys
from qa_service.knowledge.pairs.record.content import question_key
from qa_service.knowledge.pairs.service import withdraw_pair
from qa_service.knowledge.policies.service import find_policy
from qa_service.knowledge.review.check_words import set_check_words
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import ImportOutcome

NOW = datetime(2026, 11, 24, 10, tzinfo=BEIJING)
BY = person("甲")


def pair(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "key": f"k{number}",
        "field": "养老",
        "unit": "pensions",
        "question": f"第{number}种养老金怎么领？",
        "variants": [],
        "answer": "到社保局领。",
        "phone_script": "到社保局领。",
        "effective_from": "2025-01-01",
        "basis": ["养老办法"],
        **changes,
    }


class Counter:
    """Imports files in batches of two rows."""

    def __init__(self, bank: Engine, folder: Path) -> None:
        self.bank = bank
        self.folder = folder

    def take(
        self, *rows: dict[str, Any], between: Callable[[], None] | None = None, **options: Any
    ) -> ImportReport:
        path = self.folder / "in.jsonl"
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        path.write_text("\n".join(lines), encoding="utf-8")
        order = ImportOrder(
            **{"kind": FileKind.PAIRS, "by": BY, "now": NOW, "publish": True} | options
        )
        checked = len(rows)

        def progress(done: int, _total: int) -> None:
            if between is not None and done > checked:
                between()

        return import_file(self.bank, SourceFile(path, "问答.jsonl"), order, progress=progress)

    def keys(self) -> set[str]:
        with session_scope(self.bank, read_only=True) as session:
            return {view.key for view in list_pairs(session, day=NOW.date(), limit=1000).items}

    def count(self, table: Any) -> int:
        with session_scope(self.bank, read_only=True) as session:
            return session.execute(select(func.count()).select_from(table)).scalar_one()


@pytest.fixture
def counter(bank: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Counter:
    monkeypatch.setattr(batched_import, "WRITTEN_ROWS", 2)
    monkeypatch.setattr(batched_import, "BATCH", 2)
    monkeypatch.setattr(batched_import, "FEWEST_ROWS", 2)
    monkeypatch.setattr(batched_import, "let_others_write", lambda _database: None)
    return Counter(bank, tmp_path)


class TestChecking:
    def test_a_trial_run_needs_no_turn_of_writing(self, counter: Counter) -> None:
        with session_scope(counter.bank) as writer:
            writer.connection()  # holds SQLite's one write lock meanwhile
            report = counter.take(pair(1), pair(2), pair(3), is_trial=True)
        assert (report.added, counter.keys()) == (3, set())

    def test_a_file_that_changes_nothing_needs_no_turn_of_writing(self, counter: Counter) -> None:
        counter.take(pair(1), pair(2), pair(3))
        with session_scope(counter.bank) as writer:
            writer.connection()
            assert counter.take(pair(1), pair(2), pair(3)).unchanged == 3

    def test_a_bad_row_at_the_end_leaves_nothing_of_the_file(self, counter: Counter) -> None:
        rows = [*map(pair, range(5)), pair(9, unit="nobody")]
        with pytest.raises(ImportRefusedError) as caught:
            counter.take(*rows)
        assert caught.value.report.refused == 1
        assert (counter.keys(), counter.count(AuditEvent)) == (set(), 0)

    @pytest.mark.parametrize(
        ("last", "reason"),
        [
            (pair(0), "与第1行是同一条问答"),
            (pair(9, question="第0种养老金怎么领?"), "标准问题与第1行相同"),
            (pair(9, key=None, question="第1种养老金怎么领？"), "与第2行是同一条问答"),
        ],
    )
    def test_a_row_is_checked_against_rows_of_earlier_batches(
        self, counter: Counter, last: dict[str, Any], reason: str
    ) -> None:
        with pytest.raises(ImportRefusedError) as caught:
            counter.take(*map(pair, range(5)), last)
        assert reason in caught.value.report.rows[-1].reason

    def test_a_row_may_take_over_a_question_that_an_earlier_batch_gives_up(
        self, counter: Counter
    ) -> None:
        counter.take(*map(pair, range(3)))
        moved = [pair(0, question="养老金啥时候发？"), pair(1), pair(2)]
        report = counter.take(*moved, pair(9, question="第0种养老金怎么领？"))
        assert [row.outcome for row in report.rows] == [
            ImportOutcome.CHANGED,
            ImportOutcome.UNCHANGED,
            ImportOutcome.UNCHANGED,
            ImportOutcome.ADDED,
        ]

    def test_every_fault_of_a_row_is_told_at_once(self, counter: Counter) -> None:
        bad = pair(1, unit="nobody", basis=["没有的"], answer="", effective_from="明天")
        with pytest.raises(ImportRefusedError) as caught:
            counter.take(bad)
        (row,) = caught.value.report.rows
        for column in ("unit", "basis", "answer", "effective_from"):
            assert column in row.cell


class TestPreChecks:
    """What may not be told is published by no file; what a person decides is told first."""

    @pytest.fixture
    def words(self, counter: Counter) -> Counter:
        with session_scope(counter.bank) as session:
            set_check_words(
                session,
                blocked="甲乙邪说",
                warned="贫困户",
                leaders="",
                note="初版",
                by=BY,
                now=NOW,
            )
        return counter

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("内部资料，不得外传。", "涉密标志“内部资料”"),
            ("这是甲 乙 邪 说。", "“甲乙邪说”在禁用词表中"),
        ],
    )
    @pytest.mark.parametrize("column", ["answer", "phone_script", "question"])
    def test_a_row_with_a_mark_or_a_blocked_word_is_not_published(
        self, words: Counter, column: str, text: str, told: str
    ) -> None:
        rows = [pair(1), pair(2, **{column: text})]
        for options in ({}, {"is_trial": True}, {"despite_advice": True}):
            with pytest.raises(ImportRefusedError) as caught:
                words.take(*rows, **options)
            refused = caught.value.report.rows[1]
            assert (refused.outcome, column in refused.cell) == (ImportOutcome.REFUSED, True)
            assert told in refused.reason
        assert words.take(*rows, keep_good_rows=True).added == 1
        assert words.keys() == {"k1"}

    def test_a_stored_pair_does_not_get_one_by_a_file(self, words: Counter) -> None:
        words.take(pair(1))
        with pytest.raises(ImportRefusedError, match="1 行不能导入"):
            words.take(pair(1, answer="机密文件在社保局领。"))

    def test_a_draft_with_one_is_kept_and_its_row_says_so(self, words: Counter) -> None:
        report = words.take(pair(1, answer="内部资料，不得外传。"), publish=False)
        assert (report.added, report.to_confirm) == (1, 0)
        assert "含有涉密标志“内部资料”" in report.rows[0].note

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("贫困户到社保局领。", "“贫困户”在提示词表中"),
            ("找王建国同志领，住和平路12号3栋501室。", "疑似含有个人"),
            ("到社保局领，金额为【本地：元】。", "本地内容尚未填写"),
        ],
    )
    def test_advice_is_told_before_anything_is_published(
        self, words: Counter, text: str, told: str
    ) -> None:
        rows = [pair(1), pair(2, answer=text)]
        assert told in words.take(*rows, is_trial=True).rows[1].note
        with pytest.raises(ImportUnconfirmedError, match="1 行在发布前须核对") as caught:
            words.take(*rows)
        assert told in caught.value.report.rows[1].note
        assert (words.keys(), words.count(AuditEvent)) == (set(), 1)
        report = words.take(*rows, despite_advice=True)
        assert (report.added, report.to_confirm) == (2, 1)
        assert told in report.rows[1].note
        assert words.take(*rows).unchanged == 2


class TestWriting:
    def test_others_write_between_two_batches(self, counter: Counter) -> None:
        seen: list[int] = []

        def write() -> None:
            with session_scope(counter.bank) as other:
                other.connection()
                seen.append(len(find_by_question_keys(other, [])))

        assert counter.take(*map(pair, range(7)), between=write).added == 7
        assert len(seen) == 4
        assert counter.count(AuditEvent) == 1

    def test_rows_of_the_good_are_written_where_bad_ones_are_left_out(
        self, counter: Counter
    ) -> None:
        rows = [pair(0), pair(1, unit="nobody"), pair(2), pair(3)]
        report = counter.take(*rows, keep_good_rows=True)
        assert (report.added, report.refused) == (3, 1)
        assert counter.keys() == {"k0", "k2", "k3"}

    def test_an_import_that_stops_tells_what_was_written_and_goes_on_later(
        self, counter: Counter
    ) -> None:
        rows = [pair(number) for number in range(5)]
        other = pair(0, key="other", question=rows[3]["question"])
        (counter.folder / "other").mkdir()
        own = Counter(counter.bank, counter.folder / "other")
        taken: list[int] = []

        def take_the_question() -> None:
            if not taken:
                taken.append(1)
                own.take(other)

        with pytest.raises(ImportBrokenOffError) as caught:
            counter.take(*rows, between=take_the_question)
        report = caught.value.report
        assert (report.added, report.refused) == (2, 3)
        assert f"问答“{rows[3]['question']}”" in report.rows[3].reason
        assert "再次导入" in report.rows[4].reason
        assert "已写入 2 行" in caught.value.message
        assert counter.keys() == {"k0", "k1", "other"}
        with session_scope(counter.bank) as session:
            (found,) = find_by_question_keys(session, [question_key(other["question"])])
            withdraw_pair(session, found, "重复", now=NOW)
        again = counter.take(*rows)
        assert (again.unchanged, again.added) == (2, 3)


class TestPolicies:
    def policies(self, *numbers: int) -> list[dict[str, Any]]:
        return [
            {
                "key": f"新办法{number}",
                "title": f"新办法{number}",
                "document_number": f"试〔2026〕{number}号",
                "issuer": "甲部",
                "validity": "有效",
            }
            for number in numbers
        ]

    def test_a_trial_run_of_policies_needs_no_turn_of_writing(self, counter: Counter) -> None:
        before = counter.count(PolicyDocument)
        with session_scope(counter.bank) as writer:
            writer.connection()
            report = counter.take(*self.policies(1, 2, 3), kind=FileKind.POLICIES, is_trial=True)
        assert (report.added, counter.count(PolicyDocument)) == (3, before)

    def test_policies_are_written_and_audited_under_the_person(self, counter: Counter) -> None:
        rows = self.policies(1, 2, 3)
        assert counter.take(*rows, kind=FileKind.POLICIES).added == 3
        assert counter.take(*rows, kind=FileKind.POLICIES).unchanged == 3
        with session_scope(counter.bank, read_only=True) as session:
            names = session.execute(select(AuditEvent.actor)).scalars().all()
        assert set(names) == {"甲"}

    def test_one_bad_policy_leaves_nothing(self, counter: Counter) -> None:
        before = counter.count(PolicyDocument)
        bad = {**self.policies(4)[0], "validity": "现行", "issuer": ""}
        with pytest.raises(ImportRefusedError) as caught:
            counter.take(*self.policies(1, 2, 3), bad, kind=FileKind.POLICIES)
        assert "validity" in caught.value.report.rows[3].cell
        assert "issuer" in caught.value.report.rows[3].cell
        assert counter.count(PolicyDocument) == before

    @pytest.mark.parametrize("is_trial", [True, False], ids=["trial", "earnest"])
    def test_an_end_before_the_document_takes_effect_is_refused_with_its_row(
        self, counter: Counter, is_trial: bool
    ) -> None:
        counter.take(pair(1))
        with session_scope(counter.bank) as session:
            document = find_policy(session, "养老办法")
            document.effective_from = date(2027, 1, 1)
            session.add(document)
        row = {**self.policies(1)[0], "key": "养老办法", "title": "养老办法"}
        ended = {**row, "document_number": "试〔2020〕1号", "validity": "废止"}
        with pytest.raises(ImportRefusedError) as caught:
            counter.take(ended, kind=FileKind.POLICIES, is_trial=is_trial)
        (refused,) = caught.value.report.rows
        assert ("invalid_since" in refused.cell, "施行日期（2027-01-01）" in refused.reason) == (
            True,
            True,
        )
