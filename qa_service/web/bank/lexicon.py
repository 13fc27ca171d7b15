"""Pages of the word list (词表): edit, replay recent questions, activate a version."""

from pathlib import Path as FolderPath
from threading import Lock

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import Response

from qa_service.accounts.permissions import Permission
from qa_service.consultation.trials.word_replay import Replay, Replayed, recent_questions, replay
from qa_service.knowledge.lexicon.versions import (
    InvalidWordListError,
    activate_words,
    find_words,
    list_words,
    propose_words,
    word_list,
    words_in_use,
)
from qa_service.knowledge.models import WordListVersion
from qa_service.request_scope import ReadSession
from qa_service.retrieval.evaluation.dataset import load_evaluation_set
from qa_service.services import corpus_words
from qa_service.text.tokenize import Tokenizer, WordList
from qa_service.web.bank.pairs.text_comparison import changed_lines
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.done import Done
from qa_service.web.kit.parameters import RowId
from qa_service.web.kit.visit import Page, PageContext

router = APIRouter(prefix="/words", dependencies=[Depends(guard_page)], include_in_schema=False)

ONE_REPLAY = Lock()
"""Held by a replay: each builds an index of the whole bank with the other words."""


@router.get("", dependencies=[permits(Permission.READ_BANK)])
def words_page(visit: Page, session: ReadSession) -> Response:
    """Show the words in use and all earlier versions."""
    return _page(visit, session, _current(visit, session))


@router.post("", dependencies=[permits(Permission.KEEP_WORDS)])
def propose(visit: Page) -> Response:
    """Store a new version of the word list; an invalid one is shown again as typed."""
    words = WordList(visit.form.text("dictionary") + "\n", visit.form.text("synonyms") + "\n")
    note = visit.form.text("note")
    try:
        with visit.write() as session:
            version = propose_words(session, words, note=note, by=visit.actor, now=visit.now)
    except InvalidWordListError as error:
        with visit.read() as session:
            return _page(visit, session, words, refusal=error.message)
    return visit.lead(f"/words/{version.id}", Done.SAVED)


@router.get("/{version_id}", dependencies=[permits(Permission.READ_BANK)])
def version_page(visit: Page, session: ReadSession, version_id: RowId) -> Response:
    """Show a version's difference to the words in use and the answers its replay changes."""
    version, may_change = find_words(session, version_id), visit.user.may(Permission.KEEP_WORDS)
    context = {
        "words": version,
        "diff": _diff(_current(visit, session), word_list(version)),
        # Questions of citizens, asked of every unit.
        "replay": _replayed(visit, session, version) if may_change else None,
        "may_replay": may_change,
        "in_use": words_in_use(session),
        "may_change": may_change,
    }
    return visit.show("bank/lexicon/version.html", context)


@router.post("/{version_id}", dependencies=[permits(Permission.KEEP_WORDS)])
def activate(visit: Page, version_id: RowId) -> Response:
    """Activate the version."""
    with visit.write() as session:
        activate_words(session, version_id, by=visit.actor, now=visit.now)
    return visit.lead("/words", Done.STARTED)


def _current(visit: PageContext, session: Session) -> WordList:
    version = words_in_use(session)
    return word_list(version) if version else corpus_words(visit.services.settings)


def _replayed(visit: PageContext, session: Session, version: WordListVersion) -> Replay | None:
    """Return the replay of a version; None while another one runs."""
    if not ONE_REPLAY.acquire(blocking=False):
        return None
    try:
        return _replay(visit, session, version)
    finally:
        ONE_REPLAY.release()


def _replay(visit: PageContext, session: Session, version: WordListVersion) -> Replay:
    index_sync = visit.services.index_sync
    index_sync.follow()
    other = index_sync.build_preview_engine(Tokenizer(word_list(version)))
    questions = recent_questions(session, now=visit.now)
    folder = visit.services.settings.evaluation_dir
    if folder:
        judged = load_evaluation_set(FolderPath(folder)).queries
        unbounded = {one.question for one in questions if one == Replayed(one.question)}
        texts = dict.fromkeys(query.text for query in judged)
        questions += [Replayed(text) for text in texts if text not in unbounded]
    return replay(
        session,
        questions,
        index_sync.engine,
        other,
        day=visit.today,
        limit=visit.services.settings.candidate_limit,
    )


def _diff(old: WordList, new: WordList) -> list[str]:
    found = []
    for label, before, after in (
        ("词典", old.dictionary, new.dictionary),
        ("同义词", old.synonyms, new.synonyms),
    ):
        gone, added = changed_lines(before.splitlines(), after.splitlines())
        found += [f"{label} -{line}" for line in gone]
        found += [f"{label} +{line}" for line in added]
    return found


def _page(
    visit: PageContext, session: Session, words: WordList, *, refusal: str | None = None
) -> Response:
    context = {
        "words": words,
        "versions": list_words(session),
        "in_use": words_in_use(session),
        "may_change": visit.user.may(Permission.KEEP_WORDS),
        "note": visit.form.text("note"),
        "refusal": refusal,
    }
    return visit.show("bank/lexicon/page.html", context, status=422 if refusal else 200)
