"""The one rule for telling an answer to the public, with no staff between."""

from qa_service.knowledge.pairs.queries import PairView


def is_public(view: PairView, *, tells_unsigned: bool) -> bool:
    """Return whether everybody may read the answer on the day of ``view``.

    It may be shown that day, is not for one audience alone (仅涉特定对象), has no blanks of the
    district, cites public documents only, and was signed here unless ``tells_unsigned``.
    """
    content = view.content
    return (
        view.showable
        and not content.is_limited
        and not content.blanks
        and view.cites_public_only
        and (tells_unsigned or not view.unsigned)
    )
