"""Contacts sealed by a process without keys, and opened by one with them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from qa_service.errors import ConfigurationError
from qa_service.ledger.askers.sealed_texts import sealed_samples
from qa_service.storage.encryption import FieldCipher, add_key, key_id_of, load_cipher
from qa_service.storage.engine import session_scope
from qa_service.storage.key_register import find_sealer, open_cipher, register_keys
from qa_service.storage.models import EncryptionKey
from qa_service.storage.sealing import Sealer, sealer_of

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
PHONE = "13800000000"
KEY = bytes(range(32))


def test_is_opened_by_its_key_alone() -> None:
    sealed = sealer_of(1, KEY).seal(PHONE)
    assert PHONE not in sealed
    assert key_id_of(sealed) == 1
    assert FieldCipher.of(KEY).decrypt(sealed) == PHONE
    assert sealed != sealer_of(1, KEY).seal(PHONE)
    for cipher in (FieldCipher.of(bytes(32)), FieldCipher({2: KEY})):
        with pytest.raises(ConfigurationError):
            cipher.decrypt(sealed)


@pytest.mark.parametrize("damaged", ["1:~", "1:~AAAA", "1:~~", "1:~" + "A" * 120])
def test_what_is_damaged_is_refused(damaged: str) -> None:
    with pytest.raises(ConfigurationError):
        FieldCipher.of(KEY).decrypt(damaged)


def test_what_was_sealed_serves_no_other_purpose() -> None:
    """A second factor is encrypted for its owner; nothing sealed in public may pass for one."""
    with pytest.raises(ConfigurationError):
        FieldCipher.of(KEY).decrypt(sealer_of(1, KEY).seal(PHONE), context="totp:1")


def test_the_public_part_is_registered_at_the_start_of_a_process_with_the_keys(
    database: Engine, tmp_path: Path
) -> None:
    cipher = load_cipher(tmp_path)
    with session_scope(database) as session:
        assert find_sealer(session) is None
        register_keys(session, cipher, now=NOW)
        row = session.exec(select(EncryptionKey)).one()
        row.sealing_key = row.form_key = None  # as an earlier release left it
        session.add(row)
    with session_scope(database) as session:
        assert find_sealer(session) is None
    open_cipher(database, tmp_path, sealed_samples, now=NOW)
    assert cipher.decrypt(_sealer(database).seal(PHONE)) == PHONE


def test_a_new_key_takes_over(database: Engine, tmp_path: Path) -> None:
    open_cipher(database, tmp_path, sealed_samples, now=NOW)
    earlier = _sealer(database).seal(PHONE)
    newer = add_key(tmp_path)
    with session_scope(database) as session:
        register_keys(session, newer, now=NOW)
    sealer = _sealer(database)
    assert sealer.key_id == 2
    assert newer.decrypt(sealer.seal(PHONE)) == newer.decrypt(earlier) == PHONE


def _sealer(database: Engine) -> Sealer:
    with session_scope(database, read_only=True) as session:
        sealer = find_sealer(session)
    assert sealer is not None
    return sealer
