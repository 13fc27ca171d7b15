"""Last use of sessions and keys, collected in memory and written periodically.

If every use were written at once, each read would wait for the database's writers.
"""

from datetime import datetime
from threading import Lock

from sqlalchemy import update
from sqlmodel import Session, col

from qa_service.accounts.models import ApiKey, UserSession


class UsageLog:
    """The newest use of each session and key since the last flush."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._sessions: dict[str, datetime] = {}
        self._keys: dict[int, datetime] = {}

    def note_session(self, token_hash: str, now: datetime) -> None:
        """Note that the session of this token is in use."""
        with self._lock:
            self._sessions[token_hash] = now

    def note_key(self, key_id: int, now: datetime) -> None:
        """Note that the key is in use."""
        with self._lock:
            self._keys[key_id] = now

    def flush(self, session: Session) -> int:
        """Write the collected uses; return how many. A rollback loses them, which is harmless."""
        with self._lock:
            sessions, self._sessions = self._sessions, {}
            keys, self._keys = self._keys, {}
        for token_hash, used_at in sessions.items():
            mine = col(UserSession.token_hash) == token_hash
            session.execute(update(UserSession).where(mine).values(seen_at=used_at))
        for key_id, used_at in keys.items():
            own = col(ApiKey.id) == key_id
            session.execute(update(ApiKey).where(own).values(last_used_at=used_at))
        return len(sessions) + len(keys)
