"""The ask page by the rules of a past day: marked in words and colour, offered, recorded so."""

from pair_pages import PAIR, QUESTION, publish
from reviewing import publish as sign_all
from visitor import Browse, Browser

from qa_service.consultation.models import Choice, Consultation
from qa_service.consultation.search.narrowing import Narrowing
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role

MARK = "按 2026-02-01 有效的规定"
RAISED = "加装电梯的补助由区住建局受理，验收后申请。"


def raised(editor: Browser, services: Services) -> int:
    """A pair whose answer changed on the first of June."""
    path = publish(editor, services)
    changed = {**PAIR, "answer": RAISED, "effective_from": "2026-06-01", "then": "draft"}
    assert editor.post(path, **changed).status_code == 303
    pair_id = int(path.split("/")[2])
    sign_all(services, pair_id)
    return pair_id


def ask(browser: Browser, **fields: str) -> str:
    answer = browser.post("/consultations", question=QUESTION, **fields)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def stored(services: Services, path: str) -> Consultation:
    with session_scope(services.database, read_only=True) as session:
        return session.get_one(Consultation, path.rsplit("/", 1)[1])


class TestAsOf:
    def test_the_answer_of_then_is_shown_marked_in_words_and_colour(
        self, editor: Browser, services: Services
    ) -> None:
        raised(editor, services)
        page = editor.get(ask(editor, as_of="2026-02-01")).text
        assert "所在街道受理" in page
        assert RAISED not in page
        assert f"命中（{MARK}）" in page
        assert "verdict--past" in page
        assert "verdict--good" not in page
        assert "不是今天的规定" in page
        assert f"◷ {MARK}" in page, "beside the script that is read out"
        assert "可转发的答复链接" not in page, "the public page tells today's rule"

    def test_what_was_told_is_recorded_with_the_day_everywhere(
        self, editor: Browser, services: Services, browse: Browse
    ) -> None:
        pair_id = raised(editor, services)
        path = ask(editor, as_of="2026-02-01")
        done = editor.post(f"{path}/choice", qa_id=pair_id)
        assert done.status_code == 303, done.text
        assert f"已告知第 1 条（{MARK}）" in editor.get(path).text
        with session_scope(services.database, read_only=True) as session:
            choice = session.get_one(Choice, path.rsplit("/", 1)[1])
            assert (choice.pair_id, choice.version) == (pair_id, 1)
        supervisor = browse("ducha", Role.SUPERVISOR)
        record = supervisor.get(f"{path}/record").text
        assert f"{MARK}，不是当日的规定" in record

    def test_the_next_question_is_asked_of_today(self, editor: Browser, services: Services) -> None:
        raised(editor, services)
        fragment = editor.post(
            "/consultations", htmx=True, question=QUESTION, as_of="2026-02-01"
        ).text
        bar = fragment[fragment.index('id="call-bar"') :]
        assert bar.startswith('id="call-bar" hx-swap-oob="true"')
        field = bar[bar.index('id="as_of"') :]
        assert "value=" not in field[: field.index(">")]

    def test_a_preview_is_marked_and_an_unusable_day_shows_none(
        self, editor: Browser, services: Services
    ) -> None:
        raised(editor, services)
        asked = {"question": QUESTION, "as_of": "2026-02-01"}
        preview = editor.post("/call/preview", htmx=True, **asked).text
        assert f"命中（{MARK}）" in preview
        assert "不是今天的规定" in preview
        assert RAISED not in preview
        asked["as_of"] = "0002-02-01"
        assert "result--preview" not in editor.post("/call/preview", htmx=True, **asked).text

    def test_the_caller_s_earlier_answer_of_then_counts_as_unchanged(
        self, editor: Browser, services: Services
    ) -> None:
        pair_id = raised(editor, services)
        phone = "136" + "0000" + "1234"
        path = ask(editor, as_of="2026-02-01", phone=phone)
        editor.post(f"{path}/choice", qa_id=pair_id)
        caller = editor.post("/call/caller", htmx=True, phone=phone).text
        assert QUESTION in caller
        assert "变" not in caller

    def test_a_question_of_another_year_offers_the_search_of_that_year(
        self, editor: Browser, services: Services
    ) -> None:
        path = publish(editor, services, effective_from="2025-01-01")
        pair_id = int(path.split("/")[2])
        asked = editor.post("/consultations", question=f"2025年{QUESTION}").headers["location"]
        page = editor.get(asked).text
        assert "verdict--good" not in page
        assert "按 2025-12-31 有效的规定检索" in page
        again = editor.post(f"{asked}/as-of", as_of="2025-12-31")
        assert again.headers["location"] == asked
        then = stored(services, asked)
        assert str(then.as_of) == "2025-12-31"
        assert then.candidates[0].qa_id == pair_id
        assert "按 2025-12-31 有效的规定" in editor.get(asked).text
        editor.post(f"{asked}/as-of", as_of="")
        assert stored(services, asked).as_of is None

    def test_what_a_question_was_asked_within_goes_into_the_search_of_that_year(
        self, editor: Browser, services: Services
    ) -> None:
        only = {"limited_reason": "内部口径", "audience": "退役军人"}
        publish(editor, services, effective_from="2025-01-01", **only)
        question = f"2025年{QUESTION}"
        asked = editor.post("/consultations", question=question, audience="退役军人")
        path = asked.headers["location"]
        waiting = editor.get("/").text
        assert f'href="{path}"' in waiting, "opened from the list of those that wait"
        editor.post(f"{path}/as-of", as_of="2025-12-31")
        then = stored(services, path)
        assert then.candidates, "only found by those it is for"
        assert then.narrowed == Narrowing(audience="退役军人")
        editor.post(f"{path}/as-of", as_of="")
        assert stored(services, path).narrowed == then.narrowed, "today's rules are for them too"

    def test_a_matter_that_is_gone_is_told_and_the_question_stays(
        self, editor: Browser, services: Services
    ) -> None:
        publish(editor, services, effective_from="2025-01-01")
        path = ask(editor)
        with session_scope(services.database) as session:
            session.get_one(Consultation, path.rsplit("/", 1)[1]).topic = "gone"
        refused = editor.post(f"{path}/as-of", as_of="2025-12-31")
        assert refused.status_code == 422
        assert "没有这个事项" in refused.text
        assert QUESTION in refused.text

    def test_unusable_days_are_refused_with_the_reason(self, operator: Browser) -> None:
        for day, reason in (
            ("2027-01-01", "还没有到"),
            ("1999-01-01", "最早的答复自"),
            ("去年", "日期请写成"),
        ):
            answer = operator.post("/consultations", question=QUESTION, as_of=day)
            assert answer.status_code == 422, answer.text
            assert reason in answer.text
