"""Product and version of an engine, and the least one that is needed."""

import re
from collections.abc import Sequence

from qa_service.retrieval.backends.contract import SearchEngineError
from qa_service.retrieval.backends.oceanbase.connection import SETTING, Connection

SEEKDB, OCEANBASE = "seekdb", "OceanBase"
LEAST_VERSIONS = {SEEKDB: (1, 1), OCEANBASE: (4, 3, 5)}
"""First versions that search words and vectors as needed here."""

_VERSION = r"{}\D{{0,20}}(\d+(?:\.\d+)+)"


def check_version(connection: Connection) -> None:
    """Raise SearchEngineError unless the engine is one that can be searched as needed here."""
    shown = str(connection.rows("SELECT version()")[0][0])
    kind, version = read_version(shown)
    least = LEAST_VERSIONS.get(kind)
    if least is None:
        raise SearchEngineError(
            f"{connection.address.shown} 不是 OceanBase（{shown}），请检查 {SETTING}"
        )
    if version < least:
        raise SearchEngineError(
            f"检索引擎 {kind} 的版本过旧（{_dotted(version)}），"
            f"需要 {_dotted(least)} 或更新的版本；没有写入任何内容"
        )


def read_version(shown: str) -> tuple[str, tuple[int, ...]]:
    """Return product and version out of the answer to ``version()``; an empty one if unknown.

    seekdb names OceanBase too: ``5.7.25-OceanBase seekdb-v1.4.0.0``.
    """
    for kind in (SEEKDB, OCEANBASE):
        found = re.search(_VERSION.format(kind), shown, re.IGNORECASE)
        if found:
            return kind, tuple(map(int, found[1].split(".")))
    return "", ()


def _dotted(version: Sequence[int]) -> str:
    return ".".join(map(str, version))
