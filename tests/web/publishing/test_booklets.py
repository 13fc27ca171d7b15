"""Booklets of the desk and of staff: what they hold, their heading, contents, parts, and PDF."""

from datetime import date
from pathlib import Path
from subprocess import SubprocessError
from threading import BoundedSemaphore
from time import monotonic

import pytest
from fastapi.testclient import TestClient
from public_desk import QUESTION, set_law, set_pair, set_version, sign_everything, signed_desk
from visitor import Browser

from qa_service.consultation.desk import booklet
from qa_service.services import Services
from qa_service.web.publishing import pdf_shelf
from qa_service.web.publishing.pdf_shelf import (
    FOLDER,
    KEPT,
    WAIT_SECONDS,
    PdfUnavailableError,
    pdf_of,
)

PRINT = "/desk/booklets/print"


@pytest.fixture
def desk(services: Services) -> TestClient:
    return TestClient(signed_desk(services), follow_redirects=False)


class TestAtTheDesk:
    def test_are_offered_by_area_and_by_audience(
        self, desk: TestClient, services: Services
    ) -> None:
        set_version(services, audience="退休人员")
        page = desk.get("/desk/booklets").text
        assert "养老（2 条）" in page
        assert "退休人员（1 条）" in page

    def test_of_an_area_have_contents_dates_and_basis(
        self, desk: TestClient, services: Services
    ) -> None:
        set_version(services, audience="退休人员")
        set_pair(services, expires_on=date(2026, 12, 31))
        set_law(services, invalid_since=date(2026, 12, 11))
        page = desk.get(PRINT, params={"area": "就业创业"}).text
        assert "<h1>政策咨询问答·就业创业</h1>" in page
        assert "2026-11-24 编印" in page
        assert f'<a href="#q2-1">2.1　{QUESTION}</a>' in page
        assert f'<article id="q2-1">\n  <h3>2.1　{QUESTION}</h3>' in page
        assert "面向所有人" in page
        assert "依据：《中华人民共和国社会保险法》（主席令第35号）" in page
        # The last day is that of the answer or the day before its basis ends.
        assert "其中有的到 2026-12-10 为止有效" in page
        assert QUESTION not in desk.get(PRINT, params={"area": "养老"}).text

    def test_of_an_audience_hold_only_theirs(self, desk: TestClient, services: Services) -> None:
        set_version(services, audience="退休人员")
        page = desk.get(PRINT, params={"audience": "退休人员"}).text
        assert "共 1 条" in page
        assert QUESTION in page

    def test_name_the_desk_as_it_is_set_and_never_a_host_that_was_made_up(
        self, desk: TestClient, services: Services
    ) -> None:
        for address in ("", "https://desk.example/wen"):
            services.settings.desk_url = address
            page = desk.get(PRINT, headers={"Host": "evil.example"}).text
            assert "evil.example" not in page
            assert ("公众查询的二维码" in page, f"{address}/desk；" in page) == (bool(address),) * 2

    def test_long_ones_come_in_parts(
        self, desk: TestClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(booklet, "PART_ANSWERS", 4)
        parts = [desk.get(PRINT, params={"part": number}).text for number in (1, 2, 3)]
        assert [page.count("<article") for page in parts] == [4, 4, 3]
        assert "第 2 册，共 3 册" in parts[1]
        assert 'part=2" aria-current="page"' in parts[1]
        assert "没有可以收入的答复" in desk.get(PRINT, params={"part": 4}).text

    def test_of_nothing_are_no_pdf(self, desk: TestClient) -> None:
        asked = desk.get("/desk/booklets/booklet.pdf", params={"audience": "没有的"})
        assert asked.status_code == 404
        assert desk.get(PRINT, params={"area": "没有的"}).status_code == 404


def test_staff_give_a_booklet_its_title_and_their_office(
    operator: Browser, services: Services
) -> None:
    sign_everything(services)
    page = operator.get("/booklets/print?area=就业创业&title=<b>就业</b>&issuer=甲区政务办").text
    assert "<h1>&lt;b&gt;就业&lt;/b&gt;</h1>" in page
    assert "甲区政务办" in page
    assert QUESTION in page
    assert "没有设置存放应急包的文件夹" in operator.get("/booklets").text


class TestShelf:
    def test_prints_the_same_page_once(self, tmp_path: Path) -> None:
        printed = []

        def printer(page: str) -> bytes:
            printed.append(page)
            return page.encode()

        for page in ("甲", "甲", "乙"):
            assert pdf_of(page, tmp_path, printer=printer) == page.encode()
        assert printed == ["甲", "乙"]

    def test_keeps_the_newest_alone(self, tmp_path: Path) -> None:
        for number in range(KEPT + 2):
            pdf_of(str(number), tmp_path, printer=str.encode)
        assert len(list((tmp_path / FOLDER).iterdir())) == KEPT

    def test_says_so_without_a_browser_or_if_it_fails(self, tmp_path: Path) -> None:
        def failing(_page: str) -> bytes:
            raise SubprocessError

        for printer in (failing, lambda _page: None):
            with pytest.raises(PdfUnavailableError):
                pdf_of("甲", tmp_path, printer=printer)
        assert pdf_of("甲", tmp_path, printer=str.encode) == "甲".encode()

    def test_who_finds_the_queue_full_is_told_at_once_and_keeps_no_thread(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pdf_shelf, "PLACES", BoundedSemaphore(1))

        def printer(page: str) -> bytes:
            """Print a page, while somebody else asks for another."""
            began = monotonic()
            with pytest.raises(PdfUnavailableError, match="正在生成另一份"):
                pdf_of("乙", tmp_path, printer=str.encode)
            assert monotonic() - began < WAIT_SECONDS / 2
            return page.encode()

        for page in ("甲", "丙"):
            assert pdf_of(page, tmp_path, printer=printer) == page.encode()


@pytest.mark.browser
def test_the_pdf_of_a_booklet_is_printed_by_chromium(desk: TestClient) -> None:
    path = f"{PRINT.replace('print', 'booklet.pdf')}?area=就业创业"
    assert "/desk/booklets/booklet.pdf?area=" in desk.get(PRINT, params={"area": "养老"}).text
    printed = desk.get(path)
    assert printed.headers["content-type"] == "application/pdf"
    assert printed.content.startswith(b"%PDF-")
    assert b"/Outlines" in printed.content
    assert printed.headers["cache-control"] == "public, no-cache"
    kept = desk.get(path, headers={"If-None-Match": printed.headers["etag"]})
    assert kept.status_code == 304
