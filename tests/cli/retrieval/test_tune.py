import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from sqlmodel import col, select, update

from qa_service.cli.service import load_starter_bank, read_settings
from qa_service.knowledge.models import QuestionVariant
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
    def test_without_enough_accepted_wordings_says_how_many_are_needed(
        self, command: Command, home: Path
    ) -> None:
        result = command("tune")
        assert result.exit_code == 1
        assert "至少要有 40 条" in result.stderr
        assert not (home / "data" / "calibration.json").exists()

    @pytest.mark.usefixtures("learnt_bank")
    def test_keeps_the_model_in_use_unless_the_new_one_is_better(
        self, command: Command, home: Path
    ) -> None:
        found = json.loads(command("tune", "--json").stdout)
        current, fitted = found["comparison"]["current"], found["comparison"]["fitted"]
        is_better = (
            fitted["ndcg_at_10"] > current["ndcg_at_10"]
            and fitted["recall_at_1"] >= current["recall_at_1"]
            and fitted["wrong_answers"] <= current["wrong_answers"]
        )
        assert found["is_used"] == is_better
        assert (home / "data" / "calibration.json").exists() == is_better
