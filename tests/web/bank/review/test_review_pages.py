import re

import pytest
from pair_pages import PAIR, QUESTION, ask, publish, write
from visitor import Browse, Browser

from qa_service.services import Services
from qa_service.vocabulary import Role

HASH = re.compile(r'name="seen_hash" value="([0-9a-f]{64})"')


@pytest.fixture
def reviewers(browse: Browse) -> list[Browser]:
    """Who signs 初审, 复审 and 终审, then the confidentiality officer."""
    three = [browse(f"shen{number}", Role.REVIEWER) for number in (1, 2, 3)]
    return [*three, browse("baomi", Role.CONFIDENTIALITY)]


def submitted(editor: Browser) -> str:
    """The review page of a pair handed in by ``editor``."""
    saved = editor.post("/pairs/new", then="submit", despite_advice="yes", **PAIR)
    assert saved.status_code == 303, saved.text
    path: str = saved.headers["location"]
    return path


def sign(reviewer: Browser, path: str, stage: str, **fields: object) -> int:
    page = reviewer.get(path).text
    found = HASH.search(page)
    seen = found[1] if found else ""
    asked = re.findall(r'name="statements" value="([a-z_]+)"', page)
    given = {"examined": "yes", "proofread": "yes", "statements": asked, "then": "pass"}
    stated: dict[str, object] = {**given, **fields}
    return reviewer.post(path, stage=stage, seen_hash=seen, **stated).status_code


class TestReview:
    def test_with_every_signature_the_pair_is_found(
        self, editor: Browser, reviewers: list[Browser]
    ) -> None:
        path = submitted(editor)
        for reviewer, stage in zip(
            reviewers, ("first", "second", "final", "confidentiality"), strict=True
        ):
            assert "加装电梯的补助由所在街道受理" not in ask(editor, QUESTION)
            assert "可签" in reviewer.get("/reviews").text
            assert sign(reviewer, path, stage) == 303
        assert "加装电梯的补助由所在街道受理" in ask(editor, QUESTION)
        assert QUESTION not in editor.get("/reviews").text

    def test_one_who_may_not_sign_is_told_why_and_has_no_button(self, editor: Browser) -> None:
        page = editor.get(submitted(editor)).text
        assert "待初审人员签署" in page
        assert "签署通过" not in page

    def test_the_basis_is_named_as_it_is_cited(
        self, editor: Browser, reviewers: list[Browser]
    ) -> None:
        shown = reviewers[0].get(submitted(editor)).text.partition("送审内容")[2]
        assert "《社会救助暂行办法》（国务院令第649号" in shown

    def test_of_what_was_changed_meanwhile_is_refused_and_its_ticks_are_to_be_made_anew(
        self, editor: Browser, reviewers: list[Browser]
    ) -> None:
        path = submitted(editor)
        stated = {"stage": "first", "examined": "yes", "proofread": "yes", "then": "pass"}
        refused = reviewers[0].post(path, seen_hash="0" * 64, statements=["policy"], **stated)
        assert refused.status_code == 409
        assert "请按新的内容逐项确认后再签署" in refused.text
        assert not re.search(r'name="(statements|examined|proofread)"[^>]* checked', refused.text)

    def test_both_statements_must_be_made(self, editor: Browser, reviewers: list[Browser]) -> None:
        path = submitted(editor)
        assert sign(reviewers[0], path, "first", proofread="") == 422

    def test_what_was_affirmed_is_on_the_record(
        self, editor: Browser, reviewers: list[Browser]
    ) -> None:
        path = submitted(editor)
        assert sign(reviewers[0], path, "first", statements=["policy"]) == 422
        assert sign(reviewers[0], path, "first") == 303
        assert "确认：政策、文字" in reviewers[1].get(path).text
        assert "政策：与所引依据" in editor.get(path.replace("/review", "/versions")).text

    def test_the_confidentiality_form_asks_about_secrets_and_not_about_wording(
        self, editor: Browser, reviewers: list[Browser]
    ) -> None:
        page = reviewers[3].get(submitted(editor)).text
        for asked in ("国家秘密：", "工作秘密：", "敏感信息：", "个人信息："):
            assert asked in page
        assert "校：已逐字校对" not in page
        assert "文字：文字" not in page

    def test_a_signature_is_confirmed_with_a_word(
        self, editor: Browser, reviewers: list[Browser]
    ) -> None:
        path = submitted(editor)
        sign(reviewers[0], path, "first")
        number = path.split("/")[2]
        told = reviewers[0].get(f"/reviews?done=signed&pair={number}").text
        assert re.search(r"“[^”]+”：已签署", told)
        assert "已签署，其余" not in reviewers[0].get("/reviews?done=signed&pair=999").text

    def test_a_return_reaches_the_author(self, editor: Browser, reviewers: list[Browser]) -> None:
        path = submitted(editor)
        assert sign(reviewers[0], path, "first", then="return", reason="") == 422
        assert sign(reviewers[0], path, "first", then="return", reason="口播太长") == 303
        assert "shen1 退回：口播太长" in editor.get(path.replace("/review", "/edit")).text

    def test_a_typed_reason_to_return_is_never_signed_over(
        self, editor: Browser, reviewers: list[Browser]
    ) -> None:
        path = submitted(editor)
        refused = sign(reviewers[0], path, "first", then="pass", reason="口播太长")
        assert refused == 422
        assert "✔ 初审" not in reviewers[0].get(path).text

    def test_a_hostile_reason_is_shown_and_not_run(
        self, editor: Browser, reviewers: list[Browser]
    ) -> None:
        path = submitted(editor)
        sign(reviewers[0], path, "first", then="return", reason="<script>1</script>")
        assert "<script>1" not in editor.get(path.replace("/review", "/edit")).text

    def test_shows_what_would_change(
        self, editor: Browser, services: Services, reviewers: list[Browser]
    ) -> None:
        path = publish(editor, services)
        write(editor, on=path, answer="加装电梯的补助由社区受理，验收后申请。")
        page = reviewers[0].get(path.replace("/edit", "/review")).text
        assert "<del>所在街道</del>" in page
        assert "<ins>社区</ins>" in page


class TestVersions:
    def test_are_listed_compared_and_taken_up_again(
        self, editor: Browser, services: Services
    ) -> None:
        path = publish(editor, services)
        write(editor, on=path, answer="新的答复，由街道受理，验收后申请。")
        versions = path.replace("/edit", "/versions")
        page = editor.get(versions).text
        assert "第 1 版 <strong>现行</strong>" in page
        assert "第 2 版 修改稿" in page
        assert editor.post(versions, number="1").status_code == 303
        assert PAIR["answer"] in editor.get(path).text
        assert "第 3 版" in editor.get(versions).text

    def test_an_unknown_one_is_a_page_and_no_failure(self, editor: Browser) -> None:
        path = write(editor).replace("/edit", "/versions")
        assert editor.get(f"{path}?new=9").status_code == 404
