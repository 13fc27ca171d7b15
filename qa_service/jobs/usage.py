"""Job: write the last uses of sessions and keys that this process collected in memory."""

from qa_service.services import Services
from qa_service.storage.engine import session_scope

NAME = "usage"


def flush_usage(services: Services) -> int:
    """Write the collected uses to the database; return 0, because they count as no change."""
    with session_scope(services.database) as session:
        services.usage.flush(session)
    return 0
