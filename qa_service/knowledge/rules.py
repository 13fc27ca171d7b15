"""When a pair may be published, and when it may be shown."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Protocol

from qa_service.vocabulary import PairStatus, Validity

ENDED = (Validity.LAPSED, Validity.REPEALED)


class Ground(Protocol):
    """What of a policy document decides whether it may be cited."""

    @property
    def title(self) -> str:
        """Its title."""
        ...

    @property
    def validity(self) -> Validity:
        """Whether it is in force."""
        ...

    @property
    def invalid_since(self) -> date | None:
        """The day it ended."""
        ...

    @property
    def effective_from(self) -> date | None:
        """The first day it is in force."""
        ...

    @property
    def is_public(self) -> bool:
        """Whether it has been published."""
        ...


class Standing(Protocol):
    """What of a pair decides whether it may be shown."""

    @property
    def status(self) -> PairStatus:
        """Where it stands."""
        ...

    @property
    def effective_from(self) -> date:
        """The first day it may be told."""
        ...

    @property
    def expires_on(self) -> date | None:
        """The last day it may be told."""
        ...

    @property
    def ground_reason(self) -> str | None:
        """Why it may stand without a basis."""
        ...


def is_in_force(document: Ground, day: date) -> bool:
    """Whether ``document`` may be cited on ``day``.

    A document marked 失效 or 废止 stays citable until the day before it ended;
    without that day it is not citable at all.
    """
    if document.validity not in ENDED:
        return True
    return document.invalid_since is not None and day < document.invalid_since


def obstacles_to_publishing(
    expires_on: date | None,
    basis: Iterable[Ground],
    day: date,
    *,
    ground_reason: str | None = None,
    told_from: date = date.min,
) -> tuple[str, ...]:
    """What stands against publishing on ``day`` what is told from ``told_from`` on, in Chinese.

    A basis must be in the library, public and in force (先入库后公开). ``ground_reason``,
    stated by the final reviewer, stands in for a basis that is missing, not public or not
    yet in force; nothing stands in for one that has ended.
    """
    documents = list(basis)
    found = [] if ground_reason else list(_shaky_grounds(documents, max(day, told_from)))
    found += [
        f"依据《{document.title}》已{document.validity}，请更换现行有效的依据"
        for document in documents
        if not is_in_force(document, day)
    ]
    if expires_on and expires_on < day:
        found.append(f"该答复已于 {expires_on.isoformat()} 失效")
    return tuple(found)


def _shaky_grounds(documents: Sequence[Ground], day: date) -> Iterator[str]:
    if not documents:
        yield "没有政策依据，请先录入政策文件并选为依据"
    for document in documents:
        if not document.is_public:
            yield f"依据《{document.title}》尚未公开，请先公开"
        if document.effective_from and document.effective_from > day:
            yield f"依据《{document.title}》{document.effective_from.isoformat()} 起才施行"


def is_showable(pair: Standing, basis: Iterable[Ground], day: date) -> bool:
    """Whether a citizen may be told this pair's answer on ``day``.

    The last check before anything found by the index is shown: published, in its
    effective dates, and every document it rests on in force.
    """
    return (
        pair.status is PairStatus.PUBLISHED
        and pair.effective_from <= day
        and not obstacles_to_publishing(
            pair.expires_on, basis, day, ground_reason=pair.ground_reason
        )
    )


def imported_status(
    current: PairStatus | None,
    wanted: PairStatus | None,
    *,
    publish: bool,
    reworded: bool,
    obstacles: tuple[str, ...],
) -> PairStatus:
    """Where a pair stands after its row was imported; ``current`` is None for a new one.

    Without ``publish`` nothing moves. With it, ``wanted`` (the file's own 状态, None
    when it has none) can withdraw any pair, and keeps a draft from being published;
    a pair whose wording the file does not change is never brought back.
    """
    kept = current or PairStatus.DRAFT
    if not publish:
        return kept
    if wanted is PairStatus.WITHDRAWN:
        return PairStatus.WITHDRAWN
    if not reworded or wanted is PairStatus.DRAFT:
        return kept
    return PairStatus.WITHDRAWN if obstacles else PairStatus.PUBLISHED
