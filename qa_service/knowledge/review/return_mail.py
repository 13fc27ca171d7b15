"""The mail that tells an author of a pair returned in review (退回修改)."""

from datetime import datetime

from sqlmodel import Session

from qa_service.accounts.mailboxes.addressees import Addressee, addressee_of
from qa_service.accounts.models import Unit, User
from qa_service.knowledge.models import QAPair, QAVersion
from qa_service.knowledge.premises import stays_returned, to_person
from qa_service.outbox.events import UnitMail
from qa_service.outbox.service import enqueue
from qa_service.text.privacy.masking import masked
from qa_service.vocabulary import Stage

TITLE_CHARACTERS = 40


def mail_return(
    session: Session, pair: QAPair, version: QAVersion, stage: Stage, reason: str, *, now: datetime
) -> None:
    """Enqueue a mail to the version's author, or to the pair's unit where no account wrote it."""
    to = _author(session, version) or _unit(session, pair)
    if to is None:
        return
    lines = (
        f"{to.name}：",
        f"问答“{version.question}”在{stage.label}被退回修改。",
        f"理由：{masked(reason.strip())}",
        "请登录政策咨询问答库，在“我的待办”中修改后重新送审。",
    )
    title = f"【政策咨询】问答退回修改：{version.question[:TITLE_CHARACTERS]}"
    premises = (stays_returned(pair), *to_person(to))
    mail = UnitMail(f"qa-{pair.id}", to.address, title, "\n".join(lines), premises)
    enqueue(session, mail, now=now)


def _author(session: Session, version: QAVersion) -> Addressee | None:
    person_id = version.author_person_id
    author = session.get(User, person_id) if person_id is not None else None
    return addressee_of(session, author) if author is not None and author.is_active else None


def _unit(session: Session, pair: QAPair) -> Addressee | None:
    unit = session.get_one(Unit, pair.unit_id)
    return Addressee(unit.name, unit.email) if unit.email else None
