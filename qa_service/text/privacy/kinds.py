"""The kinds of personal data that are masked, and the markers that replace them."""

from collections.abc import Iterator
from typing import NamedTuple

from qa_service.vocabulary import LabelledEnum


class PersonalDataKind(LabelledEnum):
    """A kind of personal data (个人信息) that is masked."""

    EMAIL = "email", "邮箱"
    RESIDENT_ID = "resident_id", "身份证号"
    BANK_CARD = "bank_card", "银行卡号"
    MOBILE = "mobile", "手机号"
    LANDLINE = "landline", "电话号码"
    NAME = "name", "姓名"
    ADDRESS = "address", "地址"
    DOCUMENT = "document", "证件号"
    PLATE = "plate", "车牌号"
    ACCOUNT = "account", "网络账号"
    INSURANCE = "insurance", "社保号"
    MEDICAL = "medical", "病历号"
    DEVICE = "device", "设备号"


MARKERS = {kind: f"〔{kind.label}〕" for kind in PersonalDataKind}


class Span(NamedTuple):
    """A piece of personal data: its start and end in a text, and its kind."""

    start: int
    end: int
    kind: PersonalDataKind


Spans = Iterator[Span]
