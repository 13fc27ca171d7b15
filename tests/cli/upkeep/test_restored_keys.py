"""A restored service never invents a key: it asks for the one its data were sealed with."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from pyotp import TOTP
from sqlalchemy import text
from sqlmodel import select

from qa_service.accounts.authentication.second_factor import enrol, new_secret
from qa_service.accounts.models import User
from qa_service.accounts.users import create_first_admin
from qa_service.ledger.askers.details import AskerDetails, keep_asker
from qa_service.ledger.askers.sealed_texts import sealed_samples
from qa_service.ledger.models import Asker
from qa_service.storage.encryption import FieldCipher, load_cipher
from qa_service.storage.engine import open_engine, session_scope
from qa_service.storage.key_register import open_cipher

Command = Callable[..., Result]
NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
CALLER = AskerDetails(name="测试人", phone="13900000001")


def keep_a_caller(data: Path) -> None:
    """A caller sealed under the newest key of the folder."""
    engine = open_engine(f"sqlite:///{data / 'qa_service.db'}")
    cipher = open_cipher(engine, data, sealed_samples, now=NOW)
    with session_scope(engine) as session:
        keep_asker(session, CALLER, cipher=cipher)
    engine.dispose()


def read_caller(data: Path) -> str:
    engine = open_engine(f"sqlite:///{data / 'qa_service.db'}")
    cipher = open_cipher(engine, data, sealed_samples, now=NOW)
    with session_scope(engine, read_only=True) as session:
        asker = session.get_one(Asker, 1)
        return cipher.decrypt(asker.contact_sealed or "")


@pytest.fixture
def restored(command: Command, started: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of a service restored without its keys; the old one is still beside it."""
    command("ask", "火星养老院怎么约")
    keep_a_caller(started / "data")
    command("user", "add", "zhangsan", "--role", "operator")
    assert command("backup", started / "backup").exit_code == 0
    monkeypatch.setenv("QA_DATA_DIR", str(started / "new"))
    told = command("restore", started / "backup")
    assert told.exit_code == 0, told.output
    assert "缺少 1 号密钥" in told.stderr
    return started / "new"


def doctor(command: Command) -> dict[str, tuple[bool, str]]:
    found = json.loads(command("doctor", "--json").stdout)
    return {one["name"]: (one["ok"], one["told"]) for one in found}


class TestWithoutKeys:
    def test_nothing_starts_and_no_key_is_made(self, command: Command, restored: Path) -> None:
        for arguments in (["ask", "低保怎么申请"], ["serve"], ["secrets", "rotate"]):
            refused = command(*arguments)
            assert refused.exit_code == 1, arguments
            assert "缺少 1 号密钥" in refused.stderr
            assert not list(restored.rglob("*.key"))
        ok, told = doctor(command)["密钥"]
        assert not ok
        assert "缺少 1 号密钥" in told

    def test_the_right_key_put_back_opens_everything(
        self, command: Command, restored: Path, home: Path
    ) -> None:
        shutil.copytree(home / "data" / "secrets", restored / "secrets")
        assert command("ask", "低保怎么申请").exit_code == 0
        assert doctor(command)["密钥"][0]
        assert read_caller(restored) == CALLER.phone

    def test_a_folder_within_the_folder_is_recognised(
        self, command: Command, restored: Path, home: Path
    ) -> None:
        shutil.copytree(home / "data" / "secrets", restored / "secrets" / "secrets")
        refused = command("ask", "低保怎么申请")
        assert refused.exit_code == 1
        assert "多套了一层目录" in refused.stderr
        assert str(restored / "secrets" / "secrets") in refused.stderr

    def test_another_installations_key_is_refused(self, command: Command, restored: Path) -> None:
        load_cipher(restored)
        refused = command("ask", "低保怎么申请")
        assert refused.exit_code == 1
        assert "1 号密钥与数据库不符" in refused.stderr
        assert not doctor(command)["密钥"][0]


class TestSeveralKeys:
    def test_each_is_asked_for_by_its_number(self, command: Command, started: Path) -> None:
        keep_a_caller(started / "data")
        assert command("secrets", "rotate").exit_code == 0
        keep_a_caller(started / "data")
        secrets = started / "data" / "secrets"
        second = (secrets / "asker-2.key").read_bytes()
        (secrets / "asker-2.key").unlink()
        assert "缺少 2 号密钥" in command("ask", "低保怎么申请").stderr
        (secrets / "asker-2.key").write_bytes(second)
        assert command("ask", "低保怎么申请").exit_code == 0
        assert read_caller(started / "data") == CALLER.phone

    def test_an_old_key_without_data_is_not_needed(self, command: Command, started: Path) -> None:
        keep_a_caller(started / "data")
        command("secrets", "rotate")
        (started / "data" / "secrets" / "asker.key").unlink()
        engine = open_engine(f"sqlite:///{started / 'data' / 'qa_service.db'}")
        cipher = open_cipher(engine, started / "data", sealed_samples, now=NOW)
        assert sorted(cipher.keys) == [2]
        assert read_caller(started / "data") == CALLER.phone


class TestDatabaseOfAnEarlierVersion:
    """It holds no fingerprint: its sealed texts tell whether a key is the right one."""

    @pytest.fixture
    def data(self, command: Command, started: Path) -> Path:
        keep_a_caller(started / "data")
        engine = open_engine(f"sqlite:///{started / 'data' / 'qa_service.db'}")
        with session_scope(engine) as session:
            session.execute(text("DELETE FROM encryption_key"))
        engine.dispose()
        return started / "data"

    def test_its_key_is_registered(self, command: Command, data: Path) -> None:
        assert command("ask", "低保怎么申请").exit_code == 0
        assert read_caller(data) == CALLER.phone

    def test_without_its_key_none_is_made(self, command: Command, data: Path) -> None:
        shutil.rmtree(data / "secrets")
        assert "缺少 1 号密钥" in command("ask", "低保怎么申请").stderr
        assert not list(data.rglob("*.key"))

    def test_with_another_key_it_does_not_start(self, command: Command, data: Path) -> None:
        (data / "secrets" / "asker.key").write_bytes(b"k" * 32)
        assert "与数据库不符" in command("ask", "低保怎么申请").stderr


class TestSecondFactorAlone:
    """Nothing else is sealed; the secret is bound to its user, and it too tells the right key."""

    @pytest.fixture(params=["bound", "of an earlier release"])
    def data(self, command: Command, started: Path, request: pytest.FixtureRequest) -> Path:
        engine = open_engine(f"sqlite:///{started / 'data' / 'qa_service.db'}")
        cipher, secret = load_cipher(started / "data"), new_secret()
        with session_scope(engine) as session:
            create_first_admin(session, now=NOW)
            user = session.exec(select(User)).one()
            enrol(session, user, secret, TOTP(secret).at(NOW), cipher=cipher, now=NOW)
            if request.param != "bound":
                user.totp_sealed = cipher.encrypt(secret)
            session.add(user)
            session.execute(text("DELETE FROM encryption_key"))
        engine.dispose()
        return started / "data"

    def test_its_key_is_registered(self, command: Command, data: Path) -> None:
        started = command("ask", "低保怎么申请")
        assert started.exit_code == 0, started.stderr
        assert doctor(command)["密钥"][0]

    def test_with_another_key_nothing_starts(self, command: Command, data: Path) -> None:
        (data / "secrets" / "asker.key").write_bytes(b"k" * 32)
        assert "与数据库不符" in command("ask", "低保怎么申请").stderr


def test_a_first_start_makes_the_first_key(command: Command, empty_place: Path) -> None:
    assert command("ask", "低保怎么申请").exit_code == 0
    assert (empty_place / "data" / "secrets" / "asker.key").exists()
    assert doctor(command)["密钥"][0]


def test_samples_of_many_keys_and_damaged_texts_end(started: Path) -> None:
    engine = open_engine(f"sqlite:///{started / 'data' / 'qa_service.db'}")
    cipher = FieldCipher({1: b"a" * 32, 7: b"b" * 32})
    with session_scope(engine) as session:
        create_first_admin(session, now=NOW)
        keep_asker(session, CALLER, cipher=cipher)
        keep_asker(session, replace(CALLER, name=None), cipher=FieldCipher.of(b"a" * 32))
        for damaged in ("abc:def", "01:zz", "x"):
            session.add(Asker(contact_sealed=damaged))
    with session_scope(engine, read_only=True) as session:
        found = sealed_samples(session, [])
    assert sorted(found) == [1, 7]
    assert len(found[7]) == 2


class TestAccessAfterRestore:
    def test_sessions_end_and_keys_are_told_or_revoked(
        self, command: Command, started: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        command("key", "create", "--name", "热线平台", "--scope", "consult")
        engine = open_engine(f"sqlite:///{started / 'data' / 'qa_service.db'}")
        with session_scope(engine) as session:
            create_first_admin(session, now=NOW)
            session.execute(
                text(
                    "INSERT INTO user_session (token_hash, user_id, csrf_token, created_at, "
                    "seen_at, awaits_code, expires_at) SELECT 'a', id, 'b', created_at, "
                    "created_at, 0, '2099-01-01' FROM user_account LIMIT 1"
                )
            )
        engine.dispose()
        command("backup", started / "backup")
        for place, option, active in (("kept", [], 1), ("revoked", ["--revoke-keys"], 0)):
            monkeypatch.setenv("QA_DATA_DIR", str(started / place))
            told = command("restore", started / "backup", *option)
            assert told.exit_code == 0, told.output
            assert ("热线平台" in told.stderr) == bool(active)
            other = open_engine(f"sqlite:///{started / place / 'qa_service.db'}")
            with session_scope(other, read_only=True) as session:
                assert session.execute(text("SELECT count(*) FROM user_session")).scalar() == 0
                keys = session.execute(text("SELECT count(*) FROM api_key WHERE is_active"))
                assert keys.scalar() == active
            other.dispose()


class TestUnusableDatabase:
    def test_of_a_newer_version_is_told_in_a_sentence(
        self, command: Command, started: Path
    ) -> None:
        engine = open_engine(f"sqlite:///{started / 'data' / 'qa_service.db'}")
        with session_scope(engine) as session:
            session.execute(text("UPDATE alembic_version SET version_num = '0099_future'"))
        engine.dispose()
        refused = command("ask", "低保怎么申请")
        assert refused.exit_code == 1
        assert "更新版本" in refused.stderr
        ok, told = doctor(command)["数据库"]
        assert not ok
        assert "更新版本" in told

    @pytest.mark.parametrize("whole", [True, False])
    def test_damaged_is_told_in_a_sentence(
        self, command: Command, started: Path, whole: bool
    ) -> None:
        path = started / "data" / "qa_service.db"
        for name in ("qa_service.db-wal", "qa_service.db-shm"):
            (started / "data" / name).unlink(missing_ok=True)
        content = bytearray(path.read_bytes())
        damage = slice(0, len(content)) if whole else slice(4096, len(content))
        content[damage] = b"\x07" * len(content[damage])
        path.write_bytes(content)
        refused = command("ask", "低保怎么申请")
        assert refused.exit_code == 1
        assert "错误（" in refused.stderr
        assert "Traceback" not in refused.stderr
        assert "已损坏" in doctor(command)["数据库"][1]


def test_what_commands_write_is_for_the_owner_alone(command: Command, empty_place: Path) -> None:
    data, backup = empty_place / "data", empty_place / "backup"
    command("ask", "低保怎么申请")
    command("backup", backup)
    places = [*data.rglob("*"), *backup.rglob("*"), data]
    assert {path.name for path in places if path.stat().st_mode & 0o077} == set()
    assert doctor(command)["文件权限"][0]
