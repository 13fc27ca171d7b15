"""Candidates as a consultation logs them, in the formats of every release."""

import json
from dataclasses import replace

import pytest

from qa_service.consultation.search.candidates import Candidate, Why
from qa_service.knowledge.content_parts import Clarifying
from qa_service.knowledge.pairs.queries import CitedPolicy
from qa_service.knowledge.pairs.record.content import DisplayedContent
from qa_service.vocabulary import PolicyArea, Validity

CANDIDATE = Candidate(
    qa_id=7,
    key="k7",
    version=2,
    matched_text="社保卡怎么补办",
    content=DisplayedContent(
        question="社保卡丢了怎么补办？",
        answer="到银行网点补办。",
        phone_script="请到银行网点补办。",
        audience="本市户籍",
        region="全区",
        clarifying=(Clarifying("在职吗？", "找单位", "找社区"),),
    ),
    area=PolicyArea.ELDERLY_CARE,
    unit_name="甲区社保局",
    confidence=0.97,
    basis=(CitedPolicy("社保法", "社会保险法", "主席令第35号", "第二条", Validity.IN_FORCE),),
    why=Why("question", ("补办",), 0.91, 7.5, ("一级",)),
)


def stored(candidate: Candidate) -> dict[str, object]:
    found: dict[str, object] = json.loads(json.dumps(candidate.dump()))
    return found


def test_what_is_logged_is_read_again() -> None:
    assert Candidate.load(stored(CANDIDATE)) == CANDIDATE


def test_what_an_earlier_release_logged_is_read() -> None:
    old = stored(CANDIDATE)
    old["field"] = old.pop("area")
    for name in ("audience", "region", "clarifying"):
        del old[name]
    unknown = replace(CANDIDATE.content, audience="", region="", clarifying=())
    assert Candidate.load(old) == replace(CANDIDATE, content=unknown)


def test_every_difference_that_an_earlier_release_logged_is_a_warning() -> None:
    old = stored(CANDIDATE)
    why = old["why"]
    assert isinstance(why, dict)
    del why["warnings"]
    assert Candidate.load(old).why == replace(CANDIDATE.why, warnings=("一级",))


def test_what_is_no_candidate_is_not_read() -> None:
    broken = stored(CANDIDATE)
    del broken["area"]
    with pytest.raises(KeyError):
        Candidate.load(broken)
