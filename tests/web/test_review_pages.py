import re

import pytest
from test_pair_pages import PAIR, QUESTION, ask, publish, write
from visitor import Browse, Browser

from qa_service.accounts.models import Role
from qa_service.parts import Parts

HASH = re.compile(r'name="seen_hash" value="([0-9a-f]{64})"')


@pytest.fixture
def reviewers(browse: Browse) -> list[Browser]:
    """Who signs 初审, 复审 and 终审, then the confidentiality officer."""
    three = [browse(f"shen{number}", Role.REVIEWER) for number in (1, 2, 3)]
    return [*three, browse("baomi", Role.CONFIDENTIALITY)]


def submitted(operator: Browser) -> str:
    """The review page of a pair handed in by ``operator``."""
    saved = operator.post("/pairs/new", then="submit", despite_advice="yes", **PAIR)
    assert saved.status_code == 303, saved.text
    path: str = saved.headers["location"]
    return path


def sign(reviewer: Browser, path: str, stage: str, **fields: str) -> int:
    found = HASH.search(reviewer.get(path).text)
    seen = found[1] if found else ""
    stated = {"examined": "yes", "proofread": "yes", "then": "pass", **fields}
    return reviewer.post(path, stage=stage, seen_hash=seen, **stated).status_code


class TestReview:
    def test_with_every_signature_the_pair_is_found(
        self, operator: Browser, reviewers: list[Browser]
    ) -> None:
        path = submitted(operator)
        for reviewer, stage in zip(
            reviewers, ("first", "second", "final", "confidentiality"), strict=True
        ):
            assert "加装电梯的补助由所在街道受理" not in ask(operator, QUESTION)
            assert "可签" in reviewer.get("/reviews").text
            assert sign(reviewer, path, stage) == 303
        assert "加装电梯的补助由所在街道受理" in ask(operator, QUESTION)
        assert QUESTION not in operator.get("/reviews").text

    def test_one_who_may_not_sign_is_told_why_and_has_no_button(self, operator: Browser) -> None:
        page = operator.get(submitted(operator)).text
        assert "初审应由有相应职责的人员签署" in page
        assert "签署通过" not in page

    def test_both_statements_must_be_made(
        self, operator: Browser, reviewers: list[Browser]
    ) -> None:
        path = submitted(operator)
        assert sign(reviewers[0], path, "first", proofread="") == 422

    def test_a_return_reaches_the_author(self, operator: Browser, reviewers: list[Browser]) -> None:
        path = submitted(operator)
        assert sign(reviewers[0], path, "first", then="return", reason="") == 422
        assert sign(reviewers[0], path, "first", then="return", reason="口播太长") == 303
        assert "shen1 退回：口播太长" in operator.get(path.replace("/review", "/edit")).text

    def test_a_hostile_reason_is_shown_and_not_run(
        self, operator: Browser, reviewers: list[Browser]
    ) -> None:
        path = submitted(operator)
        sign(reviewers[0], path, "first", then="return", reason="<script>1</script>")
        assert "<script>1" not in operator.get(path.replace("/review", "/edit")).text

    def test_shows_what_would_change(
        self, operator: Browser, parts: Parts, reviewers: list[Browser]
    ) -> None:
        path = publish(operator, parts)
        write(operator, on=path, answer="加装电梯的补助由社区受理，验收后申请。")
        page = reviewers[0].get(path.replace("/edit", "/review")).text
        assert "<del>所在街道</del>" in page
        assert "<ins>社区</ins>" in page


class TestVersions:
    def test_are_listed_compared_and_taken_up_again(self, operator: Browser, parts: Parts) -> None:
        path = publish(operator, parts)
        write(operator, on=path, answer="新的答复，由街道受理，验收后申请。")
        versions = path.replace("/edit", "/versions")
        page = operator.get(versions).text
        assert "第 1 版 <strong>现行</strong>" in page
        assert "第 2 版 修改稿" in page
        assert operator.post(versions, number="1").status_code == 303
        assert PAIR["answer"] in operator.get(path).text
        assert "第 3 版" in operator.get(versions).text

    def test_an_unknown_one_is_a_page_and_no_failure(self, operator: Browser) -> None:
        path = write(operator).replace("/edit", "/versions")
        assert operator.get(f"{path}?new=9").status_code == 404
