"""The check of ``qa-service doctor`` of flags that pairs and versions repeat, and their repair."""

from typing import TYPE_CHECKING

from qa_service.cli.console import report_errors, say
from qa_service.cli.service import read_settings

if TYPE_CHECKING:
    from qa_service.settings import Settings

NAMED = 5
"""Wrong flags that are named one by one."""


def wrong_stored_flags(settings: "Settings") -> str:
    """Return in Chinese which flags differ from what they repeat; empty if none does."""
    from qa_service.knowledge.pairs.record.repeated_flags import wrong_flags
    from qa_service.storage.engine import open_engine, session_scope
    from qa_service.storage.migrate import is_current
    from qa_service.storage.writer_queue import READ_ONLY

    engine = open_engine(settings.effective_database_url)
    if not is_current(engine.execution_options(**{READ_ONLY: True})):
        return "数据库升级到本版本的结构后才能检查"
    with session_scope(engine, read_only=True) as session:
        found = wrong_flags(session)
    if not found:
        return ""
    named = "；".join(one.text for one in found[:NAMED])
    more = " 等" if len(found) > NAMED else ""
    return f"{len(found)} 处与版本内容不一致：{named}{more}。请运行 qa-service doctor --repair 更正"


def repair_stored_flags() -> None:
    """Set the flags right and say how many were wrong."""
    from qa_service.knowledge.pairs.record.repeated_flags import repair_flags
    from qa_service.services import open_database
    from qa_service.storage.engine import session_scope

    with report_errors():
        with session_scope(open_database(read_settings())) as session:
            found = repair_flags(session)
        say(f"已更正 {len(found)} 处问答标记" if found else "问答标记无须更正")
