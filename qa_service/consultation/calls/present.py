"""The state today of the pairs that were shown: aspect, dates, media, documents to open."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlmodel import Session

from qa_service.consultation.search.candidates import Candidate
from qa_service.consultation.telling import outdated_among, views_on
from qa_service.knowledge.media.service import MediaView, shown_media
from qa_service.knowledge.policies.citing import DocumentPlace, document_places
from qa_service.knowledge.policies.library.links import links_of_pairs
from qa_service.knowledge.policy_models import ServiceLink
from qa_service.vocabulary import Aspect


@dataclass(frozen=True, slots=True)
class PresentPair:
    """The aspect that a pair asks about (问点), and the days between which its answer holds."""

    aspect: Aspect | None
    effective_from: date
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class Present:
    """The state today of everything shown with a question, by pair id and document key.

    ``outdated`` are the pairs that are no longer told in the version that was shown.
    """

    pairs: Mapping[int, PresentPair] = field(default_factory=dict)
    documents: Mapping[str, DocumentPlace] = field(default_factory=dict)
    media: Mapping[int, tuple[MediaView, ...]] = field(default_factory=dict)
    links: Mapping[int, Sequence[ServiceLink]] = field(default_factory=dict)
    outdated: frozenset[int] = frozenset()


def present_state(
    session: Session, candidates: Sequence[Candidate], *, day: date, as_of: date | None = None
) -> Present:
    """Return the state on ``day`` of the pairs shown and of the documents they cite.

    Found by the rules of a past day, ``as_of``, the pairs have their dates of then, no media and
    no links of services, for those kept with a pair are of today's rule.
    """
    shown = [one.qa_id for one in candidates]
    views = views_on(session, shown, day=day, as_of=as_of)
    return Present(
        pairs={
            view.pair_id: PresentPair(
                view.content.aspect, view.content.effective_from, view.content.expires_on
            )
            for view in views
        },
        documents=document_places(session, _cited(candidates)),
        media=shown_media(session, shown) if as_of is None else {},
        links=links_of_pairs(session, shown) if as_of is None else {},
        outdated=outdated_among(candidates, views),
    )


def _cited(candidates: Iterable[Candidate]) -> frozenset[str]:
    return frozenset(cited.key for one in candidates for cited in one.basis)
