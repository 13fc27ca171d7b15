"""Tells how long an office takes (要多久, 几天办好) from a limit one must keep (多久内要办)."""

import re

_TIME = r"(?:多久|多长时间|(?:几|多少)个?(?:天|日|月|工作日))"
_DONE = (
    r"(?:办[好完成结妥下]|批|审[完核]|下来|下证|出来|出证|出结[果论]|到账|拿到|搞定|弄好|发[下到]|有结果"
    r"|有答复|给答复|答复)"
)
_TAKES = re.compile(
    rf"{_TIME}(?:才|就|可以|会|可|能够?)*{_DONE}"
    rf"|(?:要|需要?|得)(?:等|办|花|用)?{_TIME}(?=$|[,了啊呀呢吗嘛])"
)
_WITHIN = re.compile(rf"{_TIME}(?:之|以)?[内里前](?!(?:才|就|可以|会|可|能够?)*{_DONE})|最[晚迟]")


_MUST_ACT = re.compile(
    rf"(?:{_TIME}(?:之|以)?[内里前]|最[晚迟])[^,。?]{{0,5}}?(?:申请|提出|起诉|法院|打官司|撤|退|申报|补)"
)
_STAGE = re.compile(r"公告|公示|冷静期|观察期")


def other_time_limit(asked: str, *stored: str) -> str | None:
    """Return a Chinese description of the time asked about, if the pair tells of another one.

    ``asked`` and ``stored`` are normalised texts, the pair's own question last. None where a
    question asks for both, or any of the texts asks for the time that ``asked`` does.
    """
    standard = stored[-1]
    if _TAKES.search(asked) and not _WITHIN.search(asked):
        stage = _STAGE.search(standard)
        if stage and stage[0] not in asked:
            return f"时限不同：问的是多久能办好，库中是{stage[0]}的时间"
        if _WITHIN.search(standard) and not any(map(_TAKES.search, stored)):
            return "时限不同：问的是多久能办好，库中是多久之内要办"
        return None
    is_answered = any(map(_WITHIN.search, stored))
    if _MUST_ACT.search(asked) and _TAKES.search(standard) and not is_answered:
        return "时限不同：问的是多久之内要办，库中是多久能办好"
    return None
