"""Tells a word that changes the rule (二手, 分公司, 试管) and that a pair does not have.

In a short question nothing is said that does not matter: 分公司注销要什么材料 is not answered by
how a company is liquidated. In a long one the word may belong to the story.
"""

import re

_SHORT = 14
"""Number of characters up to which a question holds no story."""

_QUALIFIER = re.compile(
    r"二手|政府采购|法拍|拍卖|小产权|军产|共有产权|拆迁|自建房|农房|宅基地|分公司|子公司|办事处|代表处|合伙企业|合作社"
    r"|劳务派遣|派遣工|外包|返聘|实习生?|兼职|临时工|钟点工|保姆|外卖员|骑手|网约车"
    r"|双胞胎|试管|代孕|未婚先孕|非婚生|继子女|继父|继母|养子|养女|同居|同性|涉外|港澳|外国人|外籍"
    r"|自杀|自残|酒驾|醉驾|斗殴|整容|减肥|近视手术"
)


def missing_qualifier(asked: str, *stored: str) -> str | None:
    """Return a Chinese description of the word that changes the rule, if no text has it.

    ``asked`` and ``stored`` are normalised texts. None for a question that is not short.
    """
    if len(asked) > _SHORT:
        return None
    for match in _QUALIFIER.finditer(asked):
        if not any(match[0] in text for text in stored):
            return f"情形不同：问的是“{match[0]}”，这条没有说到"
    return None
