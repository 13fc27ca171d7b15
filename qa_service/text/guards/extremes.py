"""Axes of extremes and of what only a word tells apart: 最多 or 最少, 大班 or 小班."""

from qa_service.text.guards.model import GuardKind, axis_terms

EXTREME_AXES = (
    axis_terms(
        GuardKind.DIRECTION,
        "多与少",
        """
        最多 至多 顶多
        最少 至少 起码
        """,
    ),
    axis_terms(
        GuardKind.DIRECTION,
        "高与低",
        """
        最高 上限 封顶
        最低 下限
        """,
    ),
    axis_terms(
        GuardKind.DIRECTION,
        "长与短",
        """
        最长
        最短
        """,
    ),
    axis_terms(
        GuardKind.DIRECTION,
        "早与晚",
        """
        最早
        最晚 最迟
        """,
    ),
    axis_terms(
        GuardKind.DIRECTION,
        "提前与延迟",
        """
        提前退休 弹性提前
        延迟退休 弹性延迟 推迟退休
        """,
    ),
    axis_terms(
        GuardKind.DIRECTION,
        "起止",
        """
        开始
        停止
        """,
    ),
    axis_terms(
        GuardKind.DIRECTION,
        "气温",
        """
        高温
        低温
        """,
    ),
    axis_terms(
        GuardKind.PARTY,
        "幼儿园班级",
        """
        大班
        中班
        小班
        托班
        """,
    ),
    axis_terms(
        GuardKind.PARTY,
        "企业形式",
        """
        有限责任公司 有限公司
        股份有限公司 股份公司
        一人公司 一人有限公司 一人有限责任公司
        个人独资企业
        合伙企业
        """,
        "一人公司 有限责任公司",
    ),
    axis_terms(
        GuardKind.PARTY,
        "公司层级",
        """
        分公司
        子公司
        母公司 总公司
        """,
    ),
)
