"""The set that tuning learns from and is held to: the bank, and what the desk asked of it."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from qa_service.consultation.learning.lessons import (
    Lesson,
    LessonOrigin,
    lessons_of_the_desk,
    merged,
)
from qa_service.knowledge.indexing.training_set import training_set
from qa_service.knowledge.pairs.record.content import wording_key
from qa_service.retrieval.evaluation.dataset import EvaluationSet, JudgedQuery
from qa_service.retrieval.evaluation.judged_questions import QuestionKind

NAME = "use"

FEWEST_LESSONS = 60
FEWEST_HELD_OUT = 20
"""Lessons of the half that decides; of fewer a bound says little."""


@dataclass(frozen=True, slots=True)
class LearningSet:
    """Published pairs with each lesson as a judged question, and the number by origin.

    ``asked_at`` are the times of the questions; an accepted wording may have none.
    """

    judged: EvaluationSet
    origins: Mapping[LessonOrigin, int]
    asked_at: tuple[datetime, ...] = ()

    @property
    def size(self) -> int:
        """The number of lessons."""
        return len(self.judged.queries)

    def fresh(self, since: datetime, known: Mapping[LessonOrigin, int]) -> int:
        """Return the number of lessons that came ``since`` a run that had the ``known`` ones.

        The newest alone are read, so that their number stops growing and cannot tell it.
        """
        accepted = LessonOrigin.ACCEPTED
        more = self.origins.get(accepted, 0) - known.get(accepted, 0)
        return sum(moment > since for moment in self.asked_at) + max(0, more)

    @property
    def shortage(self) -> str | None:
        """Why the lessons are too few to learn from, in Chinese; None if they suffice."""
        held_out = len(self.judged.part(1).queries)
        if self.size >= FEWEST_LESSONS and held_out >= FEWEST_HELD_OUT:
            return None
        counts = "，".join(f"{origin.label} {count}" for origin, count in self.origins.items())
        return (
            f"可以学习的问法只有 {self.size} 条（{counts or '还没有'}），其中留作检验的 "
            f"{held_out} 条；至少要有 {FEWEST_LESSONS} 条、检验 {FEWEST_HELD_OUT} 条才能学习"
        )


def learning_set(session: Session) -> LearningSet:
    """Return the lessons of the desk and the accepted wordings, each wording once.

    A wording that is asked is no variant of its pair in the set. One that the bank holds word
    for word besides teaches nothing, and is left out; so is one whose pair is not published.
    """
    bank = training_set(session)
    accepted = [Lesson(query.text, LessonOrigin.ACCEPTED, query.relevant) for query in bank.queries]
    held = {wording_key(text) for pair in bank.pairs for text in (pair.question, *pair.variants)}
    published = {pair.pair_id for pair in bank.pairs}
    lessons = [
        lesson
        for lesson in merged(_published([*accepted, *lessons_of_the_desk(session)], published))
        if lesson.key not in held and (lesson.relevant or lesson.near)
    ]
    queries = tuple(map(_query, lessons))
    counts = Counter(lesson.origin for lesson in lessons)
    return LearningSet(
        replace(bank, name=NAME, queries=queries),
        {origin: counts[origin] for origin in LessonOrigin if counts[origin]},
        tuple(lesson.asked_at for lesson in lessons if lesson.asked_at is not None),
    )


def _published(lessons: Iterable[Lesson], published: Collection[int]) -> Iterator[Lesson]:
    """Yield the lessons about published pairs; what answers a withdrawn pair's is not known."""
    for lesson in lessons:
        if lesson.relevant <= frozenset(published):
            yield replace(lesson, near=lesson.near & frozenset(published))


def _query(lesson: Lesson) -> JudgedQuery:
    # What looks as if it answered was shown and refused: the same as a look-alike made by hand.
    kind = QuestionKind.WORDING if lesson.relevant else QuestionKind.LOOK_ALIKE
    return JudgedQuery(
        f"{lesson.origin}:{lesson.key[:16]}",
        lesson.text,
        lesson.relevant,
        kind=kind,
        near=lesson.near,
    )
