"""The public desk for mini programmes and other sites: search and answers as JSON.

The pages of the sites in ``QA_DESK_ORIGINS`` may read it (CORS); no key is needed, and the limit
of the desk counts.
"""

from datetime import date
from typing import Self

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from sqlmodel import Session
from starlette.responses import Response

from qa_service.accounts.areas import present_area, unknown_area
from qa_service.clock import beijing_day
from qa_service.consultation.desk.answers import find_answer
from qa_service.consultation.desk.search import DeskResult
from qa_service.knowledge.pairs.queries import CitedPolicy, PairView
from qa_service.knowledge.pairs.service import PairNotFoundError
from qa_service.request_scope import ReadSession, ServicesDep
from qa_service.vocabulary import AREA_CHARACTERS, AreaKey, Verdict
from qa_service.web.desk.answering import limit_rate, revalidated
from qa_service.web.kit.forms import plain_text
from qa_service.web.kit.public_links import absolute

router = APIRouter(prefix="/desk/api", include_in_schema=False, dependencies=[Depends(limit_rate)])

HOTLINE = "12345"


class BasisOut(BaseModel):
    """A document an answer rests on."""

    title: str
    document_number: str
    article: str | None
    validity: str

    @classmethod
    def of(cls, cited: CitedPolicy) -> Self:
        """Return a citation for others."""
        return cls(
            title=cited.title,
            document_number=cited.document_number,
            article=cited.article,
            validity=cited.validity.value,
        )


class AnswerOut(BaseModel):
    """An answer that everybody may read; ``answer`` is Markdown, ``phone_script`` is plain."""

    key: str
    question: str
    answer: str
    phone_script: str
    field: str
    unit: str
    audience: str
    region: str
    effective_from: date
    expires_on: date | None
    basis: list[BasisOut]
    url: str

    @classmethod
    def of(cls, request: Request, view: PairView) -> Self:
        """Return an answer for others."""
        content = view.content
        return cls(
            key=view.key,
            question=content.question,
            answer=content.answer,
            phone_script=content.phone_script,
            field=content.area,
            unit=view.unit_name,
            audience=content.audience,
            region=content.region,
            effective_from=content.effective_from,
            expires_on=content.expires_on,
            basis=[BasisOut.of(one) for one in view.citations],
            url=absolute(request, f"/desk/answers/{view.key}"),
        )


class OfferedOut(BaseModel):
    """A question that may be meant, and where its answer is."""

    key: str
    question: str
    unit: str
    url: str


class SearchOut(BaseModel):
    """The outcome of a search: the answer, or what may be meant, or neither; then whom to call."""

    verdict: Verdict
    answer: AnswerOut | None
    offered: list[OfferedOut]
    call: str = HOTLINE


@router.get("/search")
def search(
    request: Request, services: ServicesDep, session: ReadSession, q: str = "", area: str = ""
) -> Response:
    """Return what a citizen's question finds; nothing of it is stored.

    Raises UnusableQuestionError and UnknownAreaError.
    """
    chosen = _chosen(session, plain_text(area)[:AREA_CHARACTERS])
    now = services.clock.now()
    result = services.desk_search.find(session, plain_text(q), area=chosen, now=now)
    told = _told(session, result, day=beijing_day(now))
    verdict = Verdict.CHOOSE if result.offered else Verdict.UNMATCHED
    found = SearchOut(
        verdict=Verdict.ANSWERED if told else verdict,
        answer=AnswerOut.of(request, told) if told else None,
        offered=[
            OfferedOut(
                key=one.key,
                question=one.content.question,
                unit=one.unit_name,
                url=absolute(request, f"/desk/answers/{one.key}"),
            )
            for one in result.offered
        ],
    )
    return _json(request, found, is_private=True)


@router.get("/answers/{key}")
def answer(request: Request, services: ServicesDep, session: ReadSession, key: str) -> Response:
    """Return an answer; PairNotFoundError: see ``find_answer``."""
    view = find_answer(session, key, day=beijing_day(services.clock.now()))
    return _json(request, AnswerOut.of(request, view))


def _chosen(session: Session, key: AreaKey) -> AreaKey | None:
    """Return the area asked for, or its successor, None for all; raises UnknownAreaError."""
    if not key:
        return None
    chosen = present_area(session, key)
    if chosen is None:
        raise unknown_area(session, key, field="area", otherwise="或不写 area，在全部领域中查询")
    return chosen


def _told(session: Session, result: DeskResult, *, day: date) -> PairView | None:
    """Return the answer found; None for one published since this request began to read."""
    if result.answer is None:
        return None
    try:
        return find_answer(session, result.answer.key, day=day)
    except PairNotFoundError:
        return None


def _json(request: Request, content: BaseModel, *, is_private: bool = False) -> Response:
    written = Response(content.model_dump_json(), media_type="application/json")
    return revalidated(request, written, is_private=is_private)
