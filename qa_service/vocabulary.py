"""Closed sets of the domain, each with the words users see."""

from enum import StrEnum


class PolicyArea(StrEnum):
    """One of the nine fields; the value is what people and files write."""

    CHILDBIRTH = "生育"
    EDUCATION = "教育"
    ELDERLY_CARE = "养老"
    HEALTHCARE = "医疗"
    EMPLOYMENT = "就业创业"
    SOCIAL_ASSISTANCE = "社会救助"
    INVESTMENT = "投资"
    TAXATION = "纳税"
    EPIDEMIC_CONTROL = "疫情防控"


class EntryKind(StrEnum):
    """Why something stands in the ledger."""

    CONSULTATION = "consultation"
    """政策咨询：库中没有答案的问题"""
    CORRECTION = "correction"
    """纠错：有人指出答案有误或已过时"""
