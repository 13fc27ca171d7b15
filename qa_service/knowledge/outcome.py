"""The outcome of storing one record, by an import or from a form."""

from enum import StrEnum


class Outcome(StrEnum):
    """What storing a row did."""

    ADDED = "added"
    """新增"""
    CHANGED = "changed"
    """更新"""
    UNCHANGED = "unchanged"
    """无变化"""
    REFUSED = "refused"
    """未导入"""
