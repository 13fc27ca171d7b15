"""``qa-service pack``: the fallback pack at once, into a folder."""

from collections.abc import Callable
from pathlib import Path

from click.testing import Result

Command = Callable[..., Result]


def test_writes_the_pack_and_names_its_files(command: Command, tmp_path: Path) -> None:
    command("ask", "社保卡丢了怎么补办？")
    done = command("pack", "--folder", str(tmp_path / "pack"))
    assert done.exit_code == 0, done.output
    written = {Path(line) for line in done.stdout.splitlines()}
    assert {".html", ".sqlite"} <= {path.suffix for path in written}
    assert all(path.is_file() for path in written)


def test_asks_for_a_folder(command: Command) -> None:
    refused = command("pack")
    assert refused.exit_code == 1
    assert "QA_PACK_DIR" in refused.stderr
