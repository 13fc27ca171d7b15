"""Closed sets in the database: written as values, read as members, whatever release wrote them."""

import pytest
from sqlalchemy import Column, Engine, Integer, MetaData, Table, insert, select, text
from sqlalchemy.exc import StatementError

from qa_service.storage.column_types import EnumList, EnumValue
from qa_service.storage.engine import open_engine
from qa_service.vocabulary import Channel, Role

TABLE = Table(
    "call",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("channel", EnumValue(Channel)),
    Column("roles", EnumList(Role)),
)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Engine:
    if request.param == "sqlite":
        engine = open_engine(f"sqlite:///{request.getfixturevalue('tmp_path')}/bank.db")
    else:
        engine = request.getfixturevalue("postgres_database")
    TABLE.metadata.create_all(engine)
    return engine


def test_members_come_back_as_they_were_written(database: Engine) -> None:
    with database.begin() as connection:
        written = {"id": 1, "channel": Channel.WEB, "roles": [Role.ADMIN, Role.UNIT]}
        connection.execute(insert(TABLE).values(written))
        connection.execute(insert(TABLE).values(id=2, channel=None, roles=None))
        rows = connection.execute(select(TABLE).order_by(TABLE.c.id)).all()
        raw = connection.execute(text("SELECT channel FROM call WHERE id = 1")).scalar()
    assert rows[0].channel is Channel.WEB
    assert [role.label for role in rows[0].roles] == ["管理员", "承办单位"]
    assert (rows[1].channel, rows[1].roles, raw) == (None, None, "web")


def test_a_value_of_another_release_can_be_read_and_looked_for(database: Engine) -> None:
    with database.begin() as connection:
        connection.execute(text("INSERT INTO call VALUES (1, 'pigeon', '[\"admin\", \"poet\"]')"))
        (row,) = connection.execute(select(TABLE)).all()
        known = connection.execute(select(TABLE).where(TABLE.c.channel == Channel.WEB)).all()
    assert (row.channel.label, [role.label for role in row.roles]) == ("pigeon", ["管理员", "poet"])
    assert known == []


@pytest.mark.parametrize("values", [{"channel": "pigeon"}, {"roles": ["poet"]}])
def test_only_members_are_written(database: Engine, values: dict[str, object]) -> None:
    with (
        database.begin() as connection,
        pytest.raises(StatementError, match="is not a valid"),
    ):
        connection.execute(insert(TABLE).values(id=1, **values))
