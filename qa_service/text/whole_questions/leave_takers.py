"""Tells whose leave (休假) is asked about: what is said of parents is not said of others.

外公有几天育儿假 is not answered by the days of the parents, 丈夫产假 not by those of the mother.
"""

import re

_LEAVE = r"(?:育儿|陪产|护理|产|流产|婚|哺乳|保胎|陪护)[陪护]*假"
_OTHERS = (
    r"祖父母|外祖父母|爷爷|奶奶|外公|外婆|姥姥|姥爷|公公|婆婆|岳父|岳母|公婆|哥哥|弟弟|姐姐|妹妹|姐夫|妹夫"
    r"|叔叔|舅舅|姑姑|阿姨"
)
_MEN = r"男职工|男方|丈夫|老公|爸爸|父亲|男的|男同志"
_HAS = r"(?:也|都|能|能否|可以|可|会|该|要|有没有|有|休|请|享受|几天|多少天|每年|的|一年)+"

_OTHERS_LEAVE = re.compile(rf"({_OTHERS}){_HAS}(?:[\u4e00-\u9fff0-9]{{0,5}}){_LEAVE}")
_MENS_LEAVE = re.compile(rf"({_MEN})(?:{_HAS})?(?:几天|多少天)?(?:流产|产)(?:陪护)?假")


def other_leave_taker(asked: str, *stored: str) -> str | None:
    """Return a Chinese description of the one whose leave is asked about, if no text names them.

    ``asked`` and ``stored`` are normalised texts. None where nobody's leave is asked about.
    """
    match = _OTHERS_LEAVE.search(asked) or _MENS_LEAVE.search(asked)
    if match is None or any(match[1] in text for text in stored):
        return None
    return f"休假人不同：问的是“{match[1]}”的假，这条没有说到"
