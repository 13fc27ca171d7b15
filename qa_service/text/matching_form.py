"""The form of a text that decides: the same for questions and for stored texts.

Beyond ``normalise`` it leaves out what says nothing about the matter: what a caller says
while thinking (嗯, 那个, 就是说), courtesy (请问一下), marks of masked data ([电话]), emoji,
quotation marks and the punctuation at the ends. Tokens, guard words, encoder and re-ranker
see this form alone.
"""

import re
import unicodedata
from functools import lru_cache

from qa_service.text.normalise import is_meaningful, normalise
from qa_service.text.privacy.contact import without_markers
from qa_service.text.privacy.masking import MARKERS

MATCHING_FORM_VERSION = 2
"""Version of the form; increment it when the form of a text changes, as vectors then do."""

CACHED_FORMS = 8_192
"""Number of cached forms: tokens, code points and vector of a stored text each need it."""

_MARK_NAMES = "|".join(
    {*(mark[1:-1] for mark in MARKERS.values()), "电话", "手机", "身份证", "号码", "银行卡", "人名"}
)
_MARK = re.compile(rf"[\[［〔【<({{（《]\s*({_MARK_NAMES})\s*[\]］〕】>)}}）》]")
_SEPARATOR = r"[,;:?!。、~·]"
_SEPARATORS = re.compile(rf"(?<!\d){_SEPARATOR}+|{_SEPARATOR}+(?!\d)")
_REPEATED_COMMA = re.compile(r",{2,}")
_ENDS = " ,;:?!。、~·-"
_PICTURES = frozenset({"So", "Sk", "Cn", "Co", "Cs"})

_HESITATION = re.compile(r"[嗯呃唔噢]+|就是说|怎么说呢|(?<=,)(?:那个|这个)(?=,)")
# 咨询下岗职工补贴, 请问下午几点上班: the 下 belongs to the next word.
_NO_BIT = (
    "岗乡载班级个周月年半放发调浮降拨达属游肢沉一午水雨雪学步次期季旬葬身面列架车线床跌单辈届文"
)
_A_BIT = rf"(?:一下|下(?![{_NO_BIT}]|\d{{1,2}}[年月个周批期次]))"
_OPENING = re.compile(
    r"(^|,)(?:喂+|哎+|诶|唉|哈喽|那个|这个|就是|然后|额(?=,)|啊(?=,)|[您你]好|同志(?!们)|老师(?=,)"
    rf"|工作人员(?=,)|尊敬的(?:领导|工作人员)|(?:麻烦|请)?问{_A_BIT}|请问|请教{_A_BIT}?"
    rf"|我?(?:想|要)(?:请?问|咨询|了解|打听|请教){_A_BIT}?|咨询{_A_BIT}"
    rf"|麻烦(?:帮我)?(?:看|查|问){_A_BIT}|打扰(?:一下|下)?了?),?"
)
_CLOSING = re.compile(
    r"(?:^|,)(?:多?谢谢?(?:[您你]了?|啦|了)?|感谢(?:[您你])?|盼复|麻烦[您你]?了)(?=,|$)"
)

_MAX_PASSES = 12


@lru_cache(maxsize=CACHED_FORMS)
def matching_form(text: str) -> str:
    """Return the form of ``text`` under which equal matters are compared.

    Idempotent, and the same for either script, any width and any punctuation at the ends; never
    raises. A text without anything else keeps its courtesy: 您好 stays.
    """
    for _ in range(_MAX_PASSES):
        shorter = _bare(_plain(_unmarked(text)))
        if shorter == text:
            break
        text = shorter
    return text


def _unmarked(text: str) -> str:
    """Return the text without marks of masked data, in whatever brackets, and their lead-in."""
    if _MARK.search(text) is None:
        return text
    return _MARK.sub(",", without_markers(_MARK.sub(r"〔\1〕", text)))


def _plain(text: str) -> str:
    """Return the normalised text without pictures, with a comma for every break."""
    if not text.isascii():
        text = "".join(sign for sign in text if unicodedata.category(sign) not in _PICTURES)
    plain = normalise(text)
    joined = _REPEATED_COMMA.sub(",", _SEPARATORS.sub(",", plain.replace('"', "")))
    return joined.strip(_ENDS)


def _bare(text: str) -> str:
    """Return the text without hesitation and courtesy, unless nothing would be left."""
    said = _CLOSING.sub("", _OPENING.sub(r"\1", _HESITATION.sub("", text))).strip(_ENDS)
    return said if is_meaningful(said) else text
