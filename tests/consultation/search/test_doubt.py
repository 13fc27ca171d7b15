"""A probable answer that is only offered tells the operator why."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from qa_service.retrieval.ranking.decision import Doubt
from qa_service.services import Services
from qa_service.vocabulary import Verdict


def test_the_first_candidate_warns_where_both_models_disagree(
    services: Services, asking: Callable[..., Any]
) -> None:
    engine = services.index_sync.engine
    in_use = engine.calibration
    assert in_use.verdict is not None
    strict = replace(in_use.verdict, answer_threshold=0.0, least_log_odds=99.0, least_elsewhere=99)
    engine.recalibrate(replace(in_use, verdict=strict))
    try:
        asked = asking("社保卡不见了，要怎么补").consultation
    finally:
        engine.recalibrate(in_use)
    assert asked.verdict is Verdict.CHOOSE
    assert asked.candidates[0].why.warnings[0] == Doubt.DISAGREEMENT.label
    assert all(Doubt.DISAGREEMENT.label not in one.why.warnings for one in asked.candidates[1:])
