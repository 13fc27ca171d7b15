import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from actors import person
from pension_pair import CONTENT
from reviewing import give_ground, sign_next
from sqlalchemy import Engine

from qa_service.accounts.authority import Authority
from qa_service.clock import BEIJING
from qa_service.knowledge.coverage.counting import PairProgress
from qa_service.knowledge.coverage.topics import TopicContent, coverage, save_topic
from qa_service.knowledge.exchange import importer
from qa_service.knowledge.exchange.import_report import ImportRefusedError, ImportReport
from qa_service.knowledge.exchange.importer import import_pairs
from qa_service.knowledge.exchange.rows.readers import read_rows
from qa_service.knowledge.pairs.ids import changed_ids
from qa_service.knowledge.pairs.listing import list_pairs
from qa_service.knowledge.pairs.queries import (
    PairView,
    find_by_keys,
    pair_content,
)
from qa_service.knowledge.pairs.service import draft_pair, edit_pair, withdraw_pair
from qa_service.knowledge.policies.service import find_policy
from qa_service.knowledge.review.plan import MAIN_STAGES
from qa_service.knowledge.review.service import submit
from qa_service.knowledge.revision import bank_stamp
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import ImportOutcome, PairStatus, PolicyArea, Role, Stage

NOW = datetime(2026, 11, 24, 10, tzinfo=BEIJING)


def pair(key: str | None = "a", question: str = "养老金怎么领？", **changes: Any) -> dict[str, Any]:
    return {
        "key": key,
        "field": "养老",
        "unit": "pensions",
        "question": question,
        "variants": ["咋领养老金"] if question == "养老金怎么领？" else [],
        "answer": "到社保局领。",
        "phone_script": "到社保局领。",
        "effective_from": "2025-01-01",
        "basis": [{"policy": "养老办法", "article": "第一条"}],
        **changes,
    }


class Desk:
    """Imports rows as a file into a bank and looks at what is there."""

    def __init__(self, bank: Engine, folder: Path) -> None:
        self.bank = bank
        self.path = folder / "in.jsonl"

    def take(self, *pairs: dict[str, Any], publish: bool = True, **options: Any) -> ImportReport:
        lines = [json.dumps(item, ensure_ascii=False) for item in pairs]
        self.path.write_text("\n".join(lines), encoding="utf-8")
        with session_scope(self.bank) as session:
            rows = read_rows(self.path)
            return import_pairs(session, rows, by=person("甲"), now=NOW, publish=publish, **options)

    def refusal(self, *pairs: dict[str, Any], **options: Any) -> ImportReport:
        with pytest.raises(ImportRefusedError) as caught:
            self.take(*pairs, **options)
        return caught.value.report

    def views(self) -> dict[str, PairView]:
        with session_scope(self.bank, read_only=True) as session:
            return {view.key: view for view in list_pairs(session, day=NOW.date()).items}

    def revision(self) -> int:
        with session_scope(self.bank, read_only=True) as session:
            return bank_stamp(session)[1]


@pytest.fixture
def desk(bank: Engine, tmp_path: Path) -> Desk:
    return Desk(bank, tmp_path)


def outcomes(report: ImportReport) -> Sequence[ImportOutcome]:
    return [row.outcome for row in report.rows]


class TestImportPairs:
    def test_stores_and_publishes_what_is_new(self, desk: Desk) -> None:
        report = desk.take(pair("a"), pair("b", "养老金啥时候发？"))
        assert outcomes(report) == [ImportOutcome.ADDED, ImportOutcome.ADDED]
        view = desk.views()["a"]
        assert view.showable
        assert view.content.variants == ("咋领养老金",)
        assert (view.citations[0].key, view.citations[0].article) == ("养老办法", "第一条")

    def test_the_same_file_again_changes_nothing(self, desk: Desk) -> None:
        rows = [
            pair("a"),
            pair(None, "养老金啥时候发？"),
            pair("c", "旧规定怎么说？", expires_on="2025-12-31"),
        ]
        desk.take(*rows)
        before, revision = desk.views(), desk.revision()
        assert set(outcomes(desk.take(*rows))) == {ImportOutcome.UNCHANGED}
        assert desk.views() == before
        assert desk.revision() == revision

    def test_a_changed_row_becomes_a_new_version(self, desk: Desk) -> None:
        desk.take(pair("a"))
        report = desk.take(pair("a", answer="到银行领。"))
        assert outcomes(report) == [ImportOutcome.CHANGED]
        view = desk.views()["a"]
        assert (view.version, view.content.answer, view.showable) == (2, "到银行领。", True)

    def test_changed_variants_alone_make_a_version_that_tells_the_same(self, desk: Desk) -> None:
        desk.take(pair("a"))
        told = desk.views()["a"].content.displayed_content_hash()
        desk.take(pair("a", variants=["养老金哪儿领", "咋领养老金"]))
        view = desk.views()["a"]
        assert (view.version, view.content.variants) == (2, ("养老金哪儿领", "咋领养老金"))
        assert view.content.displayed_content_hash() == told

    def test_as_drafts_it_changes_nothing_that_is_told(self, desk: Desk) -> None:
        desk.take(pair("a"))
        changed = pair("a", answer="到银行领。")
        report = desk.take(changed, pair("b", "养老金啥时候发？"), publish=False)
        assert outcomes(report) == [ImportOutcome.CHANGED, ImportOutcome.ADDED]
        assert "修改稿" in report.rows[0].note
        views = desk.views()
        assert (views["a"].content.answer, views["a"].has_draft) == ("到社保局领。", True)
        assert views["b"].status is PairStatus.DRAFT
        again = desk.take(changed, publish=False)
        assert outcomes(again) == [ImportOutcome.UNCHANGED]

    def test_a_cell_of_ten_megabytes_is_told_by_its_row(self, desk: Desk, tmp_path: Path) -> None:
        path = tmp_path / "big.csv"
        heading = "领域,承办单位,标准问题,答案,口播稿,生效日期\n"
        rows = [
            f"养老,pensions,第{number}个问题？,{'长' * length},口播,2026-01-01\n"
            for number, length in enumerate((3_500_000, 10))
        ]
        path.write_text(heading + "".join(rows), encoding="utf-8")
        with session_scope(desk.bank) as session:
            report = import_pairs(
                session,
                read_rows(path),
                by=person("甲"),
                now=NOW,
                publish=False,
                keep_good_rows=True,
            )
        assert outcomes(report) == [ImportOutcome.REFUSED, ImportOutcome.ADDED]
        assert "答案" in report.rows[0].cell
        assert "精简" in report.rows[0].reason

    def test_a_category_path_puts_the_pair_under_its_matter(self, desk: Desk) -> None:
        with session_scope(desk.bank) as session:
            content = TopicContent(PolicyArea.ELDERLY_CARE, "养老金领取", ("没有这个词",))
            save_topic(session, content)
        desk.take(pair("a", field="养老/养老金领取"))
        with session_scope(desk.bank, read_only=True) as session:
            found = {row.name: row for row in coverage(session, day=NOW.date())}
        assert found["养老金领取"].counts[PairProgress.PUBLISHED] == 1
        assert outcomes(desk.take(pair("a", field="养老/养老金领取"))) == [ImportOutcome.UNCHANGED]

    @pytest.mark.parametrize("path", ["养老/没有的", "纳税/养老金领取", "天文/养老金领取"])
    def test_a_category_path_that_does_not_exist_is_refused(self, desk: Desk, path: str) -> None:
        with session_scope(desk.bank) as session:
            save_topic(session, TopicContent(PolicyArea.ELDERLY_CARE, "养老金领取", ("领",)))
        assert "field" in desk.refusal(pair("a", field=path)).rows[0].cell

    def test_without_a_key_a_row_means_the_pair_that_asks_the_same(self, desk: Desk) -> None:
        desk.take(pair(None, "养老金怎么领？"))
        report = desk.take(pair(None, "養老金怎么领?", answer="到银行领。"))
        assert outcomes(report) == [ImportOutcome.CHANGED]
        assert len(desk.views()) == 1

    def test_takes_names_and_document_numbers_for_keys(self, desk: Desk) -> None:
        desk.take(pair("a", unit="甲区社保局", basis="试〔2020〕1号#第二条"))
        view = desk.views()["a"]
        assert view.content.unit == "pensions"
        assert (view.citations[0].key, view.citations[0].article) == ("养老办法", "第二条")

    def test_every_change_of_the_search_is_in_one_new_revision(self, desk: Desk) -> None:
        desk.take(pair("a"), pair("b", "养老金啥时候发？"))
        revision = desk.revision()
        assert revision == 1
        desk.take(pair("a", answer="到银行领。"), pair("b", "养老金啥时候发？"))
        with session_scope(desk.bank, read_only=True) as session:
            changed = changed_ids(session, after_revision=revision)
        assert changed == [desk.views()["a"].pair_id]

    def test_batches_know_of_each_other(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(importer, "BATCH", 2)
        rows = [pair(f"k{n}", f"第{n}种养老金怎么领？") for n in range(5)]
        told: list[tuple[int, int]] = []
        desk.take(*rows, progress=lambda done, total: told.append((done, total)))
        assert told == [(2, 5), (4, 5), (5, 5)]
        report = desk.refusal(*rows, pair("k0", "第0种养老金怎么领？"))
        assert report.rows[-1].reason == "与第1行是同一条问答，请删去一行"

    def test_a_row_may_take_over_a_question_the_file_changed_before(self, desk: Desk) -> None:
        desk.take(pair("a"))
        report = desk.take(pair("a", "养老金啥时候发？"), pair(None, "养老金怎么领？"))
        assert outcomes(report) == [ImportOutcome.CHANGED, ImportOutcome.ADDED]
        assert len(desk.views()) == 2


class TestRefusedRows:
    def test_one_bad_row_leaves_nothing_of_the_file(self, desk: Desk) -> None:
        report = desk.refusal(pair("a"), pair("b", "养老金啥时候发？", unit="nobody"))
        assert outcomes(report) == [ImportOutcome.ADDED, ImportOutcome.REFUSED]
        assert report.rows[1].cell == "第2行 unit"
        assert "没有承办单位“nobody”" in report.rows[1].reason
        assert desk.views() == {}

    def test_good_rows_can_be_kept(self, desk: Desk) -> None:
        rows = [pair("a", answer=""), pair("b", "养老金啥时候发？"), pair("c", basis=["没有的"])]
        report = desk.take(*rows, keep_good_rows=True)
        assert outcomes(report) == [
            ImportOutcome.REFUSED,
            ImportOutcome.ADDED,
            ImportOutcome.REFUSED,
        ]
        assert list(desk.views()) == ["b"]

    @pytest.mark.parametrize(
        "second", [pair("b", "养老金怎么領"), pair(None), pair("a", "别的怎么办？")]
    )
    def test_a_row_given_twice_names_the_other(self, desk: Desk, second: dict[str, Any]) -> None:
        report = desk.refusal(pair("a"), second)
        assert "第1行" in report.rows[1].reason

    def test_the_question_of_another_pair_names_that_pair(self, desk: Desk) -> None:
        desk.take(pair("a"))
        report = desk.refusal(pair("b"))
        assert f"问答“{pair('a')['question']}”" in report.rows[0].reason

    def test_a_document_number_of_two_documents_asks_for_the_key(self, desk: Desk) -> None:
        report = desk.refusal(pair("a", basis=["甲令第7号"]))
        assert "双号一、双号二" in report.rows[0].reason

    def test_a_published_pair_does_not_lose_its_ground_without_publish(self, desk: Desk) -> None:
        desk.take(pair("a"))
        desk.take(pair("a", basis=["旧办法"]), publish=False)
        view = desk.views()["a"]
        assert (view.showable, view.citations[0].key) == (True, "养老办法")


class TestStatus:
    def test_without_publish_new_pairs_are_drafts(self, desk: Desk) -> None:
        desk.take(pair("a"), publish=False)
        assert desk.views()["a"].status is PairStatus.DRAFT
        assert desk.revision() == 0

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"basis": ["旧办法"]}, "依据《旧办法》已废止"),
            ({"expires_on": "2026-11-23"}, "已于 2026-11-23 失效"),
            ({"basis": []}, "没有政策依据"),
        ],
    )
    def test_what_may_not_be_shown_is_kept_withdrawn_and_noted(
        self, desk: Desk, changes: dict[str, Any], reason: str
    ) -> None:
        report = desk.take(pair("a", **changes))
        view = desk.views()["a"]
        assert view.status is PairStatus.WITHDRAWN
        assert reason in (view.withdrawn_reason or "")
        assert reason in report.rows[0].note

    def test_a_published_pair_that_lost_its_ground_leaves_the_search(self, desk: Desk) -> None:
        desk.take(pair("a"))
        desk.take(pair("a", basis=["旧办法"]))
        assert desk.views()["a"].status is PairStatus.WITHDRAWN
        assert desk.revision() == 2

    def test_a_reason_for_a_lacking_basis_does_not_pass_to_the_new_content(
        self, desk: Desk
    ) -> None:
        with session_scope(desk.bank) as session:
            held = draft_pair(session, replace(CONTENT, basis=()), by=person("甲"), now=NOW)
            submit(session, held, by=person("甲"), now=NOW, despite_advice=True)
            second = person("丁", Authority.of({Role.SUPERVISOR}))
            give_ground(session, held, "领导小组会议已定，正式文件下周印发", by=second, now=NOW)
            for stage in (Stage.CONFIDENTIALITY, *MAIN_STAGES):
                sign_next(session, held, stage, now=NOW)
            key = held.key
        assert desk.views()[key].showable
        assert outcomes(desk.take(pair(key, CONTENT.question))) == [ImportOutcome.CHANGED]
        with session_scope(desk.bank) as session:
            document = find_policy(session, "养老办法")
            document.is_public = False
            session.add(document)
        view = desk.views()[key]
        assert (view.status, view.showable) == (PairStatus.PUBLISHED, False)

    def test_an_unchanged_row_does_not_bring_a_withdrawn_pair_back(self, desk: Desk) -> None:
        desk.take(pair("a"))
        with session_scope(desk.bank) as session:
            withdraw_pair(session, find_by_keys(session, ["a"])["a"], "口径有误", now=NOW)
        report = desk.take(pair("a", status="published"))
        assert outcomes(report) == [ImportOutcome.UNCHANGED]
        assert "口径有误" in report.rows[0].note
        assert desk.views()["a"].status is PairStatus.WITHDRAWN

    def test_the_file_may_withdraw_a_pair(self, desk: Desk) -> None:
        desk.take(pair("a"))
        desk.take(pair("a", status="已撤回", withdrawn_reason="口径有误"))
        view = desk.views()["a"]
        assert (view.status, view.withdrawn_reason) == (PairStatus.WITHDRAWN, "口径有误")

    def test_the_file_may_keep_a_draft(self, desk: Desk) -> None:
        desk.take(pair("a", status="draft"))
        assert desk.views()["a"].status is PairStatus.DRAFT

    def test_a_withdrawn_pair_does_not_block_its_question(self, desk: Desk) -> None:
        desk.take(pair("old", expires_on="2025-12-31"))
        report = desk.take(pair("old", expires_on="2025-12-31"), pair("new"))
        assert outcomes(report) == [ImportOutcome.UNCHANGED, ImportOutcome.ADDED]


class TestEditing:
    def test_an_edit_by_hand_after_an_import_keeps_its_version(self, desk: Desk) -> None:
        desk.take(pair("a"))
        with session_scope(desk.bank) as session:
            stored = find_by_keys(session, ["a"])["a"]
            content = pair_content(session, stored)
            assert content.effective_from == date(2025, 1, 1)
            assert not edit_pair(session, stored, content, by=person("乙"), now=NOW)
        assert desk.views()["a"].version == 1


class TestWordingsOfOtherPairs:
    TAKEN = pair("b", "社保卡丢了咋整？", variants=["养老金 怎么领呢"])

    def test_are_refused_by_row_where_the_file_publishes(self, desk: Desk) -> None:
        desk.take(pair("a"))
        (row,) = desk.refusal(self.TAKEN).rows
        assert row.outcome is ImportOutcome.REFUSED
        assert "养老金怎么领？" in row.reason

    def test_are_refused_within_the_file_too(self, desk: Desk) -> None:
        rows = desk.refusal(self.TAKEN, pair("a")).rows
        assert outcomes(ImportReport(rows)) == [ImportOutcome.ADDED, ImportOutcome.REFUSED]
        assert "第1行" in rows[1].reason

    def test_are_told_by_row_where_it_makes_drafts_or_is_for_others(self, desk: Desk) -> None:
        desk.take(pair("a"))
        report = desk.take(self.TAKEN, publish=False)
        assert "养老金怎么领？" in report.rows[0].note
        others = {**self.TAKEN, "key": "c", "question": "军人社保卡？", "audience": "退役军人"}
        assert "养老金怎么领？" in desk.take(others).rows[0].note

    def test_may_be_passed_on_to_another_pair_in_one_file(self, desk: Desk) -> None:
        desk.take(pair("a"))
        given_up = pair("a", variants=[])
        takes = pair("b", "社保卡丢了咋整？", variants=["咋领养老金"])
        assert outcomes(desk.take(given_up, takes)) == [ImportOutcome.CHANGED, ImportOutcome.ADDED]
