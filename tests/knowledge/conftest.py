"""Empty banks with a few units and policies, each on a real database file of its own."""

import shutil
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from qa_service.accounts.units import UnitContent, store_unit
from qa_service.clock import BEIJING
from qa_service.knowledge.policies.filing import store_policy
from qa_service.knowledge.policies.record.content import PolicyContent
from qa_service.storage.engine import open_engine, session_scope
from qa_service.storage.migrate import upgrade
from qa_service.vocabulary import PolicyArea, Validity

NOW = datetime(2026, 1, 5, 10, tzinfo=BEIJING)
MakeBank = Callable[[Path], Engine]

UNITS = (
    UnitContent("pensions", "甲区社保局", (PolicyArea.ELDERLY_CARE,)),
    UnitContent("tax", "甲区税务局", (PolicyArea.TAXATION,)),
    UnitContent("office", "甲区政务服务办", (), is_default=True),
)
POLICIES = (
    PolicyContent("养老办法", "养老办法", "试〔2020〕1号", "甲部", Validity.IN_FORCE),
    PolicyContent("纳税|办法#甲", "纳税办法", "试〔2020〕2号", "乙部", Validity.AMENDED),
    PolicyContent(
        "旧办法",
        "旧办法",
        "试〔2010〕9号",
        "甲部",
        Validity.REPEALED,
        invalid_since=date(2020, 1, 1),
    ),
    PolicyContent("双号一", "双号一", "甲令第7号", "甲部", Validity.IN_FORCE),
    PolicyContent("双号二", "双号二", "甲令第7号", "乙部", Validity.IN_FORCE),
)


@pytest.fixture(scope="session")
def bank_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "bank.db"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    lay_bank(engine)
    engine.dispose()  # the last connection to close brings everything into the one file
    return path


@pytest.fixture
def postgres_bank(migrated_postgres: Engine) -> Engine:
    lay_bank(migrated_postgres)
    return migrated_postgres


def lay_bank(engine: Engine) -> None:
    """Make ``engine``, whose tables are empty, a bank without pairs."""
    with session_scope(engine) as session:
        for unit in UNITS:
            store_unit(session, unit)
        for policy in POLICIES:
            store_policy(session, policy, now=NOW)


@pytest.fixture(scope="session")
def make_bank(bank_template: Path) -> MakeBank:
    """Makes a bank without pairs at a path."""

    def make(path: Path) -> Engine:
        shutil.copy(bank_template, path)
        return open_engine(f"sqlite:///{path}")

    return make


@pytest.fixture
def bank(make_bank: MakeBank, tmp_path: Path) -> Iterator[Engine]:
    engine = make_bank(tmp_path / "bank.db")
    yield engine
    engine.dispose()
