"""A PostgreSQL 15 primary with a synchronous streaming replica, both our own."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from places import HERE, Place
from postgres_server import free_port, run_postgres

STANDBY_NAME = "beside"


@dataclass
class PostgresPair:
    """Two servers below one folder; every commit waits for both."""

    folder: Path
    primary_place: Place = HERE
    standby_place: Place = HERE
    primary_port: int = field(default_factory=free_port)
    standby_port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        """The address of whichever of the two takes writes."""
        ports = f"{self.primary_port},{self.standby_port}"
        hosts = f"{self.primary_place.host},{self.standby_place.host}"
        return (
            f"postgresql+psycopg://postgres@/postgres?host={hosts}"
            f"&port={ports}&target_session_attrs=read-write"
        )

    def start(self) -> None:
        """Return once both answer and commits wait for the replica."""
        primary, standby = self.folder / "primary", self.folder / "standby"
        run_postgres("initdb", "-D", str(primary), "-U", "postgres", "-A", "trust", "-E", "UTF8")
        with (primary / "pg_hba.conf").open("a", encoding="ascii") as rules:
            rules.write("host all all samenet trust\nhost replication all samenet trust\n")
        self._start(primary, self.primary_port, self.primary_place)
        source = f"host={self.primary_place.host} port={self.primary_port} user=postgres"
        run_postgres(
            *("pg_basebackup", "-D", str(standby), "-R", "-c", "fast", "-X", "stream"),
            *("-d", f"{source} application_name={STANDBY_NAME}"),
            place=self.standby_place,
        )
        self._start(standby, self.standby_port, self.standby_place)
        # Only now, or commits would have waited for a replica that was not there yet.
        self._psql(f"ALTER SYSTEM SET synchronous_standby_names = {STANDBY_NAME}")
        self._psql("SELECT pg_reload_conf()")

    def kill_primary(self) -> None:
        """End every process of the primary at once, as a power cut would."""
        pid_file = self.folder / "primary" / "postmaster.pid"
        postmaster = int(pid_file.read_text(encoding="ascii").split()[0])
        children = _children_of(postmaster)
        for process in (postmaster, *children):
            _kill(process)
        pid_file.unlink()  # or whoever has that number next would be stopped for it

    def promote(self) -> None:
        """Let the replica take writes; return once it does."""
        run_postgres("pg_ctl", "-D", str(self.folder / "standby"), "-w", "promote")

    def stop(self) -> None:
        """End both."""
        for name in ("primary", "standby"):
            data = str(self.folder / name)
            run_postgres("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop", check=False)

    def _start(self, data: Path, port: int, place: Place) -> None:
        options = (
            f"-p {port} -k {self.folder} -c listen_addresses={place.host} -c fsync=off"
            " -c synchronous_commit=on"
        )
        log = str(self.folder / f"{data.name}.log")
        started = ("pg_ctl", "-D", str(data), "-l", log, "-w", "-o", options, "start")
        run_postgres(*started, place=place)

    def _psql(self, statement: str) -> None:
        """Run a statement on the primary."""
        run_postgres(
            *("psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder)),
            *("-p", str(self.primary_port), "-U", "postgres", "-c", statement),
        )


@contextmanager
def open_postgres_pair(primary: Place = HERE, standby: Place = HERE) -> Iterator[PostgresPair]:
    """A fresh pair, gone when the block ends."""
    folder = Path("/tmp") / f"qa-postgres-pair-{uuid4().hex[:8]}"  # noqa: S108
    folder.mkdir(mode=0o700)
    pair = PostgresPair(folder, primary, standby)
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        pair.start()
        yield pair
    finally:
        pair.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _children_of(process: int) -> list[int]:
    """The processes that one has started, by Linux's own list."""
    listed = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
    return [int(one) for one in listed.split()]


def _kill(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return  # it ended by itself when the first was gone
