"""Bulk writing of pairs, versions, citations and variants, in a few statements.

The checks run before any write, so rejected content leaves no rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import func
from sqlmodel import Session, col, select

from qa_service.accounts.actor import RecordedActor
from qa_service.accounts.areas import area_message, list_areas
from qa_service.accounts.models import Unit
from qa_service.errors import FieldProblem
from qa_service.knowledge.coverage.placing import place_versions
from qa_service.knowledge.models import (
    PairBasis,
    PolicyDocument,
    QAPair,
    QAVersion,
    QuestionVariant,
    end_review,
    stored_id,
)
from qa_service.knowledge.pairs import queries
from qa_service.knowledge.pairs.record.content import (
    PAIR_FIELDS,
    PairContent,
    question_key,
    wording_key,
)
from qa_service.knowledge.pairs.record.rules import InvalidPairError
from qa_service.knowledge.pairs.variants.offering import offer_again
from qa_service.vocabulary import AreaKey, PairStatus, VariantOrigin

PAIR_NAMES = tuple(field.name for field in PAIR_FIELDS if field.name in QAPair.model_fields)
"""Fields of a pair's content that are also columns of ``QAPair``, for filtering."""


@dataclass(frozen=True, slots=True)
class References:
    """The units and documents that contents refer to, by key, and the areas in use.

    ``retired`` holds the keys of those units that are no longer in use.
    """

    units: Mapping[str, int]
    retired: frozenset[str]
    documents: Mapping[str, PolicyDocument]
    areas: Sequence[AreaKey]

    def check(self, content: PairContent, before: PairContent | None = None) -> None:
        """Raise InvalidPairError for an area, unit or document that does not exist.

        A retired area or unit counts as missing unless ``before`` has it already.
        """
        problems = [
            FieldProblem("basis", f"政策库中没有“{key}”，请先录入政策文件")
            for key in dict.fromkeys(cited.policy for cited in content.basis)
            if key not in self.documents
        ]
        is_kept = before is not None and before.unit == content.unit
        if content.unit not in self.units or (content.unit in self.retired and not is_kept):
            state = "（已停用）" if content.unit in self.retired else ""
            message = f"没有承办单位“{content.unit}”{state}，请从单位名录中选择"
            problems.insert(0, FieldProblem("unit", message))
        is_kept = before is not None and before.area == content.area
        if content.area not in self.areas and not is_kept:
            message = area_message(content.area, "、".join(self.areas))
            problems.insert(0, FieldProblem("area", message))
        if problems:
            raise InvalidPairError("问答内容有误，请按提示修改", problems=tuple(problems))

    def basis_of(self, content: PairContent) -> list[PolicyDocument]:
        """Return the documents that ``content`` cites."""
        return [self.documents[cited.policy] for cited in content.basis]


@dataclass(frozen=True, slots=True)
class PairRevision:
    """A pair and its new content; ``before`` is the content it replaces, None for a new pair."""

    pair: QAPair
    content: PairContent
    before: PairContent | None
    variant_origin: VariantOrigin = VariantOrigin.AUTHOR


def find_references(session: Session, contents: Iterable[PairContent]) -> References:
    """Return the existing units and documents named by ``contents``, and the areas in use."""
    listed = list(contents)
    unit_keys = {content.unit for content in listed}
    units = session.exec(select(Unit).where(col(Unit.key).in_(unit_keys))).all()
    keys = {cited.policy for content in listed for cited in content.basis}
    documents = session.exec(select(PolicyDocument).where(col(PolicyDocument.key).in_(keys))).all()
    return References(
        {unit.key: unit.id for unit in units if unit.id is not None},
        frozenset(unit.key for unit in units if not unit.is_active),
        {document.key: document for document in documents},
        [area.key for area in list_areas(session, active_only=True)],
    )


def new_key() -> str:
    """Return a new random key for a pair without one."""
    return f"qa-{uuid4().hex[:12]}"


def new_pair(key: str, content: PairContent, references: References, *, now: datetime) -> QAPair:
    """Return a draft pair with ``content``; ``write_wordings`` stores it."""
    return QAPair(
        key=key,
        unit_id=references.units[content.unit],
        question_key=question_key(content.question),
        wording_key=wording_key(content.question),
        status=PairStatus.DRAFT,
        created_at=now,
        updated_at=now,
        **content.values(PAIR_NAMES),
    )


def set_content(
    pair: QAPair, content: PairContent, references: References, *, now: datetime
) -> None:
    """Set the columns of ``pair`` that duplicate its content; call before ``write_wordings``."""
    for name in PAIR_NAMES:
        setattr(pair, name, content.value(name))
    pair.unit_id = references.units[content.unit]
    pair.question_key = question_key(content.question)
    pair.wording_key = wording_key(content.question)
    pair.updated_at = now


def write_wordings(
    session: Session,
    wordings: Sequence[PairRevision],
    references: References,
    *,
    author: RecordedActor,
    now: datetime,
) -> None:
    """Store the pairs with a new current version each, and their variants.

    A version in work is superseded, and stays in the history.
    """
    session.add_all(wording.pair for wording in wordings)
    session.flush()
    for wording, version in write_versions(session, wordings, references, author=author, now=now):
        pair = wording.pair
        put_in_force(pair, version)
        if pair.status is PairStatus.PUBLISHED:
            version.adopted_from = pair.adopted_from
            pair.is_imported = pair.is_imported or pair.adopted_from is not None
        end_review(pair)
    write_variants(session, wordings, author=author)
    session.flush()


def put_in_force(pair: QAPair, version: QAVersion) -> None:
    """Make a stored version the current one, in place of any in work."""
    pair.current_version_id, pair.draft_version_id = version.id, None
    pair.has_blanks, pair.has_unread = version.has_blanks, version.has_unread


def write_draft_revisions(
    session: Session,
    wordings: Sequence[PairRevision],
    references: References,
    *,
    author: RecordedActor,
    now: datetime,
) -> None:
    """Store a version in work for each published pair, which keeps its current one."""
    for wording, version in write_versions(session, wordings, references, author=author, now=now):
        wording.pair.draft_version_id = version.id
        end_review(wording.pair)
        session.add(wording.pair)
    session.flush()


def write_versions(
    session: Session,
    wordings: Sequence[PairRevision],
    references: References,
    *,
    author: RecordedActor,
    now: datetime,
) -> list[tuple[PairRevision, QAVersion]]:
    """Store a new version with its citations for each wording; return them, none current yet."""
    rewritten = [stored_id(wording.pair) for wording in wordings if wording.before is not None]
    numbers = _last_version_numbers(session, rewritten)
    written = []
    for wording in wordings:
        pair_id = stored_id(wording.pair)
        version = _version(
            pair_id, numbers.get(pair_id, 0) + 1, wording.content, references, author, now
        )
        written.append((wording, version))
    session.add_all(version for _, version in written)
    session.flush()
    for wording, version in written:
        session.add_all(_basis_rows(version, wording.content, references))
    place_versions(session, [version for _, version in written])
    return written


def _version(
    pair_id: int,
    number: int,
    content: PairContent,
    references: References,
    author: RecordedActor,
    now: datetime,
) -> QAVersion:
    """Return an unstored version with this content."""
    return QAVersion(
        pair_id=pair_id,
        number=number,
        unit_id=references.units[content.unit],
        content_hash=content.displayed_content_hash(),
        has_blanks=bool(content.blanks),
        has_unread=not all(cited.verified for cited in content.basis),
        author=author.name,
        author_person_id=author.person_id,
        author_key_id=author.api_key_id,
        created_at=now,
        **content.values(queries.VERSION_NAMES),
    )


def _basis_rows(
    version: QAVersion, content: PairContent, references: References
) -> list[PairBasis]:
    """Return the citations of a stored version as rows."""
    return [
        PairBasis(
            version_id=stored_id(version),
            document_id=stored_id(references.documents[cited.policy]),
            article=cited.article,
            verified=cited.verified,
            position=position,
        )
        for position, cited in enumerate(content.basis)
    ]


def write_variants(
    session: Session, wordings: Sequence[PairRevision], *, author: RecordedActor
) -> None:
    """Store the variants of each pair whose variants changed.

    An accepted wording that is left out without its author having seen it is offered again.
    """
    # An unchanged variant keeps its row, which records its acceptor and origin.
    changed = [
        wording
        for wording in wordings
        if wording.before is None or wording.before.variants != wording.content.variants
    ]
    ids = [stored_id(wording.pair) for wording in changed if wording.before is not None]
    rows = session.exec(select(QuestionVariant).where(col(QuestionVariant.pair_id).in_(ids))).all()
    kept = {(row.pair_id, row.text): row for row in rows}
    for wording in changed:
        pair_id = stored_id(wording.pair)
        for position, text in enumerate(wording.content.variants):
            row = kept.pop((pair_id, text), None) or QuestionVariant(
                pair_id=pair_id,
                text=text,
                origin=wording.variant_origin,
                accepted_by=author.name,
                accepted_by_person_id=author.person_id,
                accepted_by_key_id=author.api_key_id,
            )
            row.position, row.wording_key = position, wording_key(text)
            session.add(row)
    dropped = list(kept.values())
    offer_again(session, dropped)
    for row in dropped:
        session.delete(row)


def _last_version_numbers(session: Session, pair_ids: Sequence[int]) -> dict[int, int]:
    """Return the number of each pair's newest version, by the pair's id."""
    statement = (
        select(QAVersion.pair_id, func.max(QAVersion.number))
        .where(col(QAVersion.pair_id).in_(pair_ids))
        .group_by(col(QAVersion.pair_id))
    )
    return dict(session.exec(statement).all())
