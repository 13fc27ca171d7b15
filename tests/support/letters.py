"""Letters of citizens."""

from qa_service.text.matching_form import matching_form


def letter_of(*sentences: str) -> str:
    """The matching form of a letter that tells a story and ends with ``sentences``."""
    story = "我母亲腿脚不便，常年卧床，邻居都劝我们写信。" * 4
    return matching_form(story + "。".join(sentences))
