"""Encryption at rest of an asker's name and contact (AES-256-GCM)."""

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from qa_service.errors import ConfigurationError

KEY_BYTES = 32
NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class FieldCipher:
    """Encrypts single fields; the key never leaves this object."""

    key: bytes = field(repr=False)

    def encrypt(self, plain: str) -> str:
        """Base64 of nonce and ciphertext; two calls never give the same text."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(self.key).encrypt(nonce, plain.encode(), None)
        return base64.b64encode(nonce + sealed).decode()

    def decrypt(self, sealed: str) -> str:
        """The plain text; raises ConfigurationError under another key or for a damaged text."""
        try:
            raw = base64.b64decode(sealed, validate=True)
            return AESGCM(self.key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], None).decode()
        except (InvalidTag, ValueError) as error:
            raise ConfigurationError(
                "密钥与数据不符，无法读取来电人信息，请检查密钥文件"
            ) from error

    def lookup_hash(self, plain: str) -> str:
        """A keyed hash (HMAC-SHA256) to find the same contact without storing it."""
        digest_key = hashlib.sha256(b"lookup" + self.key).digest()
        return hmac.new(digest_key, plain.encode(), hashlib.sha256).hexdigest()


def load_cipher(data_dir: Path) -> FieldCipher:
    """The cipher of this installation; its key file is made on first use, mode 0600."""
    path = data_dir / "secrets" / "asker.key"
    if not path.exists():
        _write_key(path)
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise ConfigurationError(f"密钥文件 {path} 已损坏，请从备份恢复")
    return FieldCipher(key)


def _write_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(f".{uuid4().hex}.tmp")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(os.urandom(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # fails if another process was first: its key is kept
    except FileExistsError:
        pass
    finally:
        draft.unlink()
