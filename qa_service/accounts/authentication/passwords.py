"""Passwords: the required strength of a new one, and hashing (argon2id)."""

import secrets
from dataclasses import dataclass, field

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from qa_service.errors import FieldProblem, InvalidInputError

PASSWORD_CHARACTERS = 10
LONGEST_PASSWORD = 128
WEIGHED_CHARACTERS = 72
"""Characters of a password that the strength check reads: its time is more than linear."""
FEWEST_CHARACTERS = 5
"""Minimum of different characters; 2026202620 has three."""
HABITS = (
    "woaini",
    "aini",
    "1314",
    "520",
    "5201314",
    "zhongguo",
    "beijing",
    "zhengwu",
    "rexian",
    "12345",
    "admin",
    "root",
    "guanliyuan",
    "mima",
    "qwer",
    "abc123",
    "asdf",
)
"""Words that are common in passwords of Chinese offices and missing from zxcvbn's lists."""
LEAST_SCORE = 2
"""zxcvbn score of 0 to 4 (Wheeler, 2016): over 10^6 guesses; sign-in is throttled."""

HASHER = PasswordHasher()
"""The argon2id hasher with the library's default parameters (RFC 9106)."""
DECOY = HASHER.hash(secrets.token_hex(16))
"""Hash that is checked for an unknown login, so that timing does not reveal logins."""


class WeakPasswordError(InvalidInputError):
    """The new password is too short, easily guessed, or equal to the old one."""

    code = "weak_password"
    title = "密码不符合要求"


def one_time_password() -> str:
    """Return a random password, to be changed at the first sign-in."""
    return secrets.token_urlsafe(12)


@dataclass(frozen=True, slots=True)
class OneTimePassword:
    """A random password with its hash, to be made before the transaction that stores it."""

    plain: str = field(repr=False)
    hashed: str = field(repr=False)

    @classmethod
    def make(cls) -> "OneTimePassword":
        """Return a new one."""
        plain = one_time_password()
        return cls(plain, hash_password(plain))


def check_password(password: str, *, about: tuple[str, ...] = ()) -> None:
    """Raise WeakPasswordError if it is short, common, or made of words ``about`` the user."""
    if not PASSWORD_CHARACTERS <= len(password) <= LONGEST_PASSWORD:
        message = f"密码至少 {PASSWORD_CHARACTERS} 位，最多 {LONGEST_PASSWORD} 位"
    elif _is_guessed(password, about):
        message = "密码太常见或太容易猜到，请换一个，例如用几个不相干的词"
    else:
        return
    raise WeakPasswordError(message, problems=(FieldProblem("new_password", message),))


def check_new_password(old: str, new: str, *, about: tuple[str, ...]) -> None:
    """Raise WeakPasswordError unless ``new`` may replace the password ``old``."""
    check_password(new, about=about)
    if old == new:
        problem = FieldProblem("new_password", "不能与原密码相同")
        raise WeakPasswordError("新密码不能与原密码相同", problems=(problem,))


def _is_guessed(password: str, about: tuple[str, ...]) -> bool:
    judged = zxcvbn(password[:WEIGHED_CHARACTERS], user_inputs=[*HABITS, *about])
    return len(set(password)) < FEWEST_CHARACTERS or judged["score"] < LEAST_SCORE


def hash_password(password: str) -> str:
    """Return the argon2id hash to be stored."""
    return HASHER.hash(_bytes(password))


def is_password(password_hash: str | None, password: str) -> bool:
    """Return whether the password has this hash; takes equally long for no hash (None)."""
    try:
        is_right = HASHER.verify(password_hash or DECOY, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False
    return is_right and password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """Return whether the hash was made with parameters no longer in use."""
    return HASHER.check_needs_rehash(password_hash)


def _bytes(password: str) -> bytes:
    # Lone surrogates must be encodable too: a form may contain any code point.
    return password.encode("utf-8", "surrogatepass")
