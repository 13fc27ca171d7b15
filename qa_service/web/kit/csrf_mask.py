"""Another form of the CSRF token in every page, so that compressed pages do not reveal it.

A page that reflects a question and holds a constant secret lets an eavesdropper guess the
secret by the length of the compressed answer (BREACH). Under a random pad it is never the same.
"""

import base64
import binascii
import secrets


def masked(token: str) -> str:
    """Return ``token`` under a fresh random pad, as Base64 of the pad and what it covers."""
    plain = token.encode()
    pad = secrets.token_bytes(len(plain))
    return base64.urlsafe_b64encode(pad + _xor(pad, plain)).decode()


def is_token(given: str, token: str) -> bool:
    """Return whether ``given`` is ``token``, masked or plain."""
    plain = token.encode()
    return secrets.compare_digest(given.encode("utf-8", "replace"), plain) or (
        secrets.compare_digest(_unmasked(given), plain)
    )


def _unmasked(given: str) -> bytes:
    """Return what a masked token covers; nothing if it is none."""
    try:
        raw = base64.b64decode(given.encode(), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return b""
    half = len(raw) // 2
    return _xor(raw[:half], raw[half:]) if len(raw) % 2 == 0 else b""


def _xor(one: bytes, other: bytes) -> bytes:
    """Return both combined bit by bit."""
    return bytes(left ^ right for left, right in zip(one, other, strict=True))
