"""Entries whose replies are approved, so that their askers wait to be called."""

from dataclasses import replace

from desk import ANSWER, Desk, person

from qa_service.ledger.askers.details import AskerDetails, keep_asker
from qa_service.ledger.routing import route
from qa_service.ledger.service import Registration, register
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PolicyArea

PHONES = ("13800001111", "13800002222", "13800003333")
SCRIPTS = ("在网上填报备案。", "在窗口填报备案。", "在街道填报备案。")


def await_calls(
    services: Services, count: int = 2, *, with_contact: bool = True, series: str = "火星"
) -> list[str]:
    """The numbers of new entries that wait for a call, in the order in which they are listed.

    Another ``series`` asks other questions: the bank takes none twice.
    """
    now = services.clock.now()
    numbers = []
    with session_scope(services.database) as session:
        for place in range(count):
            details = AskerDetails(f"赵{place}女士", PHONES[place] if with_contact else None)
            entry = register(
                session,
                Registration(
                    f"{series}投资项目第{place}期怎么备案",
                    PolicyArea.ELDERLY_CARE,
                    None,
                    keep_asker(session, details, cipher=services.cipher),
                    now,
                ),
                route=route(session, area=PolicyArea.ELDERLY_CARE, nearest_unit=None),
                calendar=services.calendar,
                workdays=5,
                actor=person("坐席甲"),
                now=now,
            )
            content = replace(
                ANSWER,
                question=f"{series}投资项目第{place}期怎样备案",
                phone_script=SCRIPTS[place],
                area=PolicyArea.ELDERLY_CARE,
            )
            numbers.append(Desk(session, now).answered(entry, content).number)
    return numbers
