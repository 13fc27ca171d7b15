"""The public desk: its first page, search by words, and lists by area and audience."""

from collections.abc import Sequence

from fastapi import APIRouter, Depends, Request
from sqlmodel import Session
from starlette.responses import PlainTextResponse, Response

from qa_service.accounts.areas import list_areas, present_area
from qa_service.clock import beijing_day
from qa_service.consultation.desk.answers import (
    expiring_answers,
    hot_answers,
    list_answers,
    list_audiences,
    newest_answers,
)
from qa_service.consultation.desk.search import QUESTION_CHARACTERS
from qa_service.consultation.desk.topics import (
    DeskTopic,
    chosen_topic,
    topics_of_area,
)
from qa_service.consultation.inquiry import UnusableQuestionError
from qa_service.consultation.search.narrowing import Narrowing
from qa_service.knowledge.pairs.record.content import AUDIENCE_CHARACTERS
from qa_service.knowledge.policies.citing import document_places
from qa_service.knowledge.revision import bank_stamp
from qa_service.request_scope import ReadSession, ServicesDep
from qa_service.vocabulary import AREA_CHARACTERS, AreaKey
from qa_service.web.desk.answering import limit_rate, show
from qa_service.web.kit.forms import plain_text
from qa_service.web.kit.parameters import After

router = APIRouter(include_in_schema=False, dependencies=[Depends(limit_rate)])
health_router = APIRouter(include_in_schema=False)

SHOWN = 8
"""Answers in each short list of the first page."""


@router.get("/desk")
def first_page(request: Request, services: ServicesDep, session: ReadSession) -> Response:
    """Show the search, the areas, and the answers asked for, changed and ending."""
    now = services.clock.now()
    day = beijing_day(now)
    lists = (
        ("大家常问", hot_answers(session, now=now, limit=SHOWN)),
        ("最新发布和更新", newest_answers(session, day=day, limit=SHOWN)),
        ("一个月内到期", expiring_answers(session, day=day, limit=SHOWN)),
    )
    context = {
        "lists": [(title, views) for title, views in lists if views],
        "audiences": list_audiences(session, day=day),
        **_form(session),
    }
    return show(request, "desk/home.html", context)


@router.get("/desk/search")
def search_page(
    request: Request,
    services: ServicesDep,
    session: ReadSession,
    q: str | None = None,
    area: str = "",
    topic: str = "",
    audience: str = "",
) -> Response:
    """Show the answer to a question, or what may be meant, or whom to ask; nothing is stored."""
    typed, chosen = plain_text(q), _chosen(session, area)
    now = services.clock.now()
    day = beijing_day(now)
    topics = topics_of_area(session, chosen, day=day) if chosen else []
    about = chosen_topic(topics, topic)
    wanted = plain_text(audience)[:AUDIENCE_CHARACTERS]
    context = {
        **_form(session, typed, chosen),
        **_topics(topics, about),
        "today": day,
        "audience": wanted,
        "audiences": list_audiences(session, day=day),
    }
    if q is None:
        empty: dict[str, object] = {"result": None, "problem": "", "places": {}}
        return show(request, "desk/found.html", context | empty)
    narrowed = Narrowing(topic=about.key if about else "", audience=wanted)
    try:
        result = services.desk_search.find(session, typed, area=chosen, narrowed=narrowed, now=now)
    except UnusableQuestionError as error:
        refused: dict[str, object] = {"result": None, "problem": error.message, "places": {}}
        return show(request, "desk/found.html", context | refused, status=422)
    cited = [one.key for one in result.answer.basis] if result.answer else []
    found = {"result": result, "problem": "", "places": document_places(session, cited)}
    return show(request, "desk/found.html", context | found, is_private=True)


@router.get("/desk/answers")
def answers_page(
    request: Request,
    services: ServicesDep,
    session: ReadSession,
    area: str = "",
    audience: str = "",
    topic: str = "",
    after: After = 0,
) -> Response:
    """List the answers of an area, about a topic (事项), for an audience (适用对象), or all."""
    day = beijing_day(services.clock.now())
    chosen, wanted = _chosen(session, area), plain_text(audience)[:AUDIENCE_CHARACTERS]
    topics = topics_of_area(session, chosen, day=day) if chosen else []
    about = chosen_topic(topics, topic)
    among = about.pair_ids if about else None
    context = {
        **_form(session, area=chosen),
        **_topics(topics, about),
        "page": list_answers(
            session, day=day, area=chosen, audience=wanted, among=among, after=after
        ),
        "audience": wanted,
        "audiences": list_audiences(session, day=day),
    }
    return show(request, "desk/answers.html", context)


@health_router.get("/desk/healthz")
def health(session: ReadSession) -> Response:
    """Respond 200 while the bank can be read, for whatever watches this process."""
    bank_stamp(session)
    return PlainTextResponse("ok")


def _chosen(session: Session, area: str) -> AreaKey | None:
    """Return the chosen area, or its successor; None, for all, where there is none in use."""
    key = plain_text(area)[:AREA_CHARACTERS]
    return present_area(session, key) if key else None


def _topics(topics: Sequence[DeskTopic], chosen: DeskTopic | None) -> dict[str, object]:
    """Return what a form shows of the topics of the chosen area."""
    return {"topics": topics, "topic": chosen}


def _form(session: Session, question: str = "", area: AreaKey | None = None) -> dict[str, object]:
    """Return what the search form shows: the areas in use, and what was typed and chosen."""
    return {
        "areas": list_areas(session, active_only=True),
        "question": question,
        "longest": QUESTION_CHARACTERS,
        "area": area or "",
    }
