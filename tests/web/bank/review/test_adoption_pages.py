import re

import pytest
from pair_pages import ask
from visitor import Browse, Browser

from qa_service.services import Services
from qa_service.vocabulary import Role

QUESTION = "社保卡丢了怎么补办？"
MARK = "未经本单位审校"
HASH = re.compile(r'name="seen_hash" value="([0-9a-f]{64})"')


@pytest.fixture
def signers(browse: Browse) -> list[Browser]:
    """Who signs 初审, 复审 and 终审, then the confidentiality officer."""
    three = [browse(f"shen{number}", Role.REVIEWER) for number in (1, 2, 3)]
    return [*three, browse("baomi", Role.CONFIDENTIALITY)]


def unit_of(browser: Browser) -> str:
    """The page of the first unit with unsigned pairs."""
    found = re.search(r"/adoption/units/\d+", browser.get("/adoption").text)
    assert found is not None
    return found[0]


def pair_of(browser: Browser, unit: str) -> str:
    found = re.search(r"/adoption/pairs/(\d+)", browser.get(unit).text)
    assert found is not None
    return found[1]


def read(browser: Browser, pair: str) -> int:
    found = HASH.search(browser.get(f"/adoption/pairs/{pair}").text)
    assert found is not None
    path = f"/adoption/pairs/{pair}"
    return browser.post(path, seen_hash=found[1], then="list").status_code


def sign(browser: Browser, unit: str, pair: str) -> int:
    page = browser.get(unit).text
    stage = re.search(r'name="stage" value="(\w+)"', page)
    asked = re.findall(r'name="statements" value="([a-z_]+)"', page)
    ticks = {"statements": asked, "examined": "yes", "proofread": "yes"}
    given = stage[1] if stage else "first"
    return browser.post(unit, stage=given, pair=[pair], **ticks).status_code


class TestMark:
    def test_is_on_the_candidate_its_script_and_the_public_page(
        self, operator: Browser, stranger: Browser
    ) -> None:
        shown = ask(operator, QUESTION)
        assert shown.count(MARK) >= 2
        link = re.search(r"/answers/[\w-]+", shown)
        assert link is not None
        assert MARK in stranger.get(link[0]).text

    def test_is_in_the_list_and_the_export(self, editor: Browser) -> None:
        assert MARK in editor.get("/pairs").text
        assert MARK in editor.get("/bank/export.csv").content.decode("utf-8-sig")


class TestAdoption:
    def test_shows_every_unit_with_its_progress(self, editor: Browser) -> None:
        page = editor.get("/adoption").text
        assert "<progress" in page
        assert re.search(r"0 / \d+", page)

    def test_offers_only_what_was_read_and_takes_the_mark_away_at_the_end(
        self, signers: list[Browser]
    ) -> None:
        unit = unit_of(signers[0])
        pair = pair_of(signers[0], unit)
        assert f'name="pair" value="{pair}"' not in signers[0].get(unit).text
        assert sign(signers[0], unit, pair) == 422
        for signer in signers:
            assert read(signer, pair) == 303
            assert f'name="pair" value="{pair}"' in signer.get(unit).text
            assert sign(signer, unit, pair) == 303
        assert f'/adoption/pairs/{pair}"' not in signers[0].get(unit).text
        assert re.search(r"1 / \d+", signers[0].get("/adoption").text)
        signed = signers[0].get(f"/adoption/pairs/{pair}")
        assert signed.headers["location"] == f"/pairs/{pair}/versions"
        versions = signers[0].get(f"/pairs/{pair}/versions").text
        assert versions.count("启用审校·") == 4

    def test_a_hash_that_was_not_shown_is_no_reading(self, signers: list[Browser]) -> None:
        unit = unit_of(signers[0])
        pair = pair_of(signers[0], unit)
        answer = signers[0].post(f"/adoption/pairs/{pair}", seen_hash="0" * 64, then="list")
        assert answer.status_code == 409

    def test_an_editor_reads_but_does_not_sign(self, editor: Browser) -> None:
        unit = unit_of(editor)
        pair = pair_of(editor, unit)
        assert "已审阅，看下一条" not in editor.get(f"/adoption/pairs/{pair}").text
        assert editor.post(unit, stage="first", pair=[pair]).status_code == 403

    def test_a_pair_that_was_signed_bears_no_mark(
        self, signers: list[Browser], operator: Browser, services: Services
    ) -> None:
        unit = unit_of(signers[0])
        pair = pair_of(signers[0], unit)
        for signer in signers:
            read(signer, pair)
            sign(signer, unit, pair)
        assert f"{MARK}" not in signers[0].get(f"/pairs/{pair}/edit").text
