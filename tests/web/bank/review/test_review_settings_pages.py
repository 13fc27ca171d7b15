from collections.abc import Iterator

import pytest
from httpx import Response
from pair_pages import PAIR, QUESTION, ask
from visitor import Browse, Browser

from qa_service.services import Services
from qa_service.vocabulary import Gate, Role

ALL = [gate.value for gate in Gate]
REASON = "便民地点信息，不设条件标准，不涉及权利义务"


def plan(browser: Browser, gates: list[str], note: str = "人手不足") -> tuple[int, str]:
    answer = browser.post(
        "/review-plan",
        stage=["final"],
        note=note,
        **{
            "final-gates": gates,
            "final-role": "reviewer",
            "final-proofreading": "shared",
        },
    )
    return answer.status_code, answer.text


def decide(browser: Browser, number: int = 1, then: str = "confirm", **typed: str) -> Response:
    return browser.post(f"/review-plan/{number}", then=then, **typed)


@pytest.fixture
def second(browse: Browse) -> Browser:
    """The person whose yes puts a table in use."""
    return browse("queren", Role.SUPERVISOR)


class TestStageTable:
    def test_is_proposed_by_an_administrator_and_put_in_use_by_another_person(
        self, admin: Browser, editor: Browser, second: Browser
    ) -> None:
        assert plan(admin, ALL)[0] == 303
        shown = editor.get("/review-plan").text
        assert "待确认：第 1 版" in shown
        assert "确认启用" not in shown + admin.get("/review-plan").text
        assert "现按默认设置" in shown
        assert plan(editor, ALL)[0] == 403
        assert decide(editor).status_code == 403
        refused = decide(admin)
        assert refused.status_code == 422
        assert "请由另一人确认" in refused.text
        assert "待确认的审校环节设置" in second.get("/todo").text
        assert decide(second).status_code == 303
        shown = editor.get("/review-plan").text
        assert "现按默认设置" not in shown
        assert "现行" in shown
        assert "待确认" not in second.get("/review-plan").text

    def test_is_refused_or_taken_back_with_a_reason(self, admin: Browser, second: Browser) -> None:
        plan(admin, ALL)
        assert decide(second, then="refuse").status_code == 422
        assert decide(second, then="refuse", reason="五关须分开").status_code == 303
        assert "五关须分开" in admin.get("/review-plan").text
        plan(admin, ALL)
        page = plan(admin, ALL, "再改一次")
        assert (page[0], "已有一份设置待确认" in page[1]) == (422, True)
        assert decide(admin, 2, then="refuse", reason="填错了").status_code == 303
        assert "现按默认设置" in admin.get("/review-plan").text

    def test_without_one_of_the_gates_is_refused_and_nothing_typed_is_lost(
        self, admin: Browser
    ) -> None:
        status, page = plan(admin, ALL[1:])
        assert status == 422
        assert "政治关没有任何审次把关" in page
        assert 'value="人手不足"' in page
        assert "现按默认设置" in admin.get("/review-plan").text

    def test_that_was_set_is_asked_of_the_signers(
        self,
        admin: Browser,
        second: Browser,
        editor: Browser,
        browse: Browse,
        services: Services,
    ) -> None:
        plan(admin, ALL)
        decide(second)
        path = editor.post("/pairs/new", then="submit", despite_advice="yes", **PAIR).headers[
            "location"
        ]
        page = browse("shenhe", Role.REVIEWER).get(path).text
        assert page.count('name="statements"') == 8
        assert "终审（审、校）" in page


class TestCheckWords:
    @pytest.fixture
    def words(self, editor: Browser) -> Iterator[Browser]:
        stored = editor.post(
            "/check-words", blocked="甲乙邪说", warned="", leaders="张三丰 区长", note="初版"
        )
        assert stored.status_code == 303
        yield editor

    def test_stop_a_submission_and_name_the_word(self, words: Browser) -> None:
        changed = {**PAIR, "answer": "这是甲 乙 邪 说，由所在街道受理。"}
        page = words.post("/pairs/new", then="submit", despite_advice="yes", **changed)
        assert page.status_code == 422
        assert "“甲乙邪说”在禁用词表中" in page.text

    def test_that_cannot_be_used_are_shown_as_typed(self, words: Browser) -> None:
        page = words.post("/check-words", blocked="甲", leaders="李四", note="再版")
        assert page.status_code == 422
        assert "请写成“姓名 职务”" in page.text
        assert "李四" in page.text

    def test_are_not_for_operators(self, operator: Browser) -> None:
        assert operator.get("/check-words").status_code == 403


class TestGround:
    def test_is_written_by_a_second_person_and_listed_once_published(
        self, editor: Browser, admin: Browser, second: Browser, browse: Browse
    ) -> None:
        plan(admin, ALL)
        decide(second)
        bare = {**PAIR, "basis_document": "", "basis_article": ""}
        saved = editor.post("/pairs/new", then="submit", despite_advice="yes", **bare)
        path = saved.headers["location"]
        number = path.split("/")[2]
        reviewer = browse("shenhe", Role.REVIEWER)
        page = reviewer.get(path).text
        seen = page.split('name="seen_hash" value="')[1][:64]
        ticks = {
            "stage": "final",
            "seen_hash": seen,
            "examined": "yes",
            "proofread": "yes",
            "then": "pass",
            "statements": [
                *("political", "legal", "policy", "wording"),
                *("state_secrets", "work_secrets", "sensitive", "personal"),
            ],
        }
        refused = reviewer.post(path, **ticks)
        assert refused.status_code == 409
        assert "请先由终审以外的另一人在审校页写明理由" in refused.text
        second = browse("ducha", Role.SUPERVISOR)
        ground = f"/pairs/{number}/ground"
        assert second.post(ground, ground="同意", seen_hash=seen).status_code == 422
        assert second.post(ground, ground=REASON, seen_hash=seen).status_code == 303
        assert reviewer.post(path, **ticks).status_code == 303
        assert QUESTION in ask(editor, QUESTION)
        listed = editor.get("/groundless").text
        assert REASON in listed
        assert "用户ducha" in listed
