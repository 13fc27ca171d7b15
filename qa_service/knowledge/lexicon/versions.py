"""Versions of the word list (词表); all are kept, one is in use."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.audit import record
from qa_service.errors import ConfigurationError, FieldProblem, InvalidInputError, NotFoundError
from qa_service.knowledge.models import WordListVersion
from qa_service.knowledge.revision import bank_stamp, use_words
from qa_service.text.tokenize import Tokenizer, WordList
from qa_service.vocabulary import AuditAction

LIST_CHARACTERS = 400_000
NOTE_CHARACTERS = 200


class WordListNotFoundError(NotFoundError):
    """No version of the word list has this id."""

    code = "word_list_not_found"
    title = "没有这一版词表"


class InvalidWordListError(InvalidInputError):
    """A line of the dictionary or of the synonyms cannot be used, or the note is missing."""

    code = "invalid_word_list"
    title = "词表有误"


def propose_words(
    session: Session, words: WordList, *, note: str, by: Actor, now: datetime
) -> WordListVersion:
    """Store a new version, not yet in use; raises InvalidWordListError with list and line."""
    note = note.strip()
    if not note or len(note) > NOTE_CHARACTERS:
        message = f"请用 1 至 {NOTE_CHARACTERS} 个字说明改了什么"
        raise InvalidWordListError(message, problems=(FieldProblem("note", message),))
    if max(len(words.dictionary), len(words.synonyms)) > LIST_CHARACTERS:
        raise InvalidWordListError(f"词表超过 {LIST_CHARACTERS} 个字，请精简")
    try:
        Tokenizer(words)
    except ConfigurationError as error:
        raise InvalidWordListError(error.message) from error
    version = WordListVersion(
        dictionary=words.dictionary,
        synonyms=words.synonyms,
        note=note,
        author=by.name,
        author_person_id=by.person_id,
        author_key_id=by.api_key_id,
        created_at=now,
    )
    session.add(version)
    session.flush()
    subject = f"词表第 {version.id} 版"
    record(session, AuditAction.EDIT, actor=by, now=now, subject=subject, change="新增")
    return version


def activate_words(session: Session, version_id: int, *, by: Actor, now: datetime) -> None:
    """Use this version in every process as soon as the process has built its index.

    Raises WordListNotFoundError. A process first checks its calibration with the new words, see
    ``Recalibration``.
    """
    version = find_words(session, version_id)
    version.activated_at = now
    version.activated_by, version.activated_by_person_id, version.activated_by_key_id = by.recorded
    session.add(version)
    use_words(session, version_id)
    subject = f"词表第 {version_id} 版"
    record(session, AuditAction.SETTINGS, actor=by, now=now, subject=subject, change="启用")


def find_words(session: Session, version_id: int) -> WordListVersion:
    """Return the version of this id; raises WordListNotFoundError."""
    version = session.get(WordListVersion, version_id)
    if version is None:
        raise WordListNotFoundError(f"没有编号为 {version_id} 的词表")
    return version


def words_in_use(session: Session) -> WordListVersion | None:
    """Return the version in use; None while the files of the corpus are in use."""
    number = bank_stamp(session)[2]
    return session.get(WordListVersion, number) if number else None


def list_words(session: Session, *, limit: int = 50) -> Sequence[WordListVersion]:
    """Return at most ``limit`` versions, newest first."""
    statement = select(WordListVersion).order_by(col(WordListVersion.id).desc()).limit(limit)
    return session.exec(statement).all()


def word_list(version: WordListVersion) -> WordList:
    """Return the content of a version as the tokenizer's word list."""
    return WordList(version.dictionary, version.synonyms)
