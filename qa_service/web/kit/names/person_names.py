"""Names of people for templates: what a person is called now, not the login a row recorded."""

from sqlalchemy import Engine

from qa_service.accounts.names.display_names import every_display_name
from qa_service.storage.engine import session_scope


class PersonNames:
    """Gives the display name of a person who did something, read when a page first shows one."""

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._names: dict[int | str, str] | None = None

    def __call__(self, recorded: str | None, person_id: int | None = None) -> str:
        """Return the name of the person with this id, or of the account recorded by its login.

        Systems, the service itself and people whom no account knows keep what was recorded.
        """
        if not recorded and person_id is None:
            return ""
        if self._names is None:
            with session_scope(self._database, read_only=True) as session:
                self._names = every_display_name(session)
        if person_id is not None:
            return self._names.get(person_id, recorded or "")
        return self._names.get(recorded or "", recorded or "")
