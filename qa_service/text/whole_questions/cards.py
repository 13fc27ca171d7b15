"""Tells a card's money from that of an insurance: 社保卡余额 is not what 医保个人账户 holds."""

import re

_BALANCE = re.compile(
    r"((?:社保|社会保障|市民|公交|老年|老人|银行|校园|饭|预付|会员|购物|加油|燃气|储蓄|工资)卡)"
    r"[里上内]?[头面]?的?(?:余额|还?剩|还有(?:多少|好多|几)|有多少钱|多少钱)"
)
_INSURANCE = re.compile(r"医|看病|药|门诊|个人账户|养老|公积金")


def other_card(asked: str, *stored: str) -> str | None:
    """Return a Chinese description of the card whose money is asked for, if the pair is not about.

    ``asked`` and ``stored`` are normalised texts, the pair's own question last. None where the
    question names the purpose of the money (社保卡里看病的钱).
    """
    card, standard = _BALANCE.search(asked), stored[-1]
    if card is None or card[1] in standard or _INSURANCE.search(asked):
        return None
    if not _INSURANCE.search(standard):
        return None
    return f"账户不同：问的是{card[1]}里的钱，这条说的不是"
