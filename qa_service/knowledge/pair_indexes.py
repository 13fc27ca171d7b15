"""Indexes of pairs and versions, and the conditions that some of them need word for word."""

from sqlalchemy import ColumnElement, Index, literal_column, text

_HAS_AUDIENCE = "audience <> ''"
_IS_LIMITED = "limited_reason <> ''"
_IS_UNLIMITED = (
    "qa_pair.current_version_id NOT IN (SELECT id FROM qa_version WHERE limited_reason <> '')"
)


def _some(name: str, *columns: str, sqlite: str, postgresql: str = "") -> Index:
    """Return an index on the rows alone that meet a condition, which both databases may share."""
    where = text(postgresql or sqlite)
    return Index(name, *columns, sqlite_where=text(sqlite), postgresql_where=where)


_SEEN = ("draft_version_id", "status", "unit_id", "area")

PAIR_INDEXES = (
    Index("ix_qa_pair_status_area", "status", "area"),
    # These two cover what pages count, so that the rows are not read.
    Index("ix_qa_pair_review", "status", "review_by", "confirmed_on", "unit_id"),
    Index("ix_qa_pair_adoption", "adopted_from", "status", "unit_id"),
    Index("ix_qa_pair_status_expires_on", "status", "expires_on"),
    # This covers what everybody may read, in the order of booklets.
    Index(
        "ix_qa_pair_open",
        "adopted_from",
        "status",
        "area",
        "effective_from",
        "expires_on",
        "current_version_id",
    ),
    # These hold few pairs each: those that a list counts, or begins with.
    _some("ix_qa_pair_blanks", *_SEEN, sqlite="has_blanks = 1", postgresql="has_blanks"),
    _some("ix_qa_pair_unread", *_SEEN, sqlite="has_unread = 1", postgresql="has_unread"),
    _some(
        "ix_qa_pair_imported",
        *("status", "unit_id", "adopted_from"),
        sqlite="is_imported = 1",
        postgresql="is_imported",
    ),
    _some("ix_qa_pair_draft", "draft_version_id", sqlite="draft_version_id IS NOT NULL"),
    _some("ix_qa_pair_groundless", "status", sqlite="ground_reason IS NOT NULL"),
)
VERSION_INDEXES = (
    Index("ix_qa_version_created_at", "created_at"),
    # Few answers name an audience, and fewer are for it alone.
    _some("ix_qa_version_audience", "audience", sqlite=_HAS_AUDIENCE),
    _some("ix_qa_version_limited", "limited_reason", sqlite=_IS_LIMITED),
)


def has_audience() -> ColumnElement[bool]:
    """Return the condition that a version names an audience (适用对象)."""
    return literal_column(f"qa_version.{_HAS_AUDIENCE}")


def is_unlimited() -> ColumnElement[bool]:
    """Return the condition that a pair's version in force is not for its audience alone.

    The few that are come from their own index, so that no other version is read.
    """
    return literal_column(_IS_UNLIMITED)
