"""Chinese report of the BM25 check, for ``index verify`` and ``evaluate``."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa_service.retrieval.backends.contract import ScoreCheck


def describe_check(check: "ScoreCheck") -> str:
    """Return a Chinese line with the greatest difference from rank-bm25's scores."""
    return (
        f"BM25 得分与 rank-bm25 一致：核对 {check.texts} 条文本、{check.queries} 个问题，"
        f"最大相差 {check.max_difference:.1e}"
    )
