"""Overlaps (问法重复、口径不一致) of a pair's content with the published pairs.

A wording belongs to one pair: where two have it, a question in these words finds both.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlmodel import Session, col, or_, select

from qa_service.errors import ConflictError
from qa_service.knowledge.models import QAPair, QuestionVariant, looked_at_as_published
from qa_service.knowledge.pairs import queries
from qa_service.knowledge.pairs.overlap.disagreements import (
    disagreements,
    documents_in,
    with_documents_named,
)
from qa_service.knowledge.pairs.overlap.near_duplicates import NearDuplicate, nearest_by_pair
from qa_service.knowledge.pairs.queries import PairView
from qa_service.knowledge.pairs.record.content import PairContent, wording_key
from qa_service.knowledge.policies.citing import document_citations
from qa_service.knowledge.upkeep_models import Contradiction, ContradictionKind
from qa_service.retrieval.engine import RetrievalEngine
from qa_service.vocabulary import PairStatus


class WordingInUseError(ConflictError):
    """A wording of the pair belongs to another published pair of the same unit and audience."""

    code = "wording_in_use"
    title = "问法与其他问答重复"


@dataclass(frozen=True, slots=True)
class Overlap:
    """A published pair asked in the same or nearly the same words as some content.

    ``kind`` is None for one that is merely near; ``differences`` says, in Chinese, which
    wordings are equal or what the answers disagree on, and for one merely near what the
    wordings differ in; ``told`` names the documents in it as people do. ``is_same_scope``: unit,
    audience (适用对象) and region are equal too.
    ``outcome`` is the reason why both may stay, where staff has stated one for these versions.
    """

    pair_id: int
    key: str
    version: int
    question: str
    kind: ContradictionKind | None
    differences: tuple[str, ...]
    is_same_scope: bool
    outcome: str | None = None
    told: tuple[str, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Return whether the overlap forbids publication: nobody could tell the two apart."""
        is_equal = self.kind is ContradictionKind.WORDING
        return is_equal and self.is_same_scope and self.outcome is None

    @property
    def message(self) -> str:
        """Return the overlap in one line, in Chinese."""
        label = self.kind.label if self.kind else "问法相近"
        told = f"：{'；'.join(self.told)}" if self.told else ""
        return f"与问答“{self.question}”{label}{told}"


def find_overlaps(
    session: Session,
    engine: RetrievalEngine | None,
    content: PairContent,
    *,
    day: date,
    besides: int | None = None,
    version: int = 0,
) -> list[Overlap]:
    """Return the published pairs that overlap with ``content``, equal wordings first.

    Without an ``engine`` only equal wordings are found. ``besides`` is the id of the pair the
    content belongs to, and ``version`` the number of its version, for which outcomes are looked
    up. Runs an index query of about 20 ms for each of the first wordings.
    """
    shared = shared_wordings(session, content, besides=besides)
    wordings = (content.question, *content.variants)
    near = nearest_by_pair(engine, wordings, besides=besides) if engine else {}
    ids = list(dict.fromkeys((*shared, *near)))
    views = [
        view
        for view in queries.view_pairs(session, ids, day=day)
        if view.status is PairStatus.PUBLISHED
    ]
    found = [
        _compared(
            content,
            view,
            shared.get(view.pair_id, frozenset()),
            near.get(view.pair_id),
            is_first=besides is not None and besides < view.pair_id,
        )
        for view in views
    ]
    named = [replace(one, told=named_differences(session, one.differences)) for one in found]
    return _with_outcomes(session, named, besides, version)


def named_differences(session: Session, differences: Sequence[str]) -> tuple[str, ...]:
    """Return stored points of difference as people read them: documents by title and 文号."""
    names = document_citations(session, documents_in(differences))
    return with_documents_named(differences, names)


def shared_wordings(
    session: Session, content: PairContent, *, besides: int | None = None
) -> dict[int, frozenset[str]]:
    """Return the keys of wordings that other published pairs have too, by the pair's id."""
    found: dict[int, set[str]] = {}
    for pair_id, key in published_wordings(session, set(wordings_by_key(content))):
        if pair_id != besides:
            found.setdefault(pair_id, set()).add(key)
    return {pair_id: frozenset(keys) for pair_id, keys in found.items()}


def scope_of(content: PairContent) -> tuple[str, ...]:
    """Return whom an answer is for and by: unit, audience (适用对象) and region (适用地区)."""
    return content.unit, content.audience, content.region


def wordings_by_key(content: PairContent) -> dict[str, str]:
    """Return the question and the variants by their key; of equal ones the first."""
    texts = (content.question, *content.variants)
    return {wording_key(text): text for text in reversed(texts)}


def published_wordings(session: Session, keys: Iterable[str]) -> Sequence[tuple[int, str]]:
    """Return the ids of published pairs with wordings of these keys, each with the key."""
    wanted = list(keys)
    is_published = looked_at_as_published()
    questions = select(QAPair.id, QAPair.wording_key).where(
        is_published, col(QAPair.wording_key).in_(wanted)
    )
    variants = (
        select(QuestionVariant.pair_id, QuestionVariant.wording_key)
        .join(QAPair, col(QAPair.id) == QuestionVariant.pair_id)
        .where(is_published, col(QuestionVariant.wording_key).in_(wanted))
    )
    rows = [*session.exec(questions).all(), *session.exec(variants).all()]
    return [(pair_id, key) for pair_id, key in rows if pair_id is not None]


def _compared(
    content: PairContent,
    theirs: PairView,
    shared: frozenset[str],
    near: NearDuplicate | None,
    *,
    is_first: bool,
) -> Overlap:
    """Return the overlap of ``content`` with a pair that has ``shared`` wordings or is ``near``.

    What differs is told of the pair with the lower id first, whichever of the two is compared.
    """
    other = theirs.content
    is_same_scope = scope_of(content) == scope_of(other)
    first, second = (content, other) if is_first else (other, content)
    told = answers_disagree(first, second, near, shares_wording=bool(shared))
    kind, differences = None, near.differences if near else ()
    if shared:
        kind = ContradictionKind.WORDING
        texts = (text for key, text in wordings_by_key(first).items() if key in shared)
        differences = (*(f"两条都有问法“{text}”" for text in sorted(texts)), *told)
    elif told:
        kind, differences = ContradictionKind.ANSWERS, told
    return Overlap(
        theirs.pair_id,
        theirs.key,
        theirs.version,
        other.question,
        kind,
        differences,
        is_same_scope,
    )


def answers_disagree(
    first: PairContent, second: PairContent, near: NearDuplicate | None, *, shares_wording: bool
) -> tuple[str, ...]:
    """Return on what the answers of two pairs that ask the same disagree; () if they do not.

    They ask the same if they share a wording, or if ``near`` says that one of theirs hardly
    differs.
    """
    # A guard word that one names and the other does not (another level, year or group of
    # people) calls for another answer, as does another aspect. Of the starter bank, all such
    # neighbours are rightly two.
    asks_the_same = near is not None and not near.differences and _may_share_aspect(first, second)
    if not (shares_wording or asks_the_same):
        return ()
    return disagreements(
        first,
        second,
        with_basis=shares_wording or (near is not None and near.is_close),
        is_same_question=shares_wording or (near is not None and near.only_adds_words),
    )


def _may_share_aspect(content: PairContent, other: PairContent) -> bool:
    """Return whether both may ask the same aspect (问点): it is equal, or one states none."""
    return None in (content.aspect, other.aspect) or content.aspect is other.aspect


def refuse_shared_wordings(
    session: Session, content: PairContent, *, day: date, besides: int | None, version: int
) -> None:
    """Raise WordingInUseError for an equal wording that may not be published."""
    found = find_overlaps(session, None, content, day=day, besides=besides, version=version)
    refused = [one.message for one in found if one.is_refused]
    if refused:
        raise WordingInUseError(f"{'；'.join(refused)}。{REMEDY}")


REMEDY = "请删改其中一条的问法，或由编辑、审核人员说明两条都可保留的理由"


def settled_between(
    session: Session, pair_id: int, others: Sequence[int]
) -> Mapping[int, Contradiction]:
    """Return the settled contradictions of a pair with ``others``, by the other pair's id."""
    first, second = col(Contradiction.first_id), col(Contradiction.second_id)
    statement = select(Contradiction).where(
        col(Contradiction.settled_at).is_not(None),
        or_((first == pair_id) & second.in_(others), (second == pair_id) & first.in_(others)),
    )
    return {
        held.second_id if held.first_id == pair_id else held.first_id: held
        for held in session.exec(statement).all()
    }


def _with_outcomes(
    session: Session, found: Sequence[Overlap], pair_id: int | None, version: int
) -> list[Overlap]:
    """Return the overlaps, equal wordings first, with the outcomes stated for these versions."""
    by_other = (
        settled_between(session, pair_id, [one.pair_id for one in found])
        if pair_id is not None
        else {}
    )
    known = []
    for one in found:
        held = by_other.get(one.pair_id)
        compared = {} if held is None else versions_of(held)
        is_current = compared == {pair_id: version, one.pair_id: one.version}
        known.append(replace(one, outcome=held.outcome) if held and is_current else one)
    order = (ContradictionKind.WORDING, ContradictionKind.ANSWERS, None)
    return sorted(known, key=lambda one: order.index(one.kind))


def versions_of(held: Contradiction) -> dict[int, int]:
    """Return the numbers of the versions a contradiction compares, by pair."""
    return {held.first_id: held.first_version, held.second_id: held.second_version}
