"""Compares the key files with the database, which remembers the fingerprint of every key.

A database restored without its keys must never be given new ones: what was sealed under the
lost key would be unreadable for ever once others are sealed under a new one of the same id.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from qa_service.errors import ConfigurationError
from qa_service.storage.encryption import (
    FieldCipher,
    fingerprint,
    load_cipher,
    read_keys,
    secrets_folder,
)
from qa_service.storage.engine import session_scope
from qa_service.storage.locks.advisory import lock_for_transaction
from qa_service.storage.models import EncryptionKey
from qa_service.storage.sealing import Sealer, sealer_of


@dataclass(frozen=True, slots=True)
class SealedText:
    """A text that is sealed, and the contexts one of which it was encrypted in."""

    text: str
    contexts: tuple[str, ...] = ("",)


SealedSamples = Callable[[Session, Collection[int]], Mapping[int, Sequence[SealedText]]]
"""Gives for each key id some of the texts sealed under it; is told the ids known so far."""


class KeysUnusableError(ConfigurationError):
    """Keys are missing or belong to another installation; sealed data could not be opened."""

    code = "keys_unusable"
    title = "密钥不可用"


@dataclass(frozen=True, slots=True)
class KeyState:
    """Keys in the folder, registered fingerprints, and texts that are sealed, each by key id."""

    keys: Mapping[int, bytes]
    registered: Mapping[int, str]
    samples: Mapping[int, Sequence[SealedText]]

    @property
    def missing(self) -> list[int]:
        """Ids of the keys that are needed and not there: of sealed texts, and the newest."""
        newest = {max(self.registered)} if self.registered else set()
        return sorted((newest | self.samples.keys()) - self.keys.keys())

    @property
    def foreign(self) -> list[int]:
        """Ids whose key is another than the one the database was sealed with."""
        return sorted(key_id for key_id in self.keys if not self._fits(key_id))

    @property
    def unregistered(self) -> list[int]:
        """Ids of the keys that the database does not know yet."""
        return sorted(self.keys.keys() - self.registered.keys())

    def _fits(self, key_id: int) -> bool:
        """Return whether the key is the registered one, else whether it opens what is sealed."""
        known = self.registered.get(key_id)
        if known is not None:
            return known == fingerprint(self.keys[key_id])
        # Databases of earlier versions hold no fingerprint: the key is tried.
        sealed = self.samples.get(key_id, ())
        return not sealed or any(_opens(FieldCipher(self.keys), one) for one in sealed)


def open_cipher(
    database: Engine, data_dir: Path, samples: SealedSamples, *, now: datetime
) -> FieldCipher:
    """Return the cipher of the installation, and register keys the database does not know.

    The first key is created only where nothing is sealed and no key was ever registered.
    Raises KeysUnusableError when sealed data could not be opened, saying what to do.
    """
    folder = secrets_folder(data_dir)
    with session_scope(database, read_only=True) as session:
        state = read_state(session, folder, samples)
        is_complete = not _without_sealer(session)
    check_keys(state, folder)
    if state.keys and not state.unregistered and is_complete:
        return FieldCipher(state.keys)
    with session_scope(database) as session:
        lock_for_transaction(session, "encryption-keys")
        # Read again under the lock: another process may have created or registered the key.
        check_keys(read_state(session, folder, samples), folder)
        cipher = load_cipher(data_dir)
        register_keys(session, cipher, now=now)
    return cipher


def register_keys(session: Session, cipher: FieldCipher, *, now: datetime) -> None:
    """Store the fingerprint and public part of each key that the database lacks them of."""
    known = {row.key_id: row for row in session.exec(select(EncryptionKey)).all()}
    for key_id, key in cipher.keys.items():
        row = known.get(key_id) or EncryptionKey(
            key_id=key_id, fingerprint=fingerprint(key), registered_at=now
        )
        sealer = sealer_of(key_id, key)
        row.sealing_key, row.form_key = sealer.public_key, sealer.form_key.hex()
        session.add(row)
    session.flush()


def find_sealer(session: Session) -> Sealer | None:
    """Return the sealer of the newest key; None until a process with the keys has started."""
    newest = select(EncryptionKey).order_by(col(EncryptionKey.key_id).desc()).limit(1)
    row = session.exec(newest).first()
    if row is None or row.sealing_key is None or row.form_key is None:
        return None
    return Sealer(row.key_id, row.sealing_key, bytes.fromhex(row.form_key))


def read_state(session: Session, folder: Path, samples: SealedSamples) -> KeyState:
    """Return what the key folder and the database hold; raises ConfigurationError."""
    keys, registered = read_keys(folder), _registered(session)
    return KeyState(keys, registered, samples(session, keys.keys() | registered.keys()))


def check_keys(state: KeyState, folder: Path) -> None:
    """Raise KeysUnusableError with the remedy unless every sealed text can be opened."""
    if state.missing or state.foreign:
        raise KeysUnusableError(_remedy(state, folder))


def unknown_keys(session: Session, cipher: FieldCipher) -> list[int]:
    """Return ids of registered keys that a running process lacks, or holds another of."""
    mine = {key_id: fingerprint(key) for key_id, key in cipher.keys.items()}
    registered = _registered(session)
    newest = max(registered, default=0)
    return [
        key_id
        for key_id, known in sorted(registered.items())
        if (key_id in mine and mine[key_id] != known) or (key_id == newest and key_id not in mine)
    ]


def _remedy(state: KeyState, folder: Path) -> str:
    """Return the Chinese message that says which keys are wrong and how to put them right."""
    parts = []
    if state.missing:
        parts.append(f"缺少 {_listed(state.missing)} 号密钥")
    if state.foreign:
        parts.append(f"{_listed(state.foreign)} 号密钥与数据库不符，不是原来的密钥")
    nested = folder / folder.name
    if set(state.missing) | set(state.foreign) <= read_keys(nested).keys():
        remedy = f"密钥多套了一层目录，请执行：mv --backup=numbered {nested}/*.key {folder}/"
    else:
        remedy = (
            f"请停止服务，把另行备份的密钥文件放回 {folder}（cp -a 备份的secrets/. {folder}/），"
            "再启动。不会自动生成新密钥，以免原有咨询人信息和动态口令再也无法读取"
        )
    return "，".join(parts) + f"：数据库中已加密的信息无法读取。{remedy}"


def _listed(key_ids: Sequence[int]) -> str:
    """Return ids as a Chinese list."""
    return "、".join(str(key_id) for key_id in key_ids)


def _registered(session: Session) -> dict[int, str]:
    """Return the registered fingerprints by key id."""
    return {row.key_id: row.fingerprint for row in session.exec(select(EncryptionKey)).all()}


def _without_sealer(session: Session) -> bool:
    """Return whether the public part of a registered key is missing."""
    missing = select(EncryptionKey.key_id).where(col(EncryptionKey.sealing_key).is_(None))
    return session.exec(missing.limit(1)).first() is not None


def _opens(cipher: FieldCipher, sealed: SealedText) -> bool:
    """Return whether the cipher opens ``sealed`` in one of its contexts."""
    return any(_opens_in(cipher, sealed.text, context) for context in sealed.contexts)


def _opens_in(cipher: FieldCipher, text: str, context: str) -> bool:
    try:
        cipher.decrypt(text, context=context)
    except ConfigurationError:
        return False
    return True
