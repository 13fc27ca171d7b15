"""Personal data as people write it, through every door that takes text, is found nowhere again."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from leak_doors import Doors
from leak_places import (
    Written,
    cells_of,
    delivered,
    exports,
    found_in,
    page_exports,
    places,
)
from rest_client import person_key
from security_data import PLANTED, writings
from sqlalchemy import func, select
from sqlmodel import SQLModel
from visitor import Browser, add_user

from qa_service.knowledge.pairs.record.rules import personal_problems
from qa_service.services import Services
from qa_service.storage.free_text import FreeText
from qa_service.vocabulary import Role

pytestmark = pytest.mark.slow

COPIED = {
    "suggested_variant.text": "the question of a consultation",
    "rework_task.reason": "the title of the document that ended",
}
"""Columns into which nobody types, and what is copied there."""

MARKER = "〔"


def texts_of(limit: int, said: Iterable[str]) -> Iterator[str]:
    """The writings in texts of at most ``limit`` characters."""
    text = ""
    for one in said:
        if len(text) + len(one) + 1 > limit:
            yield text
            text = ""
        text += f"{one}；"
    yield text


def core(written: str) -> str:
    """The part of a writing that is the person's: without the words around it.

    A number of four digits keeps its word: alone it stands in some checksum by chance.
    """
    cut = re.sub(
        r"^(?:身份证号?|证件号|护照|港澳通行证|军官证|微信|QQ |卡号|社保号|IMEI |座机|患者"
        r"|孩子叫|本人|我爸|我叫"
        r"|我儿子|家属|我婆婆|联系|名字|姓王，叫|137\*+9048 |社保卡号|我家住)",
        "",
        written,
    )
    return re.sub(r"(?:元旦前|先生|去年退休|反映)$", "", cut)


@pytest.fixture
def doors(app: FastAPI, client: TestClient, services: Services) -> Doors:
    keys = []
    everybody = {"unit": "human-resources", "within": {Role.UNIT: ("education",)}}
    for login in ("jia", "yi"):
        add_user(services, login, *Role, **everybody)
        keys.append(person_key(services, login))
    add_user(services, "quan", *(role for role in Role if role is not Role.UNIT))
    browser = Browser(app)
    browser.sign_in("quan")
    return Doors(services, client, browser, *keys)


def write_everywhere(doors: Doors) -> None:
    said = writings()
    mild = [one for one in said if not list(personal_problems({"text": one}))]
    for one in said:
        doors.ask(one)
    for text, part in zip(texts_of(450, said), texts_of(450, mild * 2), strict=False):
        doors.entry(text, part)
        doors.policy(text)
        doors.callback(text)
        doors.circular(text)
        doors.draft(text)
        doors.link(text)
        doors.file(text)
    for text in texts_of(190, said):
        doors.pair(text)
        doors.aside(text)
        doors.tasks(text)
    # Last, because it changes the stages that pairs are signed at.
    for text in texts_of(190, said):
        doors.lists(text)
    # A title with a number is refused, see ``web/bank/test_media_pages``.
    for text in texts_of(90, mild * 2):
        doors.title(text)
    for text in texts_of(60, said):
        doors.notice(text)


def columns_without_marker(services: Services) -> list[str]:
    """The columns of free text in which no masked text arrived."""
    columns = [
        column
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, FreeText)
    ]
    with services.database.connect() as connection:
        return [
            f"{column.table.name}.{column.name}"
            for column in columns
            if not connection.scalar(select(func.count()).where(func.instr(column, MARKER) > 0))
        ]


def test_no_way_of_writing_personal_data_stays_anywhere(
    doors: Doors, services: Services, client: TestClient, logged: Written, tmp_path: Path
) -> None:
    said = writings()
    assert len(said) >= 40
    write_everywhere(doors)
    assert doors.refused == []
    assert set(columns_without_marker(services)) <= set(COPIED)
    listener = delivered(services)
    assert listener.bodies
    headers = person_key(services, "jia")
    kept = [
        *places(services, listener, logged),
        *exports(services, client, headers, tmp_path / "all", ()),
        *page_exports(services, doors.browser, tmp_path / "pack"),
        *(("import report", cells_of(report)) for report in doors.reports),
    ]
    sealed = (PLANTED["name"], PLANTED["mobile"])
    assert found_in(kept, [*map(core, said), *sealed]) == []
