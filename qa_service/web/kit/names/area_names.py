"""Names of policy areas for templates, read when a page first shows one."""

from sqlalchemy import Engine

from qa_service.accounts.areas import area_names
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import AreaKey


class AreaNames:
    """Gives the present name of an area by its key, for one page."""

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._names: dict[AreaKey, str] | None = None

    def __call__(self, key: AreaKey) -> str:
        """Return the name of the area; the key itself for one the bank does not know."""
        if self._names is None:
            with session_scope(self._database, read_only=True) as session:
                self._names = area_names(session)
        return self._names.get(key, key)
