import pytest
from fastapi import FastAPI
from httpx import Response
from pair_pages import QUESTION, ask, publish, write
from visitor import Browse, Browser, add_user

from qa_service.knowledge.gates import MEDIA_GATES, statements_of
from qa_service.knowledge.media.files import file_of
from qa_service.services import Services
from qa_service.vocabulary import Role

PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(200))


@pytest.fixture
def reviewer(browse: Browse) -> Browser:
    return browse("shenhe", Role.REVIEWER)


@pytest.fixture
def pair(editor: Browser, services: Services) -> str:
    """The number of a published pair."""
    return publish(editor, services).split("/")[2]


def upload(browser: Browser, pair: str, content: bytes = PICTURE, **fields: str) -> Response:
    data = {"csrf_token": browser.token(), "pair_id": pair, "kind": "infographic", "title": "一图"}
    return browser.client.post(
        "/media", data=data | fields, files={"file": ("<x>.svg", content, "image/svg+xml")}
    )


def address(browser: Browser, pair: str) -> str:
    page = browser.get(f"/pairs/{pair}/media").text
    return page[page.index('src="/media/') + 5 :].split('"')[0]


def approve(browser: Browser, media: str = "1") -> int:
    affirmed = [one.value for one in statements_of(MEDIA_GATES)]
    return browser.post(f"/media/{media}", then="approve", statements=affirmed).status_code


class TestUpload:
    def test_is_shown_to_callers_only_after_another_approved_it(
        self, editor: Browser, reviewer: Browser, operator: Browser, stranger: Browser, pair: str
    ) -> None:
        assert upload(editor, pair).status_code == 303
        url = address(editor, pair)
        assert url not in ask(operator, QUESTION)
        assert stranger.get(url).status_code == 404
        assert editor.get(url).content == PICTURE
        assert approve(reviewer) == 303
        assert url in ask(operator, QUESTION)
        assert stranger.get(url).content == PICTURE

    def test_is_not_approved_by_who_uploaded_it(self, browse: Browse, pair: str) -> None:
        both = browse("liangyong", Role.EDITOR, Role.REVIEWER)
        upload(both, pair)
        assert "上传人以外的人审核" in both.post("/media/1", then="approve").text

    def test_is_not_approved_without_the_statements_on_secrecy(
        self, editor: Browser, reviewer: Browser, pair: str
    ) -> None:
        upload(editor, pair)
        answer = reviewer.post("/media/1", then="approve", statements=["policy", "wording"])
        assert answer.status_code == 422
        assert "没有确认：国家秘密、工作秘密、敏感信息、个人信息" in answer.text

    def test_stays_approved_by_whoever_was_first(
        self, editor: Browser, reviewer: Browser, browse: Browse, pair: str
    ) -> None:
        upload(editor, pair)
        assert approve(reviewer) == 303
        second = browse("shenheer", Role.REVIEWER)
        affirmed = [one.value for one in statements_of(MEDIA_GATES)]
        late = second.post("/media/1", then="approve", statements=affirmed)
        assert (late.status_code, "已由 用户shenhe 审核通过，不必再审" in late.text) == (422, True)
        assert "用户shenheer" not in editor.get(f"/pairs/{pair}/media").text

    @pytest.mark.parametrize(
        ("content", "title", "told"),
        [
            (b"<svg/>", "一图", "SVG"),
            (PICTURE, " ", "标题应为"),
            (PICTURE, "长" * 101, "标题应为"),
        ],
    )
    def test_what_is_refused_is_told(
        self, editor: Browser, pair: str, content: bytes, title: str, told: str
    ) -> None:
        answer = upload(editor, pair, content, title=title)
        assert (answer.status_code, told in answer.text) == (422, True)

    def test_is_not_for_operators(self, operator: Browser, pair: str) -> None:
        assert upload(operator, pair).status_code == 403

    def test_is_taken_off_again(
        self,
        editor: Browser,
        reviewer: Browser,
        stranger: Browser,
        services: Services,
        pair: str,
    ) -> None:
        upload(editor, pair)
        url = address(editor, pair)
        file = file_of(services.settings.effective_media_dir, url.rsplit("/", 1)[1])
        approve(reviewer)
        assert file.exists()
        editor.post("/media/1", then="remove")
        assert stranger.get(url).status_code == 404
        assert not file.exists()


class TestFile:
    def test_comes_in_ranges_and_can_run_nothing(
        self, editor: Browser, reviewer: Browser, stranger: Browser, pair: str
    ) -> None:
        upload(editor, pair)
        approve(reviewer)
        url = address(editor, pair)
        part = stranger.get(url, Range="bytes=4-7")
        assert (part.status_code, part.content) == (206, PICTURE[4:8])
        whole = stranger.get(url)
        assert whole.headers["content-type"] == "image/png"
        assert whole.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in whole.headers["content-security-policy"]


class TestPublicAnswer:
    def key(self, operator: Browser) -> str:
        page = ask(operator, QUESTION)
        return page[page.index('href="/answers/') + 6 :].split('"')[0]

    def test_is_read_without_signing_in_until_it_is_withdrawn(
        self, admin: Browser, operator: Browser, stranger: Browser, pair: str
    ) -> None:
        path = self.key(operator)
        page = stranger.get(path)
        assert (page.status_code, "加装电梯的补助由所在街道受理" in page.text) == (200, True)
        admin.post(f"/pairs/{pair}/withdraw", reason="政策调整")
        gone = stranger.get(path)
        assert (gone.status_code, "加装电梯的补助由所在街道受理" in gone.text) == (404, False)

    def test_of_a_draft_is_not_there(self, operator: Browser, stranger: Browser) -> None:
        assert stranger.get("/answers/nothing").status_code == 404


class TestMarkdown:
    def test_of_an_answer_is_laid_out_and_harmless(
        self, editor: Browser, operator: Browser, services: Services
    ) -> None:
        answer = (
            "材料：\n\n1. **身份证**\n2. 表格\n\n[官网](https://example.gov.cn) [坏](javascript:1)"
        )
        publish(editor, services, answer=answer + "<img src=x onerror=alert(1)>")
        page = ask(operator, QUESTION)
        assert "<strong>身份证</strong>" in page
        assert "<li>表格</li>" in page
        assert 'href="https://example.gov.cn"' in page
        assert "javascript:1" not in page or 'href="javascript' not in page
        assert "<img src=x" not in page


class TestWhoSeesAFile:
    """A file is public with an answer that may be told today, and with nothing else."""

    def test_of_a_published_answer_may_be_kept_and_must_be_asked_for_each_time(
        self, editor: Browser, reviewer: Browser, stranger: Browser, pair: str
    ) -> None:
        upload(editor, pair)
        url = address(editor, pair)
        assert editor.get(url).headers["cache-control"] == "private, no-store"
        approve(reviewer)
        public = stranger.get(url)
        assert public.headers["cache-control"] == "public, no-cache"
        kept = {"If-None-Match": public.headers["etag"]}
        assert stranger.get(url, **kept).status_code == 304

    def test_of_a_withdrawn_answer_is_not_public(
        self, editor: Browser, reviewer: Browser, admin: Browser, stranger: Browser, pair: str
    ) -> None:
        upload(editor, pair)
        url = address(editor, pair)
        approve(reviewer)
        admin.post(f"/pairs/{pair}/withdraw", reason="口径有误")
        assert stranger.get(url).status_code == 404
        assert editor.get(url).headers["cache-control"] == "private, no-store"

    def test_of_a_draft_is_seen_by_its_unit_alone(
        self, editor: Browser, reviewer: Browser, browse: Browse, stranger: Browser
    ) -> None:
        draft = write(editor, unit="commerce", question="暂无答复的问题？").split("/")[2]
        upload(editor, draft)
        url = address(editor, draft)
        approve(reviewer)
        assert stranger.get(url).status_code == 404
        for unit, status in (("education", 404), ("commerce", 200)):
            keeper = browse(f"bianji-{unit}", Role.EDITOR, within={Role.EDITOR: [unit]})
            assert keeper.get(url).status_code == status

    def test_is_not_for_those_who_have_not_shown_everything(
        self, editor: Browser, services: Services, app: FastAPI, pair: str
    ) -> None:
        upload(editor, pair)
        add_user(services, "xinren", Role.EDITOR, must_change=True)
        half = Browser(app)
        half.sign_in("xinren")
        assert half.get(address(editor, pair)).status_code == 404

    def test_is_removed_by_keepers_of_the_pair_alone(
        self, editor: Browser, browse: Browse, pair: str
    ) -> None:
        upload(editor, pair)
        other = browse("zuoxi-danwei", Role.OPERATOR, Role.UNIT)
        assert other.post("/media/1", then="remove").status_code == 403
        assert editor.post("/media/1", then="remove").status_code == 303


class TestTitle:
    @pytest.mark.parametrize(
        "title",
        ["【本地：标准】一图读懂", "内部资料 机密★", "咨询13812345678", "【本\u200b地：标准】"],
    )
    def test_says_nothing_that_an_answer_may_not_say(
        self, editor: Browser, pair: str, title: str
    ) -> None:
        refused = upload(editor, pair, title=title)
        assert refused.status_code == 422
        assert "/media/" not in editor.get(f"/pairs/{pair}/media").text.split("<main")[1]

    def test_a_word_blocked_since_the_upload_keeps_it_from_approval(
        self, editor: Browser, reviewer: Browser, pair: str
    ) -> None:
        assert upload(editor, pair, title="样例词一图读懂").status_code == 303
        editor.post("/check-words", blocked="样例词", warned="", leaders="", note="测试")
        assert approve(reviewer) == 422
