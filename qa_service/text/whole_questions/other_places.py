"""Tells a question that puts a matter into another place: its rules are another office's.

上海的育儿补贴一年多少 and 浙江婚假几天 ask for the rules of Shanghai and of Zhejiang. A place where
the caller comes from, lives or was treated (在武汉住院) is a circumstance and no such question.
"""

import re

from qa_service.text.guards.places import KNOWN_PLACES

_COURTESY = r"(?:你好|您好|喂|请问|咨询|问问?|我?想?问(?:一下|下)?|那个|[,，:：。、 ])*"
_ASKED = re.compile(
    rf"^{_COURTESY}(?P<place>{KNOWN_PLACES})[省市]?(?:这边|那边|那里|本地)?的?"
    r"(?P<matter>[\u4e00-\u9fff]{2})"
)


def matter_of_another_place(asked: str, *stored: str) -> str | None:
    """Return a Chinese description of the place that the matter is put into, if no text names it.

    ``asked`` and ``stored`` are normalised texts. None where the question does not begin with a
    place and what the texts are about.
    """
    match = _ASKED.match(asked)
    if match is None or any(match["place"] in text for text in stored):
        return None
    if not any(match["matter"] in text for text in stored):
        return None
    return f"地方不同：问的是{match['place']}的规定，这条没有说到"
