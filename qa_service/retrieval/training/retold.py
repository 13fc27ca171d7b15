"""Questions told again in the same sense, from which a re-ranker learns that likeness is no fault.

Look-alikes stand beside the wordings that they are nearest to, and are wrong. From them alone a
cross-encoder learns that what differs in a word is wrong, and what is equal too; so as many texts
are read beside themselves, told in other words that change nothing.
"""

import random
from collections.abc import Sequence

from qa_service.retrieval.evaluation.dataset import JudgedQuery
from qa_service.retrieval.evaluation.judged_questions import QuestionKind
from qa_service.retrieval.reranking.candidate_text import candidate_text
from qa_service.retrieval.training.rows import RankedQuery
from qa_service.retrieval.training.wording_groups import FIRST_ID
from qa_service.text.guards.model import words

ITSELF = FIRST_ID - 1
"""Id of the only candidate of a text that is read beside itself."""

ALIKE = tuple(
    tuple(words(line))
    for line in (
        "怎么 如何 怎样 咋",
        "为什么 为啥 为何",
        "什么时候 啥时候 何时",
        "什么 啥",
        "多长时间 多久",
        "多少钱 几多钱",
        "哪里 哪儿",
        "能不能 可不可以 能否",
        "老年人 老人",
        "孩子 小孩",
        "告诉 告知",
        "现在 目前",
    )
)
"""Words of which one stands for another without a change of sense."""

SHORTER = {"可以": "能", "需要": "要", "没有": "没", "办理": "办", "小孩": "娃"}
"""Words and shorter ones of the same sense; shorter ones are parts of other words (功能)."""

FRONTS = ("请问", "你好，", "我想问一下，", "麻烦问下，", "咨询：")
ENDS = ("呢", "啊", "呀", "，急", "，谢谢", "？", "。")
IDLE = ("的", "了", "，", "一下", "请问", "那个")
"""Words and signs that may be left out."""


def read_beside_themselves(
    wordings: Sequence[tuple[str, str]], chance: random.Random
) -> list[RankedQuery]:
    """Return each wording, told again, with itself as the only candidate, a right one.

    ``wordings`` are texts, each with the standard question of its pair or group, empty for one
    that has none. It is the question or the candidate that is told again, by turns.
    """
    found = []
    for number, (text, standard) in enumerate(wordings):
        told = retold(text, chance)
        asked, offered = (told, text) if number % 2 else (text, told)
        query = JudgedQuery(asked, asked, frozenset({ITSELF}), kind=QuestionKind.WORDING)
        found.append(RankedQuery(query, {ITSELF: candidate_text(offered, standard)}))
    return found


def retold(text: str, chance: random.Random) -> str:
    """Return ``text`` in words of the same sense, often the text itself."""
    told = text.strip().rstrip("？?。")
    if chance.random() < 0.6:
        told = _exchanged(told, chance)
    if chance.random() < 0.3:
        told = _shortened(told, chance)
    if chance.random() < 0.3:
        told = chance.choice(FRONTS) + told
    if chance.random() < 0.5:
        told += chance.choice(ENDS)
    return told


def _exchanged(text: str, chance: random.Random) -> str:
    """Return ``text`` with one word exchanged for another of the same sense."""
    found = [(word, other) for alike in ALIKE for word in alike for other in alike if word != other]
    fitting = [(word, other) for word, other in (*found, *SHORTER.items()) if word in text]
    if not fitting:
        return text
    return text.replace(*chance.choice(fitting), 1)


def _shortened(text: str, chance: random.Random) -> str:
    """Return ``text`` without one idle word, if it has any and something else remains."""
    found = [word for word in IDLE if word in text[1:]]
    if not found:
        return text
    word = chance.choice(found)
    return text[0] + text[1:].replace(word, "", 1)
