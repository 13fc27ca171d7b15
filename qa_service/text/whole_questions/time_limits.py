"""Tells how long an office takes (要多久, 几天办好) from a limit one must keep (多久内要办)."""

import re

_TIME = r"(?:多久|多长时间|(?:几|多少)个?(?:天|日|月|工作日))"
_DONE = (
    r"(?:办[好完成结妥下]|批|审[完核]|下来|下证|出来|出证|出结[果论]|到账|拿到|搞定|弄好|发[下到]|有结果"
    r"|有答复|答复)"
)
_TAKES = re.compile(
    rf"{_TIME}(?:才|就|可以|会|可|能够?)*{_DONE}"
    rf"|(?:要|需要?|得)(?:等|办|花|用)?{_TIME}(?=$|[,了啊呀呢吗嘛])"
)
_WITHIN = re.compile(rf"{_TIME}(?:之|以)?[内里前](?!(?:才|就|可以|会|可|能够?)*{_DONE})|最[晚迟]")


def other_time_limit(asked: str, *stored: str) -> str | None:
    """Return a Chinese description of the time an office takes, if the pair is about a limit.

    ``asked`` and ``stored`` are normalised texts, the pair's own question last. None where any of
    the texts asks how long it takes, or the question asks for the limit too.
    """
    if not _TAKES.search(asked) or _WITHIN.search(asked):
        return None
    if any(map(_TAKES.search, stored)) or not _WITHIN.search(stored[-1]):
        return None
    return "时限不同：问的是多久能办好，库中是多久之内要办"
