"""A pair that is published while services follow the bank, and what they find."""

from collections.abc import Sequence
from datetime import date

from actors import person
from reviewing import publish_pair

from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.models import stored_id
from qa_service.knowledge.pairs.record.content import PairContent
from qa_service.knowledge.pairs.service import draft_pair
from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.encoders.encoder import Encoder
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PolicyArea

DAY = date(2026, 11, 24)
QUESTION = "停车泊位怎么申请包月？"


def content(question: str = QUESTION) -> PairContent:
    return PairContent(
        area=PolicyArea.INVESTMENT,
        unit="commerce",
        question=question,
        variants=("车位包月在哪办",),
        answer="向泊位经营单位申请。",
        phone_script="向经营单位申请。",
        effective_from=date(2025, 1, 1),
        basis=(Basis("增值税法"),),
    )


def published(services: Services) -> int:
    now = services.clock.now()
    with session_scope(services.database) as session:
        pair = draft_pair(session, content(), by=person("test"), now=now)
        publish_pair(session, pair, now=now)
        return stored_id(pair)


def first(services: Services, question: str) -> int | None:
    found = services.searcher.search(question, area=None, day=DAY)
    return found.candidates[0].qa_id if found.candidates else None


class CountingEncoder:
    """The real encoder, counting what it is asked to embed."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.dimension = encoder.dimension
        self.fingerprint = encoder.fingerprint
        self.embedded = 0

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encoder.encode_queries(texts)

    def encode_texts(self, texts: Sequence[str], *, at_once: int = 1) -> Vectors:
        self.embedded += len(texts)
        return self._encoder.encode_texts(texts, at_once=at_once)
