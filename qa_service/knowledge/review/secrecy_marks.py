"""Marks of secrecy in a text (涉密标志): 密级 and notes such as 内部资料、不得外传."""

import re
from collections.abc import Iterator

from qa_service.text.normalise import normalise

_SPACES = re.compile(r"[\s\u200b-\u200f\ufeff·•_*＊.-]+")

# 商业机密, 泄露国家机密 and the list 绝密、机密、秘密 of a law speak of secrets without being one.
_SPOKEN_OF = (
    r"(?<!商业)(?<!国家)(?<!技术)(?<!军事)(?<!工作)(?<!个人)(?<!泄露)(?<!泄漏)(?<!保守)(?<!涉及)"
    r"(?<!窃取)(?<!知悉)(?<!核心)(?<!属于)(?<!密[、和或])(?<!级[、和或])"
)
_LISTED_ON = r"(?!级?[、和或](?:绝密|机密|秘密))"
_PATTERNS = (
    re.compile(rf"{_SPOKEN_OF}(?:绝密|机密){_LISTED_ON}(?:级|文件|资料|件)?"),
    re.compile(rf"{_SPOKEN_OF}秘密(?:[★☆]|级(?!别)|文件|资料|件(?!事)){_LISTED_ON}"),
    re.compile(r"(?:绝密|机密|秘密)[★☆]"),
    re.compile(r"密级[:：为是](?!无|非|公开|不)"),
    re.compile(r"[(（【〔\[]秘密[)）】〕\]]"),
    re.compile(
        r"(?<!单位)(?<!公司)(?<!企业)(?<!机构)(?<!学校)内部(?:资料|文件|材料|参考|传阅|掌握)"
    ),
    re.compile(
        r"(?:仅限|仅供|只限|只供|限)(?:本单位|机关|系统)?内部(?:使用|传阅|参考|掌握|交流|工作)"
    ),
    re.compile(r"内部使用(?!面积|权|功能|空间)"),
    re.compile(r"(?:不得|严禁|请勿|禁止|切勿|不准|不可|勿)(?:对外|向外)?(?:外传|外泄|扩散)"),
    re.compile(r"(?:不得|严禁|请勿|禁止)对外(?:公布|公开|发布)"),
    re.compile(r"(?:此件|本件|本文)(?:不公开|不予公开|依申请公开)"),
    re.compile(
        r"注意保密(?![您你个账密身本])|阅后(?:收回|销毁|即焚)|涉密(?:文件|资料|件|载体)[:：编]"
    ),
)
_ALONE = re.compile(r"^[\s　]*(?:秘\s*密|机\s*密|绝\s*密)[\s　]*$", re.MULTILINE)

_OWN_SECRET = re.compile(r"验证码|密码|口令|账号|帐号|身份证|银行卡|个人信息|隐私|申请人")
"""Things of the caller that answers advise to keep secret."""
_BEFORE = 12


def secrecy_marks(text: str) -> Iterator[str]:
    """Yield each mark of secrecy in ``text``, whatever spaces or dots are between its signs."""
    alone = _ALONE.search(text)
    if alone:
        yield alone[0].strip()
    for joined in dict.fromkeys(_SPACES.sub("", form) for form in (text, normalise(text))):
        for pattern in _PATTERNS:
            for found in pattern.finditer(joined):
                if not _OWN_SECRET.search(joined[max(0, found.start() - _BEFORE) : found.start()]):
                    yield found[0]
