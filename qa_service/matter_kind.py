"""What kind of matter a ledger entry is; each kind has its own limit in working days."""

from enum import StrEnum


class MatterKind(StrEnum):
    """Why something stands in the ledger."""

    CONSULTATION = "consultation"
    """政策咨询：库中没有答案的问题"""
    CORRECTION = "correction"
    """纠错：有人指出答案有误或已过时"""
