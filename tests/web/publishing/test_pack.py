"""The fallback pack: what its files hold, that they are dated, and that old ones go."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from subprocess import SubprocessError

import pytest
from actors import person
from public_desk import HIDING, KEY, QUESTION, set_pair, set_version, sign_everything
from visitor import Browser

from qa_service.clock import FixedClock
from qa_service.jobs.bank.pack import build_nightly
from qa_service.jobs.duty import JobContext
from qa_service.knowledge.pairs.queries import find_by_keys
from qa_service.knowledge.pairs.service import withdraw_pair
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.web.publishing.pack import build_pack, newest_pack

ANSWER = "持卡人可带有效身份证件"


def build(services: Services, folder: Path) -> str:
    """Build the pack with a printer that prints nothing; all its text."""
    sign_everything(services)
    written = rebuild(services, folder)
    return "".join(path.read_bytes().decode("utf-8", "replace") for path in written)


def rebuild(services: Services, folder: Path) -> list[Path]:
    now = services.clock.now()
    return build_pack(services.database, folder, now=now, days=7, printer=str.encode)


def withdraw(services: Services) -> None:
    with session_scope(services.database) as session:
        pair = find_by_keys(session, [KEY])[KEY]
        withdraw_pair(session, pair, "有误", now=services.clock.now(), by=person("shenhe"))


def rows(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as base:
        return base.execute(statement).fetchall()


def test_holds_every_public_answer_in_three_files_that_say_until_when(
    services: Services, tmp_path: Path
) -> None:
    set_pair(services, expires_on=date(2026, 12, 31))
    build(services, tmp_path / "pack")
    pack = newest_pack(tmp_path / "pack")
    assert pack
    assert (pack.day, pack.valid_until) == (date(2026, 11, 24), date(2026, 11, 30))
    page, base, printed = (pack.path(suffix) for suffix in (".html", ".sqlite", ".pdf"))
    for path in (page, printed):
        text = path.read_text(encoding="utf-8")
        assert ANSWER in text
        assert "有效至" in text
        assert "2026-11-30" in text
        assert "src=" not in text
        assert "<link" not in text
    assert 'data-until="2026-12-31"' in page.read_text(encoding="utf-8")
    assert rows(base, "SELECT * FROM pack") == [("2026-11-24", "2026-11-30", 11)]
    told = rows(base, f"SELECT question, last_day FROM answer WHERE key = '{KEY}'")  # noqa: S608
    assert told == [(QUESTION, "2026-12-31")]
    cited = rows(base, f"SELECT document_number FROM basis WHERE key = '{KEY}'")  # noqa: S608
    assert cited == [("主席令第35号",)]
    # Others carry the files to the desks.
    assert {path.stat().st_mode & 0o777 for path in (page, base, printed)} == {0o644}


@pytest.mark.parametrize("hide", HIDING.values(), ids=HIDING)
def test_never_holds_what_not_everybody_may_read(
    services: Services, tmp_path: Path, hide: Callable[[Services], object]
) -> None:
    sign_everything(services)
    hide(services)
    held = "".join(
        path.read_bytes().decode("utf-8", "replace") for path in rebuild(services, tmp_path)
    )
    assert "失业保险金怎么领" in held
    assert QUESTION not in held
    assert ANSWER not in held


def test_what_was_withdrawn_is_gone_with_the_next_build_and_its_files(
    services: Services, tmp_path: Path, clock: FixedClock
) -> None:
    assert ANSWER in build(services, tmp_path)
    (tmp_path / ".fallback-20261123-20261129.pdf.part").write_text(ANSWER)
    (tmp_path / "别的文件.html").write_text("留着")
    withdraw(services)
    clock.instant += timedelta(days=1)
    rebuild(services, tmp_path)
    kept = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    names = {f"fallback-20261125-20261201.{end}" for end in ("html", "sqlite", "pdf")}
    assert set(kept) - {"别的文件.html"} >= names
    assert not [name for name in kept if "20261124" in name or name.endswith(".part")]
    assert not [name for name, content in kept.items() if ANSWER.encode() in content]


def test_old_files_go_even_if_the_pdf_cannot_be_printed(
    services: Services, tmp_path: Path, clock: FixedClock
) -> None:
    def failing(_page: str) -> bytes:
        raise SubprocessError

    build(services, tmp_path)
    clock.instant += timedelta(days=1)
    with pytest.raises(SubprocessError):
        build_pack(services.database, tmp_path, now=clock.now(), days=7, printer=failing)
    left = sorted(path.suffix for path in tmp_path.glob("fallback-*"))
    assert left == [".html", ".sqlite"]


def test_hostile_text_cannot_leave_its_place(services: Services, tmp_path: Path) -> None:
    set_version(services, answer="</script><script>window.ran=1</script>", audience='"><i>')
    build(services, tmp_path)
    for path in (*tmp_path.glob("*.html"), *tmp_path.glob("*.pdf")):
        text = path.read_text(encoding="utf-8")
        assert "window.ran=1" in text
        assert "<script>window" not in text
        assert '"><i>' not in text


class TestEachNight:
    def test_a_pack_is_built_and_a_second_round_builds_none(
        self, services: Services, clock: FixedClock, tmp_path: Path
    ) -> None:
        sign_everything(services)
        services.settings.pack_dir = str(tmp_path / "pack")
        services.settings.pack_days = 3
        context = JobContext.of(services)
        assert build_nightly(context) >= 2
        assert build_nightly(context) == 0
        # At half past midnight in Beijing it is not night enough, at two it is.
        clock.instant += timedelta(hours=14, minutes=30)
        assert build_nightly(context) == 0
        clock.instant += timedelta(hours=1, minutes=30)
        assert build_nightly(context) >= 2
        pack = newest_pack(tmp_path / "pack")
        assert pack
        assert (pack.day, pack.valid_until) == (date(2026, 11, 25), date(2026, 11, 27))

    def test_one_is_built_at_once_after_an_answer_was_withdrawn(
        self, services: Services, tmp_path: Path
    ) -> None:
        services.settings.pack_dir = str(tmp_path)
        build(services, tmp_path)
        context = JobContext.of(services)
        assert build_nightly(context) == 0
        withdraw(services)
        assert build_nightly(context) >= 2
        assert build_nightly(context) == 0
        held = [path.read_bytes() for path in tmp_path.glob("fallback-*")]
        assert not [content for content in held if ANSWER.encode() in content]

    def test_none_is_built_without_a_folder(self, services: Services) -> None:
        assert build_nightly(JobContext.of(services)) == 0


def test_staff_download_the_newest_pack(
    operator: Browser, services: Services, tmp_path: Path
) -> None:
    services.settings.pack_dir = str(tmp_path / "pack")
    assert "还没有生成" in operator.get("/booklets").text
    assert operator.get("/booklets/pack/export.html").status_code == 404
    build(services, tmp_path / "pack")
    page = operator.get("/booklets").text
    assert "2026-11-24 生成，有效至 2026-11-30" in page
    for suffix in ("html", "sqlite", "pdf"):
        file = operator.get(f"/booklets/pack/export.{suffix}")
        assert file.headers["content-disposition"].startswith("attachment")
    assert operator.get("/booklets/pack/export.txt").status_code == 404


def test_nobody_downloads_a_pack_that_has_ended(
    operator: Browser, services: Services, tmp_path: Path
) -> None:
    services.settings.pack_dir = str(tmp_path)
    sign_everything(services)
    then = services.clock.now() - timedelta(days=7)
    build_pack(services.database, tmp_path, now=then, days=7, printer=str.encode)
    _refused(operator, "应急包已过期")


def test_nobody_downloads_a_pack_from_before_an_answer_was_withdrawn(
    operator: Browser, services: Services, tmp_path: Path
) -> None:
    services.settings.pack_dir = str(tmp_path)
    build(services, tmp_path)
    withdraw(services)
    _refused(operator, "有答复已变更，正在重新生成应急包")
    rebuild(services, tmp_path)
    assert operator.get("/booklets/pack/export.html").status_code == 200


def _refused(operator: Browser, reason: str) -> None:
    page = operator.get("/booklets").text
    assert reason in page
    assert "/booklets/pack/export" not in page
    for suffix in ("html", "sqlite", "pdf"):
        file = operator.get(f"/booklets/pack/export.{suffix}")
        assert (file.status_code, reason in file.text) == (404, True)
