"""Writes what pairs say, one or many at a time, in a few statements.

The checks come first and write nothing, so a refused content leaves no trace.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import uuid4

from sqlmodel import Session, col, select

from qa_service.accounts.actor import RecordedActor
from qa_service.accounts.models import Unit
from qa_service.errors import FieldProblem
from qa_service.knowledge.models import (
    PairBasis,
    PolicyDocument,
    QAPair,
    QAVersion,
    QuestionVariant,
    stored_id,
)
from qa_service.knowledge.pairs import queries
from qa_service.knowledge.pairs.content import InvalidPairError, PairContent, question_key
from qa_service.vocabulary import PairStatus, VariantOrigin


@dataclass(frozen=True, slots=True)
class References:
    """The units and documents that contents point to, by key."""

    units: Mapping[str, int]
    documents: Mapping[str, PolicyDocument]

    def check(self, content: PairContent) -> None:
        """Raise InvalidPairError for a unit or a document that is not there."""
        problems = [
            FieldProblem("basis", f"政策库中没有“{key}”，请先录入政策文件")
            for key in dict.fromkeys(cited.policy for cited in content.basis)
            if key not in self.documents
        ]
        if content.unit not in self.units:
            message = f"没有承办单位“{content.unit}”，请从单位名录中选择"
            problems.insert(0, FieldProblem("unit", message))
        if problems:
            raise InvalidPairError("问答内容有误，请按提示修改", problems=tuple(problems))

    def basis_of(self, content: PairContent) -> list[PolicyDocument]:
        """The documents ``content`` rests on."""
        return [self.documents[cited.policy] for cited in content.basis]


@dataclass(frozen=True, slots=True)
class PairRevision:
    """A pair and what it is to say; ``before`` is None for a new one."""

    pair: QAPair
    content: PairContent
    before: PairContent | None
    variant_origin: VariantOrigin = VariantOrigin.AUTHOR


def find_references(session: Session, contents: Iterable[PairContent]) -> References:
    """What of the units and documents of ``contents`` there is."""
    listed = list(contents)
    unit_keys = {content.unit for content in listed}
    units = session.exec(select(Unit).where(col(Unit.key).in_(unit_keys))).all()
    keys = {cited.policy for content in listed for cited in content.basis}
    documents = session.exec(select(PolicyDocument).where(col(PolicyDocument.key).in_(keys))).all()
    return References(
        {unit.key: unit.id for unit in units if unit.id is not None},
        {document.key: document for document in documents},
    )


def new_key() -> str:
    """A key for a pair whose author gave none."""
    return f"qa-{uuid4().hex[:12]}"


def new_pair(key: str, content: PairContent, references: References, *, now: datetime) -> QAPair:
    """A draft of ``content`` that is not stored before ``write_wordings``."""
    return QAPair(
        key=key,
        area=content.area,
        unit_id=references.units[content.unit],
        question_key=question_key(content.question),
        status=PairStatus.DRAFT,
        effective_from=content.effective_from,
        expires_on=content.expires_on,
        review_by=content.review_by,
        created_at=now,
        updated_at=now,
    )


def set_content(
    pair: QAPair, content: PairContent, references: References, *, now: datetime
) -> None:
    """Put on a stored pair itself what ``content`` says, before ``write_wordings``."""
    pair.area = content.area
    pair.unit_id = references.units[content.unit]
    pair.question_key = question_key(content.question)
    pair.effective_from = content.effective_from
    pair.expires_on = content.expires_on
    pair.review_by = content.review_by
    pair.updated_at = now


def write_wordings(
    session: Session,
    wordings: Sequence[PairRevision],
    references: References,
    *,
    author: RecordedActor,
    now: datetime,
) -> None:
    """Store the pairs with a new version each, which is what they tell, and their variants.

    Whatever was in work about them gives way; it stays in their history.
    """
    session.add_all(wording.pair for wording in wordings)
    session.flush()
    for wording, version in write_versions(session, wordings, references, author=author, now=now):
        pair = wording.pair
        pair.current_version_id, pair.draft_version_id = version.id, None
        end_review(pair)
    write_variants(session, wordings, author=author)
    session.flush()


def end_review(pair: QAPair) -> None:
    """Take the pair out of review: nothing of it is submitted any more."""
    pair.submitted_at = pair.submitted_by = None
    pair.submitted_by_person_id = pair.submitted_by_key_id = None


def write_draft_revisions(
    session: Session,
    wordings: Sequence[PairRevision],
    references: References,
    *,
    author: RecordedActor,
    now: datetime,
) -> None:
    """Store a version in work for each published pair, which goes on telling what it does."""
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
    """The new version of each wording, with its basis; none is what its pair tells yet."""
    rewritten = [stored_id(wording.pair) for wording in wordings if wording.before is not None]
    numbers = queries.last_version_numbers(session, rewritten)
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
    return written


def _version(
    pair_id: int,
    number: int,
    content: PairContent,
    references: References,
    author: RecordedActor,
    now: datetime,
) -> QAVersion:
    return QAVersion(
        pair_id=pair_id,
        number=number,
        question=content.question,
        answer=content.answer,
        phone_script=content.phone_script,
        keywords=list(content.keywords),
        area=content.area,
        unit_id=references.units[content.unit],
        effective_from=content.effective_from,
        expires_on=content.expires_on,
        review_by=content.review_by,
        variants=list(content.variants),
        audience=content.audience,
        region=content.region,
        clarifying=[asdict(asked) for asked in content.clarifying],
        content_hash=content.displayed_content_hash(),
        author=author.name,
        author_person_id=author.person_id,
        author_key_id=author.api_key_id,
        created_at=now,
    )


def _basis_rows(
    version: QAVersion, content: PairContent, references: References
) -> list[PairBasis]:
    return [
        PairBasis(
            version_id=stored_id(version),
            document_id=stored_id(references.documents[cited.policy]),
            article=cited.article,
            position=position,
        )
        for position, cited in enumerate(content.basis)
    ]


def write_variants(
    session: Session, wordings: Sequence[PairRevision], *, author: RecordedActor
) -> None:
    """Store the variants by which each pair is found; those that stay keep their row."""
    # A variant that stays keeps its row, and with it who accepted it and where it came from.
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
            row.position = position
            session.add(row)
    for row in kept.values():
        session.delete(row)
