import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from sqlmodel import col, select, update

from qa_service.cli.service import load_starter_bank, read_settings
from qa_service.consultation.learning.lessons import LessonOrigin
from qa_service.consultation.learning.record import read_record, record_file
from qa_service.knowledge.indexing.calibration_files import default_calibration
from qa_service.knowledge.models import QuestionVariant
from qa_service.retrieval.encoders.folders import file_digest
from qa_service.retrieval.ranking.calibration import (
    ADAPTER,
    PRECISION,
    RERANKER,
    load_calibration,
    save_calibration,
)
from qa_service.retrieval.reranking.build import built_name
from qa_service.retrieval.reranking.reranker import ADAPTER_FILE, own_adapter_file
from qa_service.services import open_database
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import VariantOrigin

pytestmark = pytest.mark.slow

Command = Callable[..., Result]


@pytest.fixture
def learnt_bank(sampled: Path, with_model: None) -> None:
    """Pairs, the last variant of each pair taken for a caller's accepted wording."""
    database = open_database(read_settings())
    load_starter_bank(read_settings(), database)
    with session_scope(database) as session:
        rows = session.exec(select(QuestionVariant).order_by(col(QuestionVariant.position))).all()
        last = {row.pair_id: row.id for row in rows}
        session.execute(
            update(QuestionVariant)
            .where(col(QuestionVariant.id).in_(last.values()))
            .values(origin=VariantOrigin.OPERATOR_CHOICE)
        )
    database.dispose()


class TestTune:
    def test_without_enough_lessons_says_how_many_there_are_and_are_needed(
        self, command: Command, home: Path
    ) -> None:
        result = command("tune")
        assert result.exit_code == 1
        assert "只有 0 条" in result.stderr
        assert "至少要有 60 条" in result.stderr
        assert not (home / "data" / "calibration.json").exists()
        assert command("tune", "--new", "10").exit_code == 0

    @pytest.mark.usefixtures("learnt_bank")
    def test_keeps_the_models_in_use_unless_the_new_ones_are_better_by_the_bound(
        self, command: Command, home: Path
    ) -> None:
        found = json.loads(command("tune", "--no-reranker", "--json").stdout)
        compared, data = found["comparison"], home / "data"
        is_better = (
            compared["gain"]["low"] > 0
            and compared["fitted"]["wrong_answers"] <= compared["current"]["wrong_answers"]
        )
        assert found["is_taken"] == is_better
        assert (data / "calibration.json").exists() == is_better
        assert not own_adapter_file(data).exists()
        record = read_record(record_file(data))
        assert record is not None
        assert record.dump() == found
        assert list(record.origins) == [LessonOrigin.ACCEPTED]
        assert record.lessons >= 60

    @pytest.mark.usefixtures("learnt_bank")
    def test_takes_re_ranker_and_calibration_together_where_the_order_in_use_is_bad(
        self, command: Command, home: Path
    ) -> None:
        data = home / "data"
        current = load_calibration(default_calibration())
        upside_down = replace(current.relevance, weights=-current.relevance.weights)
        save_calibration(replace(current, relevance=upside_down), data / "calibration.json")
        done = command("tune", "--passes", "1", "--steps", "1", "--json")
        found = json.loads(done.stdout)
        assert found["comparison"]["right_first"]["low"] > 0.2
        assert (found["is_taken"], found["has_reranker"]) == (True, True)
        own = own_adapter_file(data)
        stored = load_calibration(data / "calibration.json")
        assert stored.provenance[ADAPTER] == found["adapter"] == file_digest(own)
        assert stored.provenance[RERANKER] == built_name(own)
        assert stored.provenance[PRECISION] == current.provenance[PRECISION]
        built = {path.name for path in (data / "models").glob("reranker-*") if path.is_dir()}
        assert built == {built_name(own), built_name(ADAPTER_FILE)}
        assert "重排模型：第 1/1 步" in done.stderr
