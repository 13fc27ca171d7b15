"""The code by which a citizen reads what became of a question (查询码)."""

import hashlib
import hmac
from collections.abc import Iterable

from qa_service.consultation.models import PublicQuestion
from qa_service.storage.sealing import Sealer

SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Signs of a code: none that is mistaken for another when read aloud or copied by hand."""

CODE_SIGNS = 10
"""49 bits: at the rate of tries that the desk allows, a guess takes longer than the answer."""

_HALF = CODE_SIGNS // 2
_NOBODY = "0" * 64


def code_for(sent: str, sealer: Sealer) -> str:
    """Return the code of a form with its content: the same if the same is sent twice."""
    number = int.from_bytes(sealer.sign(f"code|{sent}"))
    signs = ""
    for _ in range(CODE_SIGNS):
        number, place = divmod(number, len(SIGNS))
        signs += SIGNS[place]
    return f"{signs[:_HALF]}-{signs[_HALF:]}"


def plain_code(typed: str) -> str:
    """Return a code as it is compared: capital letters and digits alone."""
    return "".join(sign for sign in typed.upper() if sign.isascii() and sign.isalnum())


def code_hash(number: str, code: str) -> str:
    """Return the hash by which the code of an entry's question is recognised.

    A plain one: a code is random, and there are more of them than can be tried.
    """
    return hashlib.sha256(f"{number}|{plain_code(code)}".encode()).hexdigest()


def form_hash(form: str) -> str:
    """Return the hash under which a form is known once it was sent."""
    return hashlib.sha256(form.encode()).hexdigest()


def matching(left: Iterable[PublicQuestion], number: str, code: str) -> PublicQuestion | None:
    """Return the question whose code this is, or None.

    An unknown number takes as long as a wrong code, and neither tells how much of it is right.
    """
    given = code_hash(number, code)
    found = None
    hmac.compare_digest(_NOBODY, given)
    for one in left:
        if hmac.compare_digest(one.code_hash, given):
            found = one
    return found
