"""Words after which a number is a person's, even if it is mistyped: 身份证号, 卡号, 社保号."""

import re
from dataclasses import dataclass

from qa_service.text.privacy.kinds import PersonalDataKind

LABEL_CHARACTERS = 20
"""Characters before a number in which its label is looked for."""

_FILLER = r"(?:号码|编号|账号|帐号|卡号|号)?(?:[:为是:,=#(\"“ ]|的|有|写成|写着|[是为]?我的){0,4}$"


@dataclass(frozen=True, slots=True)
class NumberLabel:
    """A kind of number with its least and greatest count of digits, known by the word before."""

    kind: PersonalDataKind
    words: re.Pattern[str]
    least: int
    most: int

    def fits(self, digits: str) -> bool:
        """Return whether the digits may be such a number."""
        return self.least <= len(digits) <= self.most


def _label(kind: PersonalDataKind, words: str, least: int, most: int) -> NumberLabel:
    return NumberLabel(kind, re.compile(f"(?:{words}){_FILLER}", re.IGNORECASE), least, most)


_LABELS = (
    _label(
        PersonalDataKind.RESIDENT_ID,
        "身份证|身份证明|身份号码|公民身份|证件|身分证|户口本|居民证|(?<![a-z])(?:id|sfz)",
        13,
        20,
    ),
    _label(
        PersonalDataKind.BANK_CARD,
        "银行卡|储蓄卡|信用卡|存折|社保卡|账户|帐户|账号|帐号|卡号|工资卡|收款",
        10,
        21,
    ),
    _label(PersonalDataKind.BANK_CARD, "卡", 16, 19),
    _label(
        PersonalDataKind.INSURANCE,
        "社保|社会保障|社会保险|医保|医保卡|社保卡|养老保险|个人社保|个人|参保|低保证|公积金|公积金账",
        8,
        20,
    ),
    _label(
        PersonalDataKind.MEDICAL,
        "病历|病案|住院|门诊|就诊|就诊卡|挂号|登记病|病人|病例",
        5,
        20,
    ),
    _label(PersonalDataKind.DEVICE, "imei|meid|串号|设备|序列", 14, 17),
    _label(
        PersonalDataKind.DOCUMENT,
        "残疾证|残疾人证|驾驶证|驾照|学籍|学籍辅|学号|准考证|考生|老年证|优待证|退役证|工作证|台胞证"
        "|永居证|居留证|居留身份证|驾照档案|驾驶证档案|离婚证|结婚证|出生证|出生医学证明|房产证|暂住证|居住证|证件|证书",
        6,
        20,
    ),
)


def labels_before(before: str) -> list[NumberLabel]:
    """Return the labels that end the text ``before`` a number: 医保卡号 is two."""
    return [label for label in _LABELS if label.words.search(before)]
