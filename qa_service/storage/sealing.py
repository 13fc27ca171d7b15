"""Sealing to a public key (HPKE, RFC 9180): who seals cannot open what was sealed.

The public desk seals contacts in this way. It has no key that opens one, and none by which it
could tell whether a number is among those kept.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

MARK = "~"
"""First sign of a text sealed in this way, after the key's id; Base64 has none such."""

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_PURPOSE = b"qa-service sealing"
_FORMS = b"qa-service forms of the public desk"


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals single fields for the key of id ``key_id``; ``public_key`` is Base64.

    ``form_key`` signs the forms of the public desk and opens nothing.
    """

    key_id: int
    public_key: str
    form_key: bytes = field(repr=False)

    def seal(self, plain: str) -> str:
        """Return ``<key id>:~<Base64>``, which ``FieldCipher.decrypt`` opens."""
        key = X25519PublicKey.from_public_bytes(base64.b64decode(self.public_key))
        sealed = _SUITE.encrypt(plain.encode(), key, _PURPOSE)
        return f"{self.key_id}:{MARK}{base64.b64encode(sealed).decode()}"

    def sign(self, text: str) -> bytes:
        """Return the keyed hash (HMAC-SHA256) of what a form of the desk holds."""
        return hmac.new(self.form_key, text.encode(), hashlib.sha256).digest()


def sealer_of(key_id: int, key: bytes) -> Sealer:
    """Return the sealer whose texts ``key``, one of 32 bytes, opens."""
    public = _private(key).public_key().public_bytes_raw()
    form_key = hashlib.sha256(_FORMS + key).digest()
    return Sealer(key_id, base64.b64encode(public).decode(), form_key)


def unseal(body: str, key: bytes) -> str:
    """Return the plain text of what follows the mark in a sealed text.

    Raises ValueError for damaged Base64, and InvalidTag for another key's or a changed text.
    """
    sealed = base64.b64decode(body, validate=True)
    return _SUITE.decrypt(sealed, _private(key), _PURPOSE).decode()


def _private(key: bytes) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(hashlib.sha256(_PURPOSE + key).digest())
