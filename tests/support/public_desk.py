"""A bank the district has signed, as the public desk shows it."""

from collections.abc import Callable, Hashable, Mapping
from datetime import date

from fastapi import FastAPI
from sqlalchemy import update
from sqlmodel import select

from qa_service.knowledge.models import PolicyDocument, QAPair, QAVersion
from qa_service.server.app import create_desk_app
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import AdoptedFrom, Validity

QUESTION = "社保卡丢了怎么补办？"
KEY = "test-card"
LAW = "社会保险法"


def sign_everything(services: Services) -> None:
    with session_scope(services.database) as session:
        session.execute(update(QAPair).values(adopted_from=None))


_APPLICATIONS: dict[Hashable, FastAPI] = {}


def signed_desk(services: Services) -> FastAPI:
    """The desk's own application over the test bank, signed."""
    sign_everything(services)
    return desk_of(services)


def desk_of(services: Services) -> FastAPI:
    """The desk's own application; made once, as its routes take long."""
    settings = services.settings
    built_from = (
        settings.desk_sites,
        settings.desk_in_flight,
        settings.trusted_proxies,
        settings.root_path,
    )
    if built_from not in _APPLICATIONS:
        _APPLICATIONS[built_from] = create_desk_app(services)
    application = _APPLICATIONS[built_from]
    application.state.services = services
    return application


def set_pair(services: Services, **values: object) -> None:
    """Change columns of the pair ``KEY`` behind the service's back."""
    with session_scope(services.database) as session:
        session.execute(update(QAPair).where(QAPair.key == KEY).values(**values))


def set_version(services: Services, **values: object) -> None:
    """Change columns of that pair's current version."""
    with session_scope(services.database) as session:
        pair = session.exec(select(QAPair).where(QAPair.key == KEY)).one()
        version = QAVersion.id == pair.current_version_id
        session.execute(update(QAVersion).where(version).values(**values))


def set_law(services: Services, **values: object) -> int:
    """Change columns of the document it rests on; the id of that."""
    with session_scope(services.database) as session:
        law = PolicyDocument.key == LAW
        if values:
            session.execute(update(PolicyDocument).where(law).values(**values))
        return session.exec(select(PolicyDocument.id).where(law)).one() or 0


HIDING: Mapping[str, Callable[[Services], object]] = {
    "unsigned": lambda services: set_pair(services, adopted_from=AdoptedFrom.IMPORT),
    "future": lambda services: set_pair(services, effective_from=date(2026, 12, 1)),
    "ended": lambda services: set_pair(services, expires_on=date(2026, 11, 23)),
    "limited": lambda services: set_version(
        services, limited_reason="仅涉优抚对象", audience="优抚"
    ),
    "blank": lambda services: set_version(services, answer="【本地：网点地址】"),
    "not_public": lambda services: set_law(services, is_public=False),
    "basis_ended": lambda services: set_law(services, validity=Validity.REPEALED),
}
"""What makes the answer one that not everybody may read, by its name."""
