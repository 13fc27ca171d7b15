"""A disk that is full, and one that cannot be written to, as the kernel makes them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from forked_service import Home, Nursery, make_home, open_nursery
from load import Load
from test_service_kill import check_index, check_kept

from qa_service.storage.engine import open_engine

pytestmark = pytest.mark.faults

AS_ROOT = () if os.geteuid() == 0 else ("--user", "--map-root-user")
UNSHARE = ("unshare", *AS_ROOT, "--mount")
SMALL = 'mount -t tmpfs -o size=24m tmpfs "$0" && cp -a "$1"/. "$0"/ && shift && exec "$@"'
READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'


def may_mount() -> bool:
    return subprocess.run([*UNSHARE, "true"], check=False, capture_output=True).returncode == 0


needs_mounts = pytest.mark.skipif(not may_mount(), reason="this machine lets us mount nothing")


@needs_mounts
class TestFullDisk:
    @pytest.fixture
    def home(self, tmp_path: Path) -> Home:
        home = make_home(tmp_path)
        home.database.dispose()
        (tmp_path / "small").mkdir()
        return Home(tmp_path, open_engine(f"sqlite:///{tmp_path}/small/qa_service.db"), home.key)

    @pytest.fixture
    def small(self, home: Home) -> Iterator[Nursery]:
        """A nursery that sees a small disk where the data are."""
        folders = (str(home.folder / "small"), str(home.folder / "data"))
        with open_nursery(*UNSHARE, "sh", "-ec", SMALL, *folders) as nursery:
            yield nursery

    def test_is_told_and_nothing_acknowledged_is_lost(self, home: Home, small: Nursery) -> None:
        data = home.folder / "small"
        service = small.start(home, QA_DATA_DIR=str(data), QA_INDEX_DIR=str(data / "index"))
        disk = small.root / data.relative_to("/")
        load = Load(service.url, home.key)
        load.run(lambda load: load.acknowledged >= 10)
        fill(disk / "filler")
        load = Load(service.url, home.key, dict(load.entries), list(load.variants))
        load.run(lambda load: len(load.refusals) >= 5)
        assert set(load.refusals) == {503}
        assert all('"disk_full"' in said for said in load.told), load.told
        key = {"Authorization": f"Bearer {home.key}"}
        found = httpx.get(f"{service.url}/api/v1/search", params={"q": "社保卡"}, headers=key)
        assert found.status_code == 200, "what is known is still answered"
        assert httpx.get(f"{service.url}/readyz").status_code == 503
        (disk / "filler").unlink()
        load.refusals.clear()
        load.settle(service.url)
        assert not load.refusals
        service.kill()
        # SQLite itself would look for the file where this process sees the folder.
        shutil.copytree(disk, data, dirs_exist_ok=True)
        check_kept(home, load)
        home.database.dispose()


def fill(path: Path) -> None:
    """Write until the disk is full."""
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            with pytest.raises(OSError, match="No space"):
                while file.write(b"\0" * size):
                    pass


@needs_mounts
class TestReadOnlyDisk:
    def test_of_the_index_costs_no_answer(self, home_on_sqlite: Home) -> None:
        home = home_on_sqlite
        (home.folder / "index").mkdir()
        prefix = (*UNSHARE, "sh", "-ec", READ_ONLY, str(home.folder / "index"))
        with open_nursery(*prefix) as nursery:
            service = nursery.start(home)
            load = Load(service.url, home.key)
            load.run(lambda load: load.acknowledged >= 10)
            check_kept(home, load)
            check_index(home, load, service.url)
            service.kill()

    def test_of_the_data_is_told_before_anything_starts(self, home_on_sqlite: Home) -> None:
        home = home_on_sqlite
        home.database.dispose()
        own = {name: str(home.folder / name) for name in ("data", "corpus", "index")}
        serve = (sys.executable, "-c", "from qa_service.cli import app; app()", "serve")
        told = subprocess.run(
            [*UNSHARE, "sh", "-ec", READ_ONLY, own["data"], *serve],
            env={**os.environ, **{f"QA_{name.upper()}_DIR": path for name, path in own.items()}},
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.returncode == 1
        assert "无法写入" in told.stderr
        assert "Traceback" not in told.stderr
