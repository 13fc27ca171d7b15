"""Encrypts askers' names and contacts at rest (AES-256-GCM), with rotating keys."""

import base64
import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from qa_service.errors import ConfigurationError
from qa_service.storage.sealing import MARK, unseal

KEY_BYTES = 32
NONCE_BYTES = 12
FIRST_KEY = 1
_KEY_FILE = re.compile(r"asker(?:-([1-9][0-9]{0,5}))?\.key")


@dataclass(frozen=True, slots=True)
class FieldCipher:
    """Encrypts single fields with the newest key and decrypts those of earlier keys.

    ``keys`` maps key ids to keys of 32 bytes.
    """

    keys: Mapping[int, bytes] = field(repr=False)

    @classmethod
    def of(cls, key: bytes) -> "FieldCipher":
        """Return a cipher with a single key."""
        return cls({FIRST_KEY: key})

    @property
    def key_id(self) -> int:
        """Id of the key in use, the newest."""
        return max(self.keys)

    def encrypt(self, plain: str, *, context: str = "") -> str:
        """Return ``<key id>:<Base64 of nonce and ciphertext>``; the nonce is random.

        A text encrypted in a ``context``, which names its purpose and owner, is decrypted in
        the same context only (additional authenticated data).
        """
        nonce = os.urandom(NONCE_BYTES)
        bound = context.encode() or None
        sealed = AESGCM(self.keys[self.key_id]).encrypt(nonce, plain.encode(), bound)
        return f"{self.key_id}:{base64.b64encode(nonce + sealed).decode()}"

    def decrypt(self, sealed: str, *, context: str = "") -> str:
        """Return the plain text, also of what was sealed to the public key (``sealing``).

        Raises ConfigurationError when the key is missing or wrong, the text is damaged, or it
        was encrypted in another context.
        """
        try:
            body, secret = sealed.rpartition(":")[2], self.keys[key_id_of(sealed)]
            if body.startswith(MARK) and not context:
                return unseal(body.removeprefix(MARK), secret)
            raw, key = base64.b64decode(body, validate=True), AESGCM(secret)
            bound = context.encode() or None
            return key.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], bound).decode()
        except (InvalidTag, KeyError, ValueError) as error:
            raise ConfigurationError(
                "密钥与数据不符，无法读取来电人信息，请检查密钥文件"
            ) from error

    def lookup_hash(self, plain: str) -> str:
        """Return a keyed hash (HMAC-SHA256) by which the same contact is found again."""
        return self.keyed_hash("lookup", plain)

    def keyed_hash(self, context: str, plain: str) -> str:
        """Return the HMAC-SHA256, in hex, under a key that serves ``context`` alone."""
        digest_key = hashlib.sha256(context.encode() + self.keys[self.key_id]).digest()
        return hmac.new(digest_key, plain.encode(), hashlib.sha256).hexdigest()


def key_id_of(sealed: str) -> int:
    """Return the id of the key that encrypted ``sealed``; raises ValueError if there is none.

    Texts encrypted before keys had ids contain no id and belong to the first key.
    """
    key_id, colon, _rest = sealed.rpartition(":")
    return int(key_id) if colon else FIRST_KEY


def fingerprint(key: bytes) -> str:
    """Return a hash that names a key without revealing it (HMAC-SHA256, hexadecimal)."""
    return hmac.new(key, b"qa-service key fingerprint", hashlib.sha256).hexdigest()


def secrets_folder(data_dir: Path) -> Path:
    """Return the folder that holds the key files."""
    return data_dir / "secrets"


def read_keys(folder: Path) -> dict[int, bytes]:
    """Return the keys in ``folder`` by id, none if there is no folder; never creates one.

    Raises ConfigurationError for a damaged key file.
    """
    if not folder.is_dir():
        return {}
    return {key_id: _read_key(path) for key_id, path in _key_files(folder)}


def load_cipher(data_dir: Path) -> FieldCipher:
    """Return the cipher of the key files; creates the first key (mode 0600) when missing.

    Only for data that nothing was sealed in yet; ``key_register.open_cipher`` makes sure.
    """
    folder = secrets_folder(data_dir)
    if not (folder / "asker.key").exists():
        _write_key(folder / "asker.key")
    return FieldCipher(read_keys(folder))


def add_key(data_dir: Path) -> FieldCipher:
    """Create a new key and return the cipher that uses it; earlier keys remain for decryption."""
    newest = load_cipher(data_dir).key_id
    _write_key(secrets_folder(data_dir) / f"asker-{newest + 1}.key")
    return load_cipher(data_dir)


def _key_files(folder: Path) -> list[tuple[int, Path]]:
    """Return the key files in ``folder`` with their ids, oldest first."""
    found = []
    for path in folder.iterdir():
        named = _KEY_FILE.fullmatch(path.name)
        if named:
            found.append((int(named[1] or FIRST_KEY), path))
    return sorted(found)


def _read_key(path: Path) -> bytes:
    """Return the key in ``path``; raises ConfigurationError for a wrong size."""
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise ConfigurationError(f"密钥文件 {path} 已损坏，请从备份恢复")
    return key


def _write_key(path: Path) -> None:
    """Create a random key at ``path``, durably; keep the key if another process created it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(f".{uuid4().hex}.tmp")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(os.urandom(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # fails if another process created it first, whose key is then used
    except FileExistsError:
        pass
    finally:
        draft.unlink()
