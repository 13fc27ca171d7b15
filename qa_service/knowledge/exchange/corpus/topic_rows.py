"""The rows of ``matters.jsonl``, the topics (事项) that the bank must cover."""

from collections.abc import Iterator
from pathlib import Path

from sqlmodel import Session

from qa_service.knowledge.coverage.topics import InvalidTopicError, TopicContent, store_topic
from qa_service.knowledge.exchange.rows.columns import Column, RowFields
from qa_service.knowledge.exchange.rows.readers import read_rows
from qa_service.text.normalise import display_clean

KEYWORD_SIGNS = "、，, |"

COLUMNS = (
    Column("key", "标识", required=True),
    Column("field", "领域", required=True),
    Column("name", "事项", required=True),
    Column("keywords", "关键词", required=True),
)


def load_topics(session: Session, path: Path) -> int:
    """Store the topics of a file; return how many were new or changed, 0 for an absent file.

    Raises UnreadableFileError or InvalidTopicError.
    """
    changed = sum(store_topic(session, key, content) for key, content in read_topics(path))
    session.flush()
    return changed


def read_topics(path: Path) -> Iterator[tuple[str, TopicContent]]:
    """Yield key and content of each topic of a file, nothing for an absent one.

    Raises UnreadableFileError or InvalidTopicError.
    """
    for row in read_rows(path) if path.exists() else ():
        fields = RowFields(row, COLUMNS)
        key = display_clean(fields.text("key"))
        area = display_clean(fields.text("field"))
        if fields.problems:
            raise InvalidTopicError("事项清单有误，请修改", problems=tuple(fields.problems))
        keywords = fields.items("keywords", KEYWORD_SIGNS)
        yield key, TopicContent(area, fields.text("name"), keywords)
