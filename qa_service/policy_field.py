"""The nine fields of policy (九个领域) a question or a pair belongs to."""

from enum import StrEnum


class PolicyField(StrEnum):
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
