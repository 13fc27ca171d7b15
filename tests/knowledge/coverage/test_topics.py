import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from actors import person
from openpyxl import load_workbook
from pension_pair import CONTENT, NOW
from reviewing import publish_pair
from scratch_service import REPOSITORY
from small_corpus import lay, sound_corpus
from sqlalchemy import Engine, update
from sqlmodel import Session, col

from qa_service.knowledge.coverage.counting import PairProgress, PublishedCounts
from qa_service.knowledge.coverage.shares import shares_by_unit, whole_share
from qa_service.knowledge.coverage.topics import (
    Coverage,
    InvalidTopicError,
    TopicContent,
    TopicNotFoundError,
    coverage,
    delete_topic,
    save_topic,
)
from qa_service.knowledge.exchange.corpus.completeness import topic_counts
from qa_service.knowledge.exchange.corpus.topic_rows import load_topics
from qa_service.knowledge.exchange.coverage_workbook import coverage_workbook
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.pairs.service import draft_pair, publish_reviewed, withdraw_pair
from qa_service.knowledge.review.service import submit
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PairStatus, PolicyArea

ALLOWANCE = TopicContent(PolicyArea.ELDERLY_CARE, "高龄津贴", ("高龄", "八十岁"))


@pytest.fixture
def session(bank: Engine) -> Iterator[Session]:
    with session_scope(bank) as opened:
        yield opened


def rows(session: Session) -> dict[str, Coverage]:
    return {row.name: row for row in coverage(session, day=NOW.date())}


class TestCoverage:
    def test_counts_each_pair_by_where_it_stands(self, session: Session) -> None:
        save_topic(session, ALLOWANCE)
        soon = NOW.date() + timedelta(days=60)
        for number, (ends, stage) in enumerate(
            [
                (None, PairProgress.PUBLISHED),
                (soon, PairProgress.EXPIRING),
                (soon + timedelta(days=1), PairProgress.PUBLISHED),
                (None, PairProgress.IN_REVIEW),
                (None, PairProgress.DRAFT),
            ]
        ):
            content = replace(CONTENT, question=f"第{number}档高龄津贴是多少？", expires_on=ends)
            pair = draft_pair(session, content, by=person("甲"), now=NOW)
            if stage in (PairProgress.PUBLISHED, PairProgress.EXPIRING):
                publish_pair(session, pair, now=NOW)
            elif stage is PairProgress.IN_REVIEW:
                submit(session, pair, by=person("甲"), now=NOW, despite_advice=True)
        counts = rows(session)["高龄津贴"].counts
        assert [counts[standing] for standing in PairProgress] == [2, 1, 1, 1]

    def test_a_topic_without_a_published_pair_is_missing(self, session: Session) -> None:
        save_topic(session, ALLOWANCE)
        content = replace(CONTENT, question="八十岁老人有什么补贴？")
        pair = draft_pair(session, content, by=person("甲"), now=NOW)
        assert rows(session)["高龄津贴"].is_missing
        publish_pair(session, pair, now=NOW)
        assert not rows(session)["高龄津贴"].is_missing
        withdraw_pair(session, pair, "过时", now=NOW)
        assert rows(session)["高龄津贴"].is_missing

    def test_a_topic_with_blanks_alone_is_counted_apart_until_one_is_filled_in(
        self, session: Session
    ) -> None:
        save_topic(session, ALLOWANCE)
        blank = replace(CONTENT, question="高龄津贴是多少？", answer="每月【本地：标准，元】。")
        pair = draft_pair(session, blank, by=person("甲"), now=NOW)
        publish_reviewed(session, pair, now=NOW, ground_reason=None)
        row = rows(session)["高龄津贴"]
        assert (row.covering, row.to_complete) == (0, 1)
        assert (row.is_missing, row.awaits_completion) == (False, True)
        share = whole_share([row])
        assert (share.covered, share.to_complete, share.missing, share.percent) == (0, 1, 0, 0.0)
        sheet = load_workbook(BytesIO(coverage_workbook([row], {}))).active
        assert sheet is not None
        assert [cell.value for cell in sheet[2]][-2:] == [1, "待补本地内容"]
        filled = replace(blank, question="八十岁怎么领高龄津贴？", answer="每月一百元。")
        publish_pair(session, draft_pair(session, filled, by=person("甲"), now=NOW), now=NOW)
        row = rows(session)["高龄津贴"]
        assert (row.covering, row.awaits_completion) == (1, False)

    def test_only_pairs_of_the_same_field_belong_to_a_topic(self, session: Session) -> None:
        save_topic(session, replace(ALLOWANCE, area=PolicyArea.TAXATION))
        draft_pair(session, replace(CONTENT, question="高龄津贴是多少？"), by=person("甲"), now=NOW)
        found = rows(session)
        assert not found["高龄津贴"].counts
        assert found["其他"].counts[PairProgress.DRAFT] == 1

    def test_counts_of_published_pairs_are_kept_until_the_bank_or_a_topic_changes(
        self, session: Session
    ) -> None:
        kept = PublishedCounts()

        def published() -> int:
            found = coverage(session, day=NOW.date(), kept=kept)
            return next(
                one.counts[PairProgress.PUBLISHED] for one in found if one.name == "高龄津贴"
            )

        def behind_the_service(status: PairStatus) -> None:
            session.execute(update(QAPair).where(col(QAPair.id) == pair.id).values(status=status))

        topic = save_topic(session, ALLOWANCE)
        content = replace(CONTENT, question="高龄津贴是多少？")
        pair = draft_pair(session, content, by=person("甲"), now=NOW)
        assert published() == 0
        publish_pair(session, pair, now=NOW)
        assert published() == 1
        behind_the_service(PairStatus.WITHDRAWN)
        assert published() == 1
        behind_the_service(PairStatus.PUBLISHED)
        save_topic(session, replace(ALLOWANCE, keywords=("别的",)), topic.id)
        assert published() == 0
        save_topic(session, ALLOWANCE, topic.id)
        withdraw_pair(session, pair, "过时", now=NOW)
        assert published() == 0

    def test_the_number_of_published_pairs_is_kept_until_the_bank_changes(
        self, session: Session
    ) -> None:
        kept = PublishedCounts()
        pair = draft_pair(session, CONTENT, by=person("甲"), now=NOW)

        def numbers() -> list[int]:
            other = next(area for area in PolicyArea if area != pair.area)
            return [
                kept.number(session),
                kept.number(session, unit_id=pair.unit_id, area=pair.area),
                kept.number(session, unit_id=pair.unit_id + 1),
                kept.number(session, area=other),
            ]

        assert numbers() == [0, 0, 0, 0]
        publish_pair(session, pair, now=NOW)
        assert numbers() == [1, 1, 0, 0]
        behind_the_service = update(QAPair).values(status=PairStatus.DRAFT)
        session.execute(behind_the_service)
        assert numbers() == [1, 1, 0, 0]
        session.execute(update(QAPair).values(status=PairStatus.PUBLISHED))
        withdraw_pair(session, pair, "过时", now=NOW)
        assert numbers() == [0, 0, 0, 0]


class TestEditing:
    def test_a_topic_is_changed_and_deleted(self, session: Session) -> None:
        topic = save_topic(session, ALLOWANCE)
        save_topic(session, replace(ALLOWANCE, name="高龄补贴"), topic.id)
        assert set(rows(session)) == {"高龄补贴"}
        delete_topic(session, topic.id or 0)
        assert rows(session) == {}
        with pytest.raises(TopicNotFoundError):
            delete_topic(session, topic.id or 0)

    @pytest.mark.parametrize("changes", [{"name": " "}, {"name": "长" * 101}, {"keywords": ()}])
    def test_a_faulty_one_is_refused(self, session: Session, changes: dict[str, object]) -> None:
        with pytest.raises(InvalidTopicError):
            save_topic(session, replace(ALLOWANCE, **changes))


class TestFile:
    def test_of_the_starter_corpus_takes_every_pair_of_it(self, session: Session) -> None:
        corpus = REPOSITORY / "corpus"
        assert load_topics(session, corpus / "matters.jsonl") > 80
        assert load_topics(session, corpus / "matters.jsonl") == 0
        held = [row for row in coverage(session, day=date(2026, 11, 24)) if row.topic_id]
        for line in (corpus / "qa_pairs.jsonl").read_text("utf-8").splitlines():
            pair = json.loads(line)
            assert any(
                row.area == pair["field"] and any(word in pair["question"] for word in row.keywords)
                for row in held
            ), pair["question"]

    def test_topics_with_blanks_alone_are_told_apart(self, tmp_path: Path) -> None:
        corpus = sound_corpus()
        lay(tmp_path, corpus)
        pairs = [json.loads(line) for line in (tmp_path / "qa_pairs.jsonl").open(encoding="utf-8")]
        topics = [
            {
                "key": f"m{at}",
                "field": pair["field"],
                "name": f"事项{at}",
                "keywords": [pair["question"]],
            }
            for at, pair in enumerate(pairs)
        ]
        pairs[0]["answer"] = "每月【本地：标准，元】。"
        for name, held in (("qa_pairs.jsonl", pairs), ("matters.jsonl", topics)):
            lines = "\n".join(json.dumps(one, ensure_ascii=False) for one in held)
            (tmp_path / name).write_text(lines, encoding="utf-8")
        counts = topic_counts(tmp_path)
        assert (counts.topics, counts.to_complete) == (len(pairs), 1)
        assert counts.covered == len(pairs) - 1

    def test_that_is_not_there_has_none(self, session: Session, tmp_path: Path) -> None:
        assert load_topics(session, tmp_path / "none.jsonl") == 0

    def test_with_an_unknown_field_is_refused(self, session: Session, tmp_path: Path) -> None:
        path = tmp_path / "matters.jsonl"
        path.write_text(json.dumps({"key": "a", "field": "天文", "name": "甲", "keywords": ["乙"]}))
        with pytest.raises(InvalidTopicError):
            load_topics(session, path)


class TestTargetDay:
    def test_counts_what_may_be_told_then(self, session: Session) -> None:
        save_topic(session, ALLOWANCE)
        target = NOW.date() + timedelta(days=30)
        for number, changes in enumerate(
            [
                {"expires_on": target - timedelta(days=1)},
                {"effective_from": target + timedelta(days=1)},
                {"expires_on": target},
            ]
        ):
            content = replace(CONTENT, question=f"第{number}档高龄津贴是多少？", **changes)
            pair = draft_pair(session, content, by=person("甲"), now=NOW)
            publish_pair(session, pair, now=NOW)
        covering = {
            day: next(
                row.covering
                for row in coverage(session, day=NOW.date(), target=day)
                if row.name == ALLOWANCE.name
            )
            for day in (NOW.date(), target, target + timedelta(days=1))
        }
        assert list(covering.values()) == [2, 1, 1]

    def test_a_topic_counts_for_the_unit_of_its_pairs_else_for_the_areas_lead(
        self, session: Session
    ) -> None:
        save_topic(session, ALLOWANCE)
        save_topic(session, replace(ALLOWANCE, name="养老机构", keywords=("养老院",)))
        pair = draft_pair(
            session,
            replace(CONTENT, unit="tax", question="高龄津贴是多少？"),
            by=person("甲"),
            now=NOW,
        )
        publish_pair(session, pair, now=NOW)
        found = coverage(session, day=NOW.date())
        assert [row.unit for row in found if row.topic_id] == ["tax", "pensions"]
        shares = shares_by_unit(found, {"tax": "甲区税务局", "pensions": "甲区社保局"})
        assert [(one.name, one.topics, one.covered) for one in shares] == [
            ("甲区社保局", 1, 0),
            ("甲区税务局", 1, 1),
        ]
        assert whole_share(found).percent == 50.0
