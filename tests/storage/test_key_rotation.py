import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from qa_service.ledger.askers.details import AskerDetails, keep_asker
from qa_service.ledger.askers.retention import reseal
from qa_service.ledger.models import Asker
from qa_service.storage.encryption import add_key, key_id_of, load_cipher
from qa_service.storage.engine import session_scope

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
PHONE = "13800000000"


class TestNewKey:
    def test_reads_what_the_earlier_ones_sealed(self, tmp_path: Path) -> None:
        first = load_cipher(tmp_path)
        sealed = first.encrypt("张三")
        second = add_key(tmp_path)
        assert (first.key_id, second.key_id) == (1, 2)
        assert second.decrypt(sealed) == "张三"
        assert key_id_of(second.encrypt("张三")) == 2
        assert second.lookup_hash(PHONE) != first.lookup_hash(PHONE)

    def test_reads_what_was_sealed_before_keys_had_numbers(self, tmp_path: Path) -> None:
        sealed = load_cipher(tmp_path).encrypt("张三").removeprefix("1:")
        assert add_key(tmp_path).decrypt(sealed) == "张三"

    def test_is_for_the_owner_alone(self, tmp_path: Path) -> None:
        add_key(tmp_path)
        for path in (tmp_path / "secrets").iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_is_found_by_the_next_start(self, tmp_path: Path) -> None:
        sealed = add_key(tmp_path).encrypt("张三")
        assert load_cipher(tmp_path).decrypt(sealed) == "张三"


class TestReseal:
    @pytest.mark.parametrize("limit", [1, 2, 100])
    def test_seals_everybody_anew_and_knows_them_again(
        self, database: Engine, tmp_path: Path, limit: int
    ) -> None:
        old = load_cipher(tmp_path)
        with session_scope(database) as session:
            for name in ("甲", "乙", None):
                keep_asker(session, AskerDetails(name=name, phone=PHONE), cipher=old)
        new = add_key(tmp_path)
        after, changed, rounds = 0, 0, 0
        while rounds == 0 or after:
            with session_scope(database) as session:
                count, after = reseal(session, new, after=after, limit=limit)
            changed, rounds = changed + count, rounds + 1
        assert changed == 3
        with session_scope(database, read_only=True) as session:
            askers = session.exec(select(Asker)).all()
            assert {asker.contact_hash for asker in askers} == {new.lookup_hash(PHONE)}
            assert [new.decrypt(asker.contact_sealed or "") for asker in askers] == [PHONE] * 3
            assert {key_id_of(asker.contact_sealed or "") for asker in askers} == {2}
