"""View models of the pairs shown for a question: the list, and the answer chosen from it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from qa_service.consultation.calls.keywords import is_keyword
from qa_service.consultation.calls.present import Present
from qa_service.consultation.search.as_of import mark
from qa_service.consultation.search.candidates import Candidate
from qa_service.consultation.telling import marked
from qa_service.knowledge.media.service import MediaView
from qa_service.knowledge.pairs.queries import CitedPolicy
from qa_service.knowledge.pairs.record.content import DisplayedContent
from qa_service.knowledge.policy_models import ServiceLink
from qa_service.vocabulary import AreaKey, Aspect, TextKind, Verdict
from qa_service.web.kit.highlight import Segment, highlight
from qa_service.web.kit.names import labels
from qa_service.web.kit.names.labels import Badge

FOLDED_BELOW = 0.05
"""Candidates less probable than this are folded away."""


@dataclass(frozen=True, slots=True)
class BasisLine:
    """A policy document an answer rests on; ``path`` is its page, ``link`` the official site."""

    title: str
    document_number: str
    article: str | None
    validity: Badge
    verified: bool
    path: str
    link: str
    effective_from: date | None


@dataclass(frozen=True, slots=True)
class CandidateCard:
    """A candidate pair as shown; ``place`` is its number key, if ``has_key``.

    ``warnings`` are marked; ``differences``, the others, stand among the reasons.

    ``is_folded`` says that it is too improbable to stand in the list at once, ``past_mark`` the
    past day whose rule it is, empty for today's.
    """

    place: int
    qa_id: int
    key: str
    version: int
    area: AreaKey
    unit_name: str
    content: DisplayedContent
    confidence: str
    percent: str
    basis: tuple[BasisLine, ...]
    matched_kind: str
    matched: tuple[Segment, ...]
    how_found: str
    shared_words: tuple[str, ...]
    cosine: float | None
    lexical: float
    warnings: tuple[str, ...]
    differences: tuple[str, ...]
    is_told: bool
    media: tuple[MediaView, ...]
    unsigned: bool
    links: tuple[ServiceLink, ...] = ()
    aspect: Aspect | None = None
    effective_from: date | None = None
    expires_on: date | None = None
    is_folded: bool = False
    has_key: bool = True
    past_mark: str = ""

    @property
    def why(self) -> str:
        """The first thing to know of it in one line: what to check, else how it was found."""
        return f"⚠ {self.warnings[0]}" if self.warnings else self.likeness

    @property
    def likeness(self) -> str:
        """The words or the sense it has in common with the question, in one line."""
        words = "、".join(self.shared_words[:4])
        return f"相同的词：{words}" if words else self.how_found


@dataclass(frozen=True, slots=True)
class AspectGroup:
    """Candidates of one aspect (问点) under its heading; ``title`` is empty without headings."""

    title: str
    cards: tuple[CandidateCard, ...]


@dataclass(frozen=True, slots=True)
class Panes:
    """The list of pairs on the left, by aspect or as ranked, and the answer chosen on the right.

    ``chosen`` is the place of that answer. They are no ``are_answers`` where nothing fits: then
    they stand there for reference alone (仅供参考).
    """

    cards: tuple[CandidateCard, ...]
    groups: tuple[AspectGroup, ...]
    chosen: int
    are_answers: bool

    @property
    def folded(self) -> tuple[CandidateCard, ...]:
        """The candidates too improbable to stand in the list at once."""
        return tuple(card for card in self.cards if card.is_folded)

    @property
    def told(self) -> CandidateCard | None:
        """The candidate that the asker was told."""
        return next((card for card in self.cards if card.is_told), None)


def panes_of(
    candidates: Sequence[Candidate],
    present: Present,
    *,
    question: str,
    verdict: Verdict,
    day: date,
    told: int | None = None,
    chosen: int = 0,
    as_of: date | None = None,
) -> Panes:
    """Return both panes; ``told`` is the id of the pair told, ``chosen`` a place, 0 for none.

    Found by the rules of a past day, ``as_of``, they are shown as on that day and say so. Those
    folded away stand last, so that the numbers of those in view have no gaps. The pairs of a
    keyword stand by aspect; those that share a word with it are never folded away.
    """
    by_aspect = verdict is Verdict.CHOOSE and is_keyword(question)
    are_answers = verdict is not Verdict.UNMATCHED
    shown = list(marked(candidates, present.outdated))
    if by_aspect:
        shown = _by_aspect(shown, present)
    unlikely = {
        one.qa_id for one in shown[1:] if are_answers and _is_unlikely(one, is_keyword=by_aspect)
    }
    shown.sort(key=lambda one: one.qa_id in unlikely)
    cards = tuple(
        candidate_card(
            one,
            present,
            place=place,
            told=told,
            day=as_of or day,
            is_past=as_of is not None,
            is_folded=one.qa_id in unlikely,
            has_key=are_answers,
        )
        for place, one in enumerate(shown, start=1)
    )
    return Panes(cards, _grouped(cards, by_aspect=by_aspect), _shown(cards, chosen), are_answers)


def _grouped(cards: Iterable[CandidateCard], *, by_aspect: bool) -> tuple[AspectGroup, ...]:
    """Return the cards that are not folded, under the headings of their aspects if wanted."""
    listed = [card for card in cards if not card.is_folded]
    aspects = dict.fromkeys(card.aspect for card in listed)
    if not by_aspect or len(aspects) < 2:
        return (AspectGroup("", tuple(listed)),) if listed else ()
    return tuple(
        AspectGroup(
            aspect.label if aspect else Aspect.OTHER.label,
            tuple(card for card in listed if card.aspect == aspect),
        )
        for aspect in aspects
    )


def _shown(cards: Sequence[CandidateCard], chosen: int) -> int:
    """Return the place of the answer to show: that told, else the one chosen, else the first."""
    told = next((card.place for card in cards if card.is_told), 0)
    return told or (chosen if 0 < chosen <= len(cards) else 1)


def _by_aspect(candidates: Sequence[Candidate], present: Present) -> list[Candidate]:
    """Return the candidates with those of one aspect together, the groups by their best one."""
    aspects = {one.qa_id: _aspect_of(one, present) for one in candidates}
    order = list(dict.fromkeys(aspects.values()))
    return sorted(candidates, key=lambda one: order.index(aspects[one.qa_id]))


def _aspect_of(candidate: Candidate, present: Present) -> Aspect | None:
    pair = present.pairs.get(candidate.qa_id)
    return pair.aspect if pair else None


def _is_unlikely(candidate: Candidate, *, is_keyword: bool) -> bool:
    is_named = is_keyword and bool(candidate.why.matched_words)
    return candidate.confidence < FOLDED_BELOW and not is_named


def candidate_card(
    candidate: Candidate,
    present: Present,
    *,
    place: int,
    told: int | None,
    day: date,
    is_folded: bool = False,
    has_key: bool = True,
    is_past: bool = False,
) -> CandidateCard:
    """Return a candidate as it is shown on ``day``; ``told`` is the id of the pair told."""
    why = candidate.why
    pair = present.pairs.get(candidate.qa_id)
    return CandidateCard(
        place=place,
        qa_id=candidate.qa_id,
        key=candidate.key,
        version=candidate.version,
        area=candidate.area,
        unit_name=candidate.unit_name,
        content=candidate.content,
        confidence=labels.confidence(candidate.confidence),
        percent=labels.percent(candidate.confidence),
        basis=tuple(_basis_line(cited, present, day) for cited in candidate.basis),
        matched_kind=TextKind.from_storage(why.matched_kind).label,
        matched=highlight(candidate.matched_text, why.matched_words),
        how_found=how_found(why.matched_words, why.cosine),
        shared_words=_longest(why.matched_words),
        cosine=why.cosine,
        lexical=why.lexical,
        warnings=why.warnings,
        differences=tuple(one for one in why.differences if one not in why.warnings),
        is_told=candidate.qa_id == told,
        media=present.media.get(candidate.qa_id, ()),
        unsigned=candidate.unsigned,
        links=tuple(present.links.get(candidate.qa_id, ())),
        aspect=_aspect_of(candidate, present),
        effective_from=pair.effective_from if pair else None,
        expires_on=pair.expires_on if pair else None,
        is_folded=is_folded,
        has_key=has_key and not is_folded,
        past_mark=mark(day) if is_past else "",
    )


def how_found(matched_words: Collection[str], cosine: float | None) -> str:
    """Return in Chinese which of the two signals, words or meaning, found the text."""
    if cosine is None:
        return "只按相同的词找到（语义检索不可用）"
    return "词语相同，意思相近" if matched_words else "没有相同的词，按意思相近找到"


def _longest(words: Collection[str]) -> tuple[str, ...]:
    # Search-mode tokens include a long word and its parts; only the long word is shown. A
    # character alone says too little.
    return tuple(
        word
        for word in words
        if len(word) > 1 and not any(word != other and word in other for other in words)
    )


def _basis_line(cited: CitedPolicy, present: Present, day: date) -> BasisLine:
    """Return a citation as it is shown on ``day``, with where its document is read."""
    place = present.documents.get(cited.key)
    link = place.link if place and place.link else ""
    return BasisLine(
        title=cited.title,
        document_number=cited.document_number,
        article=cited.article,
        validity=labels.standing(cited, day),
        verified=cited.verified,
        path=f"/policies/{place.id}" if place else "",
        link=link if link.startswith(("https://", "http://")) else "",
        effective_from=place.effective_from if place else None,
    )
