"""A pair of the test bank's pension office, not yet written."""

from datetime import date, datetime

from qa_service.clock import BEIJING
from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.pairs.record.content import PairContent
from qa_service.vocabulary import PolicyArea

NOW = datetime(2026, 11, 24, 10, tzinfo=BEIJING)
CONTENT = PairContent(
    area=PolicyArea.ELDERLY_CARE,
    unit="pensions",
    question="养老金什么时候发？",
    variants=(),
    answer="每月十五日发放，节假日提前。",
    phone_script="每月十五日发放。",
    effective_from=date(2025, 1, 1),
    basis=(Basis("养老办法", "第一条"),),
)
