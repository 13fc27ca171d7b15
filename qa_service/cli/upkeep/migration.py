"""``qa-service new-migration``: writes a migration file (for developers, hidden in the help)."""

import tempfile
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from qa_service.cli.console import say

ROOMS_WITH_TABLES = (
    "accounts",
    "knowledge",
    "ledger",
    "consultation",
    "reporting",
    "outbox",
    "storage",
)


def new_migration(
    revision: Annotated[str, typer.Argument(help="版本标识，如 0015_units")],
    message: Annotated[str, typer.Argument(help="一句英文说明")],
) -> None:
    """比较最新结构与代码中的表，生成迁移文件（供开发使用）。"""
    from qa_service.storage.engine import open_engine
    from qa_service.storage.migrate import upgrade, write_revision

    for room in ROOMS_WITH_TABLES:
        import_module(f"qa_service.{room}.models")
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'empty.db'}")
        upgrade(engine)
        path = write_revision(engine, message, revision)
        engine.dispose()
    say(f"已生成 {path}，请检查并补上数据的迁移和测试")
