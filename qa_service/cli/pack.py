"""``qa-service pack``: builds the fallback pack (应急包) for desks without network at once."""

from pathlib import Path
from typing import Annotated

import typer

from qa_service.cli.console import JsonOption, report_errors, say, show_json
from qa_service.cli.service import read_settings

NO_FOLDER = "请用 --folder 指定文件夹，或设置 QA_PACK_DIR"


def pack(
    folder: Annotated[Path | None, typer.Option(help="写入的文件夹；默认 QA_PACK_DIR")] = None,
    as_json: JsonOption = False,
) -> None:
    """生成应急包：可检索的网页、SQLite 和 PDF（有 Chromium 的），并删去旧的。"""
    from subprocess import SubprocessError

    from qa_service.clock import SystemClock
    from qa_service.errors import ConfigurationError
    from qa_service.services import open_database
    from qa_service.web.publishing.pack import build_pack
    from qa_service.web.publishing.pdf import find_browser

    with report_errors():
        settings = read_settings()
        target = folder or (Path(settings.pack_dir) if settings.pack_dir else None)
        if target is None:
            raise ConfigurationError(NO_FOLDER)
        database = open_database(settings)
        try:
            written = build_pack(database, target, now=SystemClock().now(), days=settings.pack_days)
        except SubprocessError as error:
            message = f"网页和 SQLite 已写入 {target}，PDF 没有生成（{type(error).__name__}）"
            raise ConfigurationError(message) from error
    if as_json:
        show_json({"files": [str(path) for path in written]})
        return
    for path in written:
        typer.echo(str(path))
    say("已生成应急包" + ("" if find_browser() else "；没有安装 Chromium，没有 PDF"))
