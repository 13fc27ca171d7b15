"""Names that read like the service's own, or like another account's.

Histories, signatures and the audit trail show names. So none may be read as the service
itself, as a key, as a key that states a name, or as another account, in whatever width,
script or case, with invisible characters or letters of another alphabet.
"""

import re
import unicodedata
from collections.abc import Iterable

from sqlmodel import Session, select

from qa_service.accounts.actor import RESERVED_NAMES
from qa_service.accounts.models import User
from qa_service.errors import FieldProblem
from qa_service.storage.locks.advisory import lock_for_transaction
from qa_service.text.normalise import display_clean, simplify

_OTHER_ALPHABETS = str.maketrans("аеорсухівкмнтѕјαορτνκιу糸係", "aeopcyxibkmhtsjaoptvkiy系系")
_SAME_SHAPE = str.maketrans({"0": "o", "1": "l", "|": "l", "I": "l"})
_RECORDED_PARTS = ("自称", "(api", "api:")
"""Parts of the names under which the changes of a system's key are recorded."""
_AROUND = re.compile(r"^[\W_]+|[\W_]+$")
_NO_LETTER = re.compile(r"[\W\d_]+")


def readings(name: str) -> frozenset[str]:
    """Return the forms of which names that read the same share one: 系統, ``系统.`` and 系统."""
    folded = unicodedata.normalize("NFKC", display_clean(name))
    plain = "".join(sign for sign in folded if unicodedata.category(sign)[0] not in "CMZ")
    simple = simplify(plain.casefold()).translate(_OTHER_ALPHABETS)
    shape = simplify(plain.translate(_SAME_SHAPE).casefold()).translate(_OTHER_ALPHABETS)
    forms = {_AROUND.sub("", one) for one in (simple, shape.translate(_SAME_SHAPE))}
    return frozenset(forms - {""})


def reserved_problems(field: str, name: str) -> list[FieldProblem]:
    """Return why ``name`` could be read as the service itself or as a system's key, if so."""
    forms = readings(name)
    whole = simplify(unicodedata.normalize("NFKC", display_clean(name)).casefold())
    close = re.sub(r"\s", "", whole)
    if any(part in close for part in _RECORDED_PARTS):
        return [FieldProblem(field, "名称中不能含“自称”“api:”或“（api”，以免与接口密钥的留痕混淆")]
    if {_NO_LETTER.sub("", form) for form in forms} & RESERVED_NAMES:
        return [FieldProblem(field, f"“{name}”与系统自用的名称相同或相近，请换一个")]
    return []


def account_read_as(name: str, accounts: Iterable[User]) -> User | None:
    """Return the account whose login or display name reads like ``name``, or None."""
    forms = readings(name)
    return next(
        (one for one in accounts if forms & (readings(one.login) | readings(one.display_name))),
        None,
    )


def other_accounts(session: Session, own: str | None) -> list[User]:
    """Return the accounts except that with the login ``own``, one transaction at a time.

    Otherwise two accounts that read the same could be created at once.
    """
    lock_for_transaction(session, "account names")
    return [one for one in session.exec(select(User)).all() if one.login != own]


def display_name_problems(session: Session, name: str, own: str | None) -> list[FieldProblem]:
    """Return why a display name could be read as the service or an account other than ``own``."""
    if problems := reserved_problems("display_name", name):
        return problems
    other = account_read_as(name, other_accounts(session, own))
    if other is None:
        return []
    message = (
        f"“{name}”与账号“{other.login}”的登录名或姓名相同或相近，"
        "请加上科室或岗位以示区别，如“王芳（民政）”"
    )
    return [FieldProblem("display_name", message)]


def key_name_problems(session: Session, name: str, own: str | None) -> list[FieldProblem]:
    """Return why a key's name could be read as the service or an account other than ``own``."""
    if problems := reserved_problems("name", name):
        return problems
    other = account_read_as(name, other_accounts(session, own))
    if other is None:
        return []
    return [
        FieldProblem("name", f"“{name}”与账号“{other.login}”的登录名或姓名相同或相近，请换一个")
    ]
