"""The matters (事项) the bank is to cover, and how far it does (全部入库)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from uuid import uuid4

from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from qa_service.errors import FieldProblem, InvalidInputError, NotFoundError
from qa_service.knowledge.models import Matter, PairStatus, QAPair, QAVersion
from qa_service.knowledge.row_fields import Column, RowFields
from qa_service.knowledge.row_reading import read_rows
from qa_service.policy_field import PolicyField
from qa_service.text.normalise import display_clean

EXPIRING = timedelta(days=60)
"""How long before its last day, or its 复核日期, a pair is called expiring."""

NAME_CHARACTERS = 100
KEYWORD_SIGNS = "、，, |"

COLUMNS = (
    Column("key", "标识", required=True),
    Column("field", "领域", required=True),
    Column("name", "事项", required=True),
    Column("keywords", "关键词", required=True),
)

_FIELDS = {member.value: member for member in PolicyField}


class InvalidMatterError(InvalidInputError):
    """A matter lacks its field, its name or its keywords."""

    code = "invalid_matter"
    title = "事项信息有误"


class MatterNotFoundError(NotFoundError):
    """No matter has this id."""

    code = "matter_not_found"
    title = "没有这个事项"


class Standing(StrEnum):
    """How a pair counts for its matter."""

    PUBLISHED = "published"
    """已发布"""
    EXPIRING = "expiring"
    """将到期"""
    IN_REVIEW = "in_review"
    """审核中"""
    DRAFT = "draft"
    """草稿"""


@dataclass(frozen=True, slots=True)
class MatterContent:
    """What a matter is; its keywords are looked for in questions of its field."""

    field: PolicyField
    name: str
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many pairs a matter has; ``matter_id`` is None for those no matter takes."""

    matter_id: int | None
    field: PolicyField
    name: str
    keywords: tuple[str, ...]
    counts: Counter[Standing]

    @property
    def is_missing(self) -> bool:
        """Whether nothing about it is published."""
        return not self.counts[Standing.PUBLISHED] + self.counts[Standing.EXPIRING]


def load_matters(session: Session, path: Path) -> int:
    """How many matters of a file were new or changed; an absent file has none.

    Raises UnreadableFileError or InvalidMatterError.
    """
    if not path.exists():
        return 0
    known = {matter.key: matter for matter in session.exec(select(Matter)).all()}
    changed = 0
    for row in read_rows(path):
        fields = RowFields(row, COLUMNS)
        key = display_clean(fields.text("key"))
        field = fields.choice("field", _FIELDS)
        if fields.problems or field is None:
            raise InvalidMatterError("事项清单有误，请修改", problems=tuple(fields.problems))
        keywords = fields.items("keywords", KEYWORD_SIGNS)
        content = _checked(MatterContent(field, fields.text("name"), keywords))
        matter = known.get(key) or Matter(key=key, field=field, name="", keywords=[])
        changed += _put(session, matter, content)
    session.flush()
    return changed


def save_matter(session: Session, content: MatterContent, matter_id: int | None = None) -> Matter:
    """The matter as it now is, a new one without an id.

    Raises InvalidMatterError or MatterNotFoundError.
    """
    content = _checked(content)
    matter = Matter(key=f"m-{uuid4().hex[:12]}", field=content.field, name="", keywords=[])
    if matter_id is not None:
        matter = _find(session, matter_id)
    _put(session, matter, content)
    session.flush()
    return matter


def delete_matter(session: Session, matter_id: int) -> None:
    """Take a matter off the list; its pairs stay. Raises MatterNotFoundError."""
    session.delete(_find(session, matter_id))
    session.flush()


def coverage(session: Session, *, day: date) -> list[Coverage]:
    """Every matter by field, then the pairs of each field that no matter takes."""
    matters = session.exec(select(Matter).order_by(col(Matter.id))).all()
    counts: dict[tuple[PolicyField, int | None], Counter[Standing]] = {}
    of_field = {field: [one for one in matters if one.field is field] for field in PolicyField}
    for field, question, keywords, standing in _pairs(session, day):
        for matter_id in _matters_of(question, keywords, of_field[field]) or [None]:
            counts.setdefault((field, matter_id), Counter())[standing] += 1
    found = []
    for field in PolicyField:
        for one in of_field[field]:
            held = counts.get((field, one.id), Counter())
            found.append(Coverage(one.id, field, one.name, tuple(one.keywords), held))
        others = counts.get((field, None))
        if others:
            found.append(Coverage(None, field, "其他", (), others))
    return found


def _pairs(session: Session, day: date) -> Iterable[tuple[PolicyField, str, list[str], Standing]]:
    statement = (
        sa_select(
            col(QAPair.field),
            col(QAVersion.question),
            col(QAVersion.keywords),
            col(QAPair.status),
            col(QAPair.submitted_at),
            col(QAPair.expires_on),
            col(QAPair.review_by),
        )
        .join_from(QAPair, QAVersion, col(QAVersion.id) == QAPair.current_version_id)
        .where(col(QAPair.status) != PairStatus.WITHDRAWN)
    )
    soon = day + EXPIRING
    for field, question, keywords, status, submitted_at, expires_on, review_by in session.execute(
        statement
    ):
        if status is PairStatus.DRAFT:
            standing = Standing.IN_REVIEW if submitted_at else Standing.DRAFT
            yield field, question, keywords, standing
        else:
            ends = [last for last in (expires_on, review_by) if last is not None]
            is_expiring = any(last <= soon for last in ends)
            standing = Standing.EXPIRING if is_expiring else Standing.PUBLISHED
            yield field, question, keywords, standing


def _matters_of(
    question: str, keywords: Sequence[str], matters: Sequence[Matter]
) -> list[int | None]:
    # As written: a board over 100,000 pairs cannot wait for each to be normalised.
    return [
        one.id
        for one in matters
        if one.name in keywords or any(word in question for word in one.keywords)
    ]


def _find(session: Session, matter_id: int) -> Matter:
    matter = session.get(Matter, matter_id)
    if matter is None:
        raise MatterNotFoundError(f"没有编号为 {matter_id} 的事项")
    return matter


def _put(session: Session, matter: Matter, content: MatterContent) -> bool:
    before = (matter.field, matter.name, tuple(matter.keywords))
    matter.field, matter.name = content.field, content.name
    matter.keywords = list(content.keywords)
    session.add(matter)
    return before != (content.field, content.name, content.keywords)


def _checked(content: MatterContent) -> MatterContent:
    name = display_clean(content.name)
    keywords = tuple(dict.fromkeys(filter(None, map(display_clean, content.keywords))))
    problems = []
    if not name or len(name) > NAME_CHARACTERS:
        problems.append(FieldProblem("name", f"事项名称应为 1 至 {NAME_CHARACTERS} 个字"))
    if not keywords:
        problems.append(FieldProblem("keywords", "请至少填写一个关键词"))
    if problems:
        raise InvalidMatterError("事项信息有误，请按提示修改", problems=tuple(problems))
    return MatterContent(content.field, name, keywords)
