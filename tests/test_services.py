"""A service is built even when what was fitted on this machine does not fit any more."""

import json
import shutil
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from scratch_service import make_settings

from qa_service.clock import FixedClock
from qa_service.knowledge.indexing.calibration_files import (
    default_calibration,
    own_calibration_file,
)
from qa_service.retrieval.encoders.encoder import Encoder
from qa_service.services import Services, build_services
from qa_service.storage.engine import open_engine
from qa_service.text.tokenize import Tokenizer


def of_an_earlier_version(text: str) -> str:
    """The calibration as it was before a ranking feature was added."""
    raw = json.loads(text)
    raw["features"].pop()
    return json.dumps(raw)


@pytest.fixture(params=[of_an_earlier_version, lambda text: text[:100]], ids=["earlier", "cut"])
def with_own_calibration(
    request: pytest.FixtureRequest,
    prepared_bank: Path,
    tmp_path: Path,
    clock: FixedClock,
    tokenizer: Tokenizer,
    encoder: Encoder,
) -> Services:
    shutil.copytree(prepared_bank, tmp_path, dirs_exist_ok=True)
    settings = make_settings(tmp_path)
    shipped = default_calibration().read_text(encoding="utf-8")
    own_calibration_file(settings.data_dir).write_text(request.param(shipped), encoding="utf-8")
    database = open_engine(settings.effective_database_url)
    services = build_services(
        settings, clock=clock, database=database, tokenizer=tokenizer, encoder=encoder
    )
    services.index_sync.open()
    return services


class TestUnfittingCalibration:
    def test_is_left_aside_and_readiness_says_so_but_no_page_to_a_stranger(
        self, application: FastAPI, with_own_calibration: Services
    ) -> None:
        application.state.services = with_own_calibration
        client = TestClient(application)
        ready = client.get("/readyz").json()
        assert ready["status"] == "degraded"
        assert "calibration.json" in ready["degraded_reason"]
        assert "重新校准" in ready["degraded_reason"]
        assert ready["degraded_reason"] not in client.get("/login").text

    def test_leaves_answers_to_the_shipped_one(self, with_own_calibration: Services) -> None:
        assert with_own_calibration.index_sync.engine.is_calibrated
        assert not with_own_calibration.searcher.degraded
