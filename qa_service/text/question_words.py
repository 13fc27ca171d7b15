"""Words that ask: which text asks, which asks openly, and what a word says of the matter."""

import re

from qa_service.text.stop_words import FILLERS

_OPEN_WORD = (
    r"怎[么样]|咋|如何|为何|多少|多久|多长|多大|多高|何时|(?<![好前这那近过十])几(?!乎)|哪(?!怕)|什么|啥|谁"
    r"|([\u4e00-\u9fff])[不没]\1|[能可是会要]否|是否|有没有|可不可以|[得能行了算管要成]不(?:得|$)|不$|没$"
)
_QUESTION_WORD = rf"[吗嘛呢]|(?<![这那多要])么|{_OPEN_WORD}"
_CUE = re.compile(rf"{_QUESTION_WORD}|分别|区别")
_ASKS = re.compile(_QUESTION_WORD)
_ASKS_OPENLY = re.compile(_OPEN_WORD)

_POINTS = (
    "材料 资料 证件 证明 手续 流程 步骤 条件 要求 标准 金额 费用 收费 免费 时间 时候"
    " 期限 时限 地方 地点 部门 单位 电话 东西 价钱 办法 方式 钱"
)
"""Nouns of the points that every matter has."""

_ACTS = (
    "需要 准备 提供 提交 提出 满足 符合 具备 办理 申请 申办 领取 收取 回来 带上 应该"
    " 可以 能够 必须 知道 需 要 带 交 办 领 拿 找 去 到 来 回 报 批 花 掏 付 收 用 管 说"
    " 问 想 算 能 得 会 应 该 有 是 行"
)
"""Verbs of what is done about any matter."""

_PARTICLES = (
    "之内 以内 最晚 最迟 最早 最快 最多 最少 大概 大约 一般 到底 究竟 具体 现在 目前"
    " 本地 当地 我们 咱们 你们 他们 家长 本人 自己 手机 网上 线上 另外 还有 一定 我 咱 你"
    " 他 她 还 也 又 再 就 都 内 上 里 下 时 些 样 种 个 几 天 月 年 次 每 的 了 和 与 或"
    " 及 在 这 那 请"
)
"""Words that place or limit a point, or that only join."""

_OF_ANY_MATTER = re.compile(
    "|".join([_QUESTION_WORD, *sorted(f"{_POINTS} {_ACTS} {_PARTICLES}".split(), key=len)[::-1]])
)
_HAN = re.compile(r"[\u4e00-\u9fff]")

LEAST_NAME = 2
"""Least number of characters that name a matter."""


def asks(form: str) -> bool:
    """Return whether a text in matching form asks something, by a word or by a particle."""
    return _CUE.search(form) is not None


def asks_openly(form: str) -> bool:
    """Return whether a text asks by a word that a statement would not have (怎么, 多少)."""
    return _ASKS_OPENLY.search(form) is not None


def end_of_open_word(form: str) -> int | None:
    """Return where the first word that asks openly ends; None where there is none."""
    found = _ASKS_OPENLY.search(form)
    return found.end() if found else None


def before_question_word(form: str) -> str | None:
    """Return what stands before the first word that asks; None where none does."""
    found = _CUE.search(form)
    return form[: found.start()] if found else None


def names_matter(word: str) -> bool:
    """Return whether a word says what a question is about: no question word (怎么), no filler."""
    return word not in FILLERS and not _ASKS.search(word)


def names_no_matter(form: str) -> bool:
    """Return whether a text asks only for a point that every matter has (要带什么, 多久能批)."""
    return len(_HAN.findall(_OF_ANY_MATTER.sub("", form))) < LEAST_NAME
