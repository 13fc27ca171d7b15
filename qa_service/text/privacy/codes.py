"""Finds mail addresses, plates, accounts, and numbers of documents that hold letters."""

import re
from collections.abc import Iterator

from qa_service.text.privacy.check_digits import is_credit_code
from qa_service.text.privacy.kinds import PersonalDataKind, Span

_DOMAIN_END = r"(?:[A-Za-z]{2,10}(?![A-Za-z0-9])|中国|公司|网络|政务|公益|在线|商城|网址|集团)"
_LABELS = r"(?:[A-Za-z0-9\-\u4e00-\u9fff]{1,30} ?(?:\.|点|·|[(\[]?dot[)\]]?|\(点\)) ?){1,4}"
_EMAIL = re.compile(
    r"(?:[A-Za-z0-9._%+\-]{1,64}|[\u4e00-\u9fff]{1,4}(?=@))"
    r" {0,2}(?:@|艾特|\[at\]|\(at?\)| at |圈a|#(?=[A-Za-z0-9\-]{1,30}\.[A-Za-z])) {0,2}"
    rf"{_LABELS}{_DOMAIN_END}",
    re.IGNORECASE,
)
_AT_WITHOUT_DOT = re.compile(
    r"[A-Za-z0-9._%+\-]{2,64}@(?=[0-9\-]{0,30}[A-Za-z])[A-Za-z0-9\-]{2,30}", re.ASCII
)
_CREDIT_CODE = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z]{18}(?![0-9A-Za-z])", re.ASCII)
_CHECKSUM = re.compile(
    r"(?<![0-9A-Za-z])(?=[0-9\-]{0,40}[a-f])"
    r"(?:[0-9a-f]{32,128}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})(?![0-9A-Za-z])"
)

_ALONE = r"(?<![A-Za-z0-9])"
_END = r"(?![A-Za-z0-9])"
_IS = r"(?:号码|编号|号)?(?:[:为是,=#(\"“ ]|的){0,3}"
_DOCUMENT = re.compile(
    rf"{_ALONE}(?:[EGPSDegpsd] ?\d{{8}}|E[A-HJ-NP-Z]\d{{7}}|[CHMWLThmcw] ?\d{{8}}(?:\d{{2}})?"
    rf"|[A-Z]{{1,2}}\d{{6}} ?\([0-9A]\)){_END}",
    re.ASCII,
)
_LABELLED_DOCUMENT = re.compile(
    rf"(?:护照|通行证|回乡证|台胞证|港澳证|证件|永居证|居留证|签证|香港身份证|身份证|出生证|出生医学证明"
    rf"|[结离]婚证)字?{_IS}"
    rf"([A-Za-z]{{1,3}} ?-?\d(?:[ \-]?\d){{4,16}}(?: ?\([0-9A]\))?){_END}",
    re.ASCII,
)
_SERVICE_CARD = re.compile(
    rf"(?:军官证|士兵证|文职证|警官证|士官证|军人证|退役证|残疾军人证|军人保障卡|优待证){_IS}"
    r"([\u4e00-\u9fff]{0,3}字?第? ?[A-Za-z]{0,3}\d{5,12}号?)"
)
_SERVICE_NUMBER = re.compile(
    r"((?:军|武|警|士|空|海|政|参|后|装|南|北|沈|济|兰|广|成|京)字第? ?\d{5,9}号?)"
)
_PLATE = re.compile(
    r"([京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]"
    r"牌?[·\-. ]{0,2}[A-HJ-NP-Za-hj-np-z][·\-. ]{0,2}(?=(?:[A-Za-z] ?){0,4}\d)"
    r"[A-HJ-NP-Za-hj-np-z0-9](?: ?[A-HJ-NP-Za-hj-np-z0-9]){3,5}[挂学警港澳]?)" + _END
)
_LABELLED_PLATE = re.compile(
    r"(?:车牌号码|车牌号|车牌|牌照号码|牌照号|牌照|车号)(?:[:为是,=(\"“ ]|的){0,3}"
    r"([\u4e00-\u9fff]? ?[A-Za-z]?[·\-. ]{0,2}(?=(?:[A-Za-z] ?){0,4}\d)"
    r"(?!(?<![A-Za-z号码是为:])(?:12\d{3}|20\d\d)(?!\d))[A-Za-z0-9](?: ?[A-Za-z0-9]){3,5})" + _END,
    re.ASCII,
)
_ACCOUNT = re.compile(
    r"(?:微信|微 信|weixin|wechat|(?<![a-z])v ?x|(?<![a-z])w ?x|v信|薇信|微博|抖音|快手|支付宝"
    r"|小红书|(?<![a-z])q ?q|扣扣|企鹅|钉钉|陌陌)(?:群|账|帐)?(?:号码|号)?"
    r"(?:[:为是,=(\"“ ]|的|叫|加|我的|同号|搜){0,4}"
    r"([A-Za-z][A-Za-z0-9_\-.]{5,19}(?:@[A-Za-z0-9.\-]{2,20})?"
    r"|(?!12\d{3}(?!\d)|9[56]\d{3}(?!\d))[1-9]\d(?: ?\d){3,10})" + _END,
    re.IGNORECASE | re.ASCII,
)
_MEDICAL = re.compile(
    rf"(?:病历|病案|住院|门诊|就诊卡|挂号单){_IS}([A-Za-z]{{1,4}}-?\d{{4,16}}){_END}", re.ASCII
)
_INSURED = re.compile(
    rf"(?:社保|社会保障|医保|学籍|残疾证|驾驶证|居住证|残疾人证)卡{{0,2}}{_IS}([A-Za-z]{{1,2}}-?\d{{6,19}}){_END}",
    re.ASCII,
)
_OF_INSURANCE = ("社", "医保", "医疗保险", "参保")
_CARD_NUMBER = re.compile(
    r"((?:社保|医保|社会保障|医疗保险|社会保险|参保)卡?|(?:就诊|诊疗|医疗|住院|门诊|病历|病案|挂号|医疗证)卡?)"
    r"(?:号码|编号|号)(?:[:为是,=(\"“ ]|的){0,3}"
    r"(?!12\d{3}(?!\d))([A-Za-z]{0,4}(?=[A-Za-z \-]{0,4}\d)[A-Za-z0-9](?:[ \-]?[A-Za-z0-9]){2,20})"
    + _END,
    re.ASCII,
)

_PATTERNS = (
    (PersonalDataKind.EMAIL, _EMAIL),
    (PersonalDataKind.EMAIL, _AT_WITHOUT_DOT),
    (PersonalDataKind.PLATE, _PLATE),
    (PersonalDataKind.PLATE, _LABELLED_PLATE),
    (PersonalDataKind.DOCUMENT, _SERVICE_CARD),
    (PersonalDataKind.DOCUMENT, _SERVICE_NUMBER),
    (PersonalDataKind.DOCUMENT, _LABELLED_DOCUMENT),
    (PersonalDataKind.DOCUMENT, _DOCUMENT),
    (PersonalDataKind.MEDICAL, _MEDICAL),
    (PersonalDataKind.INSURANCE, _INSURED),
)


def code_spans(plain: str) -> Iterator[Span]:
    """Yield mail addresses, plates and numbers with letters; they may overlap."""
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(plain):
            yield Span(*match.span(match.lastindex or 0), kind)
    for match in _CARD_NUMBER.finditer(plain):
        is_insured = match[1].startswith(_OF_INSURANCE)
        kind = PersonalDataKind.INSURANCE if is_insured else PersonalDataKind.MEDICAL
        yield Span(*match.span(2), kind)


def account_spans(plain: str) -> Iterator[Span]:
    """Yield accounts of messengers after their word: 微信号abc12345, QQ123456."""
    for match in _ACCOUNT.finditer(plain):
        yield Span(*match.span(1), PersonalDataKind.ACCOUNT)


def impersonal_codes(plain: str) -> Iterator[tuple[int, int]]:
    """Yield what stays as it is: unified social credit codes, checksums and UUIDs."""
    for match in _CREDIT_CODE.finditer(plain):
        if is_credit_code(match[0]):
            yield match.span()
    for match in _CHECKSUM.finditer(plain):
        yield match.span()
