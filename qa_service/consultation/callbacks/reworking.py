"""Answers in rework because their document ended (重新办理).

An operator who asks for one is told so, instead of a plain 未命中.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session, col, or_, select

from qa_service.accounts.models import Unit
from qa_service.consultation.search.long_questions import asking_sentences, is_long
from qa_service.consultation.service import ConsultationDeps
from qa_service.knowledge.models import QAPair, QAVersion, QuestionVariant
from qa_service.knowledge.rules import NO_LONGER_PUBLIC
from qa_service.knowledge.upkeep_models import ReworkTask
from qa_service.ledger.similar_entries import ALIKE
from qa_service.text.guards.compare import compare_guards, guards_of
from qa_service.vocabulary import PairStatus

COMPARED = 200
"""Largest number of pairs compared, those changed last; each with its variants."""
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Reworking:
    """An answer that may not be told at present: its question, unit, and the reason.

    ``is_proposed`` says that the end of its document is not decided yet.
    """

    question: str
    unit_name: str
    reason: str
    is_proposed: bool = False

    @property
    def told(self) -> str:
        """The warning that operators and other systems are shown."""
        why = "现正在重新办理"
        if self.is_proposed:
            does = f"拟{NO_LONGER_PUBLIC}" if self._is_closed else "拟废止或失效"
            why = f"依据的文件{does}，待确认，暂停告知"
        elif self._is_closed:
            why = f"原答案所依据的文件{NO_LONGER_PUBLIC}，答复正在重新办理"
        elif self.reason.startswith("依据"):
            why = "原答案所依据的文件已废止或失效，答复正在重新办理"
        return f"“{self.question}”原有答复，{why}（{self.unit_name}）。{self.reason}。"

    @property
    def _is_closed(self) -> bool:
        return self.reason.startswith("依据") and NO_LONGER_PUBLIC in self.reason


def reworked_answers(session: Session, deps: ConsultationDeps, question: str) -> list[Reworking]:
    """Return the suspended and withdrawn answers in rework that nearly ask ``question``.

    Compares words, and guard words, with each wording of a pair; the most alike come first.
    Of a long question, the sentences that ask are compared.
    """
    rows = _in_rework(session)
    wordings = _wordings(session, [pair.id or 0 for pair, _, _ in rows])
    sentences = asking_sentences(question) if is_long(question) else (question,)
    asked = [(deps.terms(one), one) for one in sentences] if rows else []
    found: list[tuple[float, Reworking]] = []
    for pair, version, unit_name in rows:
        texts = (version.question, *wordings.get(pair.id or 0, ()))
        held = [(deps.terms(text), text) for text in texts]
        score = max(_likeness(sentence, words, held) for words, sentence in asked)
        if score >= ALIKE:
            is_proposed = pair.status is PairStatus.SUSPENDED
            reason = pair.withdrawn_reason or ""
            one = Reworking(version.question, unit_name, reason, is_proposed)
            found.append((score, one))
    found.sort(key=lambda one: -one[0])
    return [one for _, one in found[:SHOWN]]


def _likeness(
    sentence: str, wanted: frozenset[str], held: list[tuple[frozenset[str], str]]
) -> float:
    """Return the likeness of the nearest wording; 0 if its guard words say something else."""
    score, nearest = max((_overlap(wanted, words), text) for words, text in held)
    conflicts = compare_guards(guards_of(sentence), guards_of(nearest)).conflicts
    return 0.0 if conflicts else score


def _in_rework(session: Session) -> list[tuple[QAPair, QAVersion, str]]:
    tasks = select(ReworkTask.pair_id).where(col(ReworkTask.closed_at).is_(None))
    statement = (
        select(QAPair, QAVersion, Unit.name)
        .join(QAVersion, col(QAVersion.id) == QAPair.current_version_id)
        .join(Unit, col(Unit.id) == QAPair.unit_id)
        .where(
            QAVersion.limited_reason == "",
            or_(
                col(QAPair.status) == PairStatus.SUSPENDED,
                (col(QAPair.status) == PairStatus.WITHDRAWN) & col(QAPair.id).in_(tasks),
            ),
        )
        .order_by(col(QAPair.updated_at).desc())
        .limit(COMPARED)
    )
    return list(session.exec(statement).all())


def _wordings(session: Session, pair_ids: Collection[int]) -> dict[int, list[str]]:
    statement = select(QuestionVariant.pair_id, QuestionVariant.text).where(
        col(QuestionVariant.pair_id).in_(pair_ids)
    )
    found: dict[int, list[str]] = {}
    for pair_id, text in session.exec(statement).all():
        found.setdefault(pair_id, []).append(text)
    return found


def _overlap(wanted: frozenset[str], held: frozenset[str]) -> float:
    """Return the share of common words (Jaccard, 1901)."""
    return len(wanted & held) / len(wanted | held) if wanted and held else 0.0
