"""Conditions for publishing a pair and for showing it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Protocol

from qa_service.vocabulary import PairStatus, Validity

ENDED = (Validity.LAPSED, Validity.REPEALED)
NO_LONGER_PUBLIC = "不再公开"
"""What the reason of an answer says that lost its basis because a document was closed."""


class CitedDocument(Protocol):
    """Attributes of a policy document that decide whether it may be cited."""

    @property
    def title(self) -> str:
        """The title."""
        ...

    @property
    def validity(self) -> Validity:
        """The validity mark."""
        ...

    @property
    def invalid_since(self) -> date | None:
        """The day on which it ended, if known."""
        ...

    @property
    def effective_from(self) -> date | None:
        """The first day in force, if known."""
        ...

    @property
    def is_public(self) -> bool:
        """Whether the document is public."""
        ...


class PublishablePair(Protocol):
    """Attributes of a pair that decide whether it may be shown."""

    @property
    def status(self) -> PairStatus:
        """The publication status."""
        ...

    @property
    def effective_from(self) -> date:
        """The first day on which the answer is valid."""
        ...

    @property
    def expires_on(self) -> date | None:
        """The last day on which the answer is valid."""
        ...

    @property
    def ground_reason(self) -> str | None:
        """The final reviewer's reason for publishing without a sufficient basis."""
        ...


def is_in_force(document: CitedDocument, day: date) -> bool:
    """Return whether ``document`` may be cited on ``day``.

    A document marked 失效 or 废止 may be cited until the day before it ended; without that
    day it may not be cited at all.
    """
    if document.validity not in ENDED:
        return True
    return document.invalid_since is not None and day < document.invalid_since


def standing(validity: Validity, invalid_since: date | None, day: date) -> str:
    """Return in Chinese how a document stands on ``day``.

    A mark of an end ahead says that day: 将于 2026-12-10 失效.
    """
    if validity in ENDED and invalid_since is not None and day < invalid_since:
        return f"将于 {invalid_since.isoformat()} {validity.value}"
    return validity.label


def obstacles_to_publishing(
    expires_on: date | None,
    basis: Iterable[CitedDocument],
    day: date,
    *,
    ground_reason: str | None = None,
    effective_from: date = date.min,
) -> tuple[str, ...]:
    """Return the Chinese reasons against publishing on ``day``; () if there are none.

    A basis must be in the library, public and in force (先入库后公开) by ``effective_from``,
    the first day of the answer. ``ground_reason``, stated by the final reviewer, replaces a
    basis that is missing, not public or not yet in force, but not one that has ended.
    """
    documents = list(basis)
    found = [] if ground_reason else list(_basis_obstacles(documents, max(day, effective_from)))
    found += [
        f"依据《{document.title}》已{document.validity}，请更换现行有效的依据"
        for document in documents
        if not is_in_force(document, day)
    ]
    if expires_on and expires_on < day:
        found.append(f"该答复已于 {expires_on.isoformat()} 失效")
    return tuple(found)


def _basis_obstacles(documents: Sequence[CitedDocument], day: date) -> Iterator[str]:
    if not documents:
        yield "没有政策依据，请先录入政策文件并选为依据"
    for document in documents:
        if not document.is_public:
            yield f"依据《{document.title}》尚未公开，请先公开"
        if document.effective_from and document.effective_from > day:
            yield f"依据《{document.title}》{document.effective_from.isoformat()} 起才施行"


def is_showable(pair: PublishablePair, basis: Iterable[CitedDocument], day: date) -> bool:
    """Return whether the answer of ``pair`` may be shown on ``day``.

    The last check of every search result: the pair is published, ``day`` is within its
    effective dates, and every cited document is in force.
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
    """Return the status of a pair after the import of its row; ``current`` is None if new.

    Without ``publish`` the status does not change. With it, ``wanted`` (the file's 状态, None
    when it has none) can withdraw any pair and can prevent the publication of a draft; a pair
    suspended in the bank the file comes from is withdrawn; a withdrawn or suspended pair whose
    wording the file does not change is never published again.
    """
    kept = current or PairStatus.DRAFT
    if not publish:
        return kept
    if wanted is PairStatus.SUSPENDED and current is PairStatus.SUSPENDED and not reworded:
        return kept
    if wanted in (PairStatus.WITHDRAWN, PairStatus.SUSPENDED):
        return PairStatus.WITHDRAWN
    if not reworded or wanted is PairStatus.DRAFT:
        return kept
    return PairStatus.WITHDRAWN if obstacles else PairStatus.PUBLISHED
