"""Questions with one word exchanged for another of its kind, which ask another thing.

妻子 for 丈夫, 最少 for 最多, 小班 for 大班: in all else equal, and wrong. Beside texts told again
(``retold``) they teach a re-ranker to read the word that differs.
"""

import random
from collections.abc import Sequence

from qa_service.retrieval.evaluation.dataset import JudgedQuery
from qa_service.retrieval.evaluation.judged_questions import QuestionKind
from qa_service.retrieval.reranking.candidate_text import candidate_text
from qa_service.retrieval.training.retold import ITSELF
from qa_service.retrieval.training.rows import RankedQuery
from qa_service.text.guards.lexicon import TERM_AXES
from qa_service.text.guards.model import GuardKind
from qa_service.text.guards.roles import ROLES

SHORTEST_WORD = 2
"""Characters of a word that may be exchanged: a single one is part of others."""

MOST_LIKELY = 0.5
"""Chance that two roles change places where a text names both."""


def read_beside_exchanged(
    wordings: Sequence[tuple[str, str]], chance: random.Random
) -> list[RankedQuery]:
    """Return each wording beside itself with a word exchanged, a wrong candidate.

    ``wordings`` are texts, each with the standard question of its pair or group. It is the question
    or the candidate that is exchanged, by turns. A text with no such word is left out.
    """
    found = []
    for number, (text, standard) in enumerate(wordings):
        other = exchanged(text, chance)
        if other is None:
            continue
        if number % 2:
            found.append(_wrong(other, candidate_text(text, standard)))
        else:
            found.append(_wrong(text, other))
    return found


def exchanged(text: str, chance: random.Random) -> str | None:
    """Return ``text`` with one word for another of its kind, or two roles in each other's place.

    None where it has no such word.
    """
    both = [
        (mine, theirs)
        for one, other in ROLES
        for mine in one
        for theirs in other
        if mine in text and theirs in text
    ]
    if both and chance.random() < MOST_LIKELY:
        mine, theirs = chance.choice(both)
        return text.replace(mine, "\ue000").replace(theirs, mine).replace("\ue000", theirs)
    single = [(word, others) for word, others in _OTHERS.items() if word in text]
    if not single:
        return None
    word, others = chance.choice(single)
    return text.replace(word, chance.choice(others))


def _wrong(asked: str, candidate: str) -> RankedQuery:
    near = frozenset({ITSELF})
    query = JudgedQuery(asked, asked, frozenset(), kind=QuestionKind.LOOK_ALIKE, near=near)
    return RankedQuery(query, {ITSELF: candidate})


def _others() -> dict[str, tuple[str, ...]]:
    """Return, for each listed word, those of other values on its axis that are no wider ones."""
    found: dict[str, tuple[str, ...]] = {}
    for axis, values in TERM_AXES:
        if axis.kind is GuardKind.ASPECT or axis.soft:
            continue
        for value, forms in values.items():
            others = tuple(
                other
                for other in values
                if other != value
                and len(other) >= SHORTEST_WORD
                and other not in axis.parents.get(value, ())
                and value not in axis.parents.get(other, ())
            )
            for form in forms:
                if others and len(form) >= SHORTEST_WORD:
                    found.setdefault(form, others)
    return found


_OTHERS = _others()
