"""Audiences and regions that published answers state, kept until the bank changes."""

from dataclasses import dataclass
from threading import Lock

from sqlmodel import Session, col, select

from qa_service.knowledge.models import QAPair, QAVersion
from qa_service.knowledge.revision import bank_stamp
from qa_service.vocabulary import PairStatus


@dataclass(frozen=True, slots=True)
class Scopes:
    """The audiences (适用对象) and regions (适用地区) named by published answers, by name."""

    audiences: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()


class ScopesInUse:
    """The scopes of the present bank; every page of a call shows them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: tuple[tuple[str, int, int], Scopes] | None = None

    def of(self, session: Session) -> Scopes:
        """Return the scopes, read again where the index revision has changed."""
        stamp = bank_stamp(session)
        with self._lock:
            if self._kept is not None and self._kept[0] == stamp:
                return self._kept[1]
        found = _scopes(session)
        with self._lock:
            self._kept = stamp, found
        return found


def _scopes(session: Session) -> Scopes:
    statement = (
        select(QAVersion.audience, QAVersion.region)
        .join(QAPair, col(QAPair.current_version_id) == QAVersion.id)
        .where(
            QAPair.status == PairStatus.PUBLISHED,
            (col(QAVersion.audience) != "") | (col(QAVersion.region) != ""),
        )
        .distinct()
    )
    rows = session.exec(statement).all()
    audiences = sorted({audience for audience, _ in rows if audience})
    return Scopes(tuple(audiences), tuple(sorted({region for _, region in rows if region})))
