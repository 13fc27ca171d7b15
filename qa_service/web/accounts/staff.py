"""Administration of user accounts and API keys."""

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import Response

from qa_service.accounts.api_keys import (
    CALLS_PER_MINUTE,
    LONGEST_DAYS,
    USUAL_DAYS,
    InvalidKeyError,
    KeyNameTakenError,
    create_key,
    list_keys,
    revoke_key,
)
from qa_service.accounts.authentication.identity import forget_identity
from qa_service.accounts.authentication.passwords import OneTimePassword
from qa_service.accounts.authentication.second_factor import drop_second_factor
from qa_service.accounts.permissions import Permission
from qa_service.accounts.units import UnitNotFoundError, list_units
from qa_service.accounts.users import (
    LIMITABLE,
    InvalidUserError,
    LastAdminError,
    LoginTakenError,
    UserChangedError,
    change_user,
    create_user,
    find_user,
    list_users,
    reset_password,
    user_version,
)
from qa_service.errors import FieldProblem, QAServiceError
from qa_service.request_scope import ReadSession
from qa_service.vocabulary import Role, Scope
from qa_service.web.accounts.key_form import key_standing, submitted_key
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.done import Done
from qa_service.web.kit.forms import SubmittedForm, member_or_none, problems_by_field
from qa_service.web.kit.visit import Page, PageContext

router = APIRouter(
    prefix="/staff",
    dependencies=[Depends(guard_page), permits(Permission.MANAGE_ACCOUNTS)],
    include_in_schema=False,
)

REFUSALS = (
    InvalidUserError,
    InvalidKeyError,
    KeyNameTakenError,
    LastAdminError,
    LoginTakenError,
    UnitNotFoundError,
    UserChangedError,
)


@router.get("")
def staff_page(visit: Page, session: ReadSession) -> Response:
    """List all users and API keys."""
    return _page(visit, session)


@router.post("/users")
def add(visit: Page) -> Response:
    """Create a user; the one-time password is shown once, on the response page."""
    form, password = visit.form, OneTimePassword.make()
    try:
        with visit.write() as session:
            create_user(
                session,
                form.text("login"),
                password.plain,
                hashed=password.hashed,
                display_name=form.text("display_name"),
                roles=_roles(visit),
                unit=form.text("unit") or None,
                within=_within(visit),
                email=form.text("email"),
                actor=visit.actor,
                now=visit.now,
            )
    except REFUSALS as error:
        return _staff_page(visit, refusal=error, form="user")
    return _staff_page(visit, told=f"{form.text('login')} 的初始密码", secret=password.plain)


@router.get("/users/{login:path}")
def user_page(visit: Page, session: ReadSession, login: str) -> Response:
    """Show the form to change one account."""
    return _user_page(visit, session, login)


@router.post("/users/{login:path}")
def change(visit: Page, login: str) -> Response:
    """Change an account, reset its password, or remove its second factor or identity."""
    then = visit.form.text("then")
    if then == "reset":
        return _reset(visit, login)
    try:
        with visit.write() as session:
            if then == "drop":
                drop_second_factor(
                    session, find_user(session, login), actor=visit.actor, now=visit.now
                )
            elif then == "forget":
                forget_identity(
                    session, find_user(session, login), actor=visit.actor, now=visit.now
                )
            else:
                _change(visit, session, login)
    except REFUSALS as error:
        with visit.read() as session:
            return _user_page(visit, session, login, refusal=error)
    return visit.lead("/staff", Done.SAVED)


@router.post("/keys")
def add_key(visit: Page) -> Response:
    """Create the API key of a system, which is shown once, on the response page.

    Nobody makes the key of another person, with which one could sign as that person.
    """
    form, asked = visit.form, submitted_key(visit.form)
    is_unlimited = form.text("expiry") == "unlimited"
    try:
        _refuse_personal(form)
        with visit.write() as session:
            key = create_key(
                session,
                asked.name,
                asked.scopes,
                unit=form.text("unit") or None,
                days=None if is_unlimited else asked.days,
                per_minute=asked.per_minute,
                actor=visit.actor,
                now=visit.now,
            )
    except REFUSALS as error:
        return _staff_page(visit, refusal=error, form="key")
    return _staff_page(visit, told=f"密钥 {asked.name}", secret=key)


@router.post("/keys/revoke")
def revoke(visit: Page) -> Response:
    """Revoke an API key."""
    with visit.write() as session:
        revoke_key(session, visit.form.text("name"), actor=visit.actor, now=visit.now)
    return visit.lead("/staff", Done.REVOKED)


def _refuse_personal(form: SubmittedForm) -> None:
    """Raise InvalidKeyError for a form that names a person as the owner of the key."""
    if form.text("user"):
        message = "这里只新建系统密钥；个人密钥由本人在“本人账号”页新建"
        raise InvalidKeyError(message, problems=(FieldProblem("user", message),))


def _reset(visit: PageContext, login: str) -> Response:
    fresh = OneTimePassword.make()
    with visit.write() as session:
        reset_password(session, login, actor=visit.actor, now=visit.now, fresh=fresh)
    return _staff_page(visit, told=f"{login} 的初始密码", secret=fresh.plain)


def _change(visit: PageContext, session: Session, login: str) -> None:
    change_user(
        session,
        login,
        display_name=visit.form.text("display_name"),
        roles=_roles(visit),
        unit=visit.form.text("unit") or None,
        within=_within(visit),
        email=visit.form.text("email"),
        is_active=visit.form.text("is_active") == "yes",
        seen=visit.form.text("seen") or None,
        actor=visit.actor,
        now=visit.now,
    )


def _roles(visit: PageContext) -> list[Role]:
    return [role for text in visit.form.texts("roles") if (role := member_or_none(Role, text))]


def _within(visit: PageContext) -> dict[Role, list[str]]:
    return {role: list(visit.form.texts(f"units_{role}")) for role in LIMITABLE}


def _staff_page(
    visit: PageContext,
    *,
    told: str = "",
    secret: str = "",
    refusal: QAServiceError | None = None,
    form: str = "",
) -> Response:
    with visit.read() as session:
        return _page(visit, session, told=told, secret=secret, refusal=refusal, form=form)


def _page(
    visit: PageContext,
    session: Session,
    *,
    told: str = "",
    secret: str = "",
    refusal: QAServiceError | None = None,
    form: str = "",
) -> Response:
    """Show the page; ``form`` names the form that was refused, to be shown as typed."""
    units, users = list_units(session), list_users(session)
    context = {
        "users": users,
        "owners": {one.id: f"{one.display_name}（{one.login}）" for one in users},
        "keys": [(key, key_standing(key, visit.now)) for key in list_keys(session)],
        "units": units,
        "unit_names": {unit.id: unit.name for unit in units},
        "roles": list(Role),
        "limitable": LIMITABLE,
        "scopes": list(Scope),
        "per_minute": CALLS_PER_MINUTE,
        "usual_days": USUAL_DAYS,
        "longest_days": LONGEST_DAYS,
        "told": told,
        "secret": secret,
        "typed_user": visit.form if form == "user" else None,
        "typed_key": visit.form if form == "key" else None,
        **_told(refusal),
    }
    return visit.show("accounts/staff.html", context, status=422 if refusal else 200)


def _user_page(
    visit: PageContext, session: Session, login: str, *, refusal: QAServiceError | None = None
) -> Response:
    person = find_user(session, login)
    context = {
        "person": person,
        "seen": user_version(person),
        "units": list_units(session),
        "roles": list(Role),
        "limitable": LIMITABLE,
        "typed": visit.form if refusal and not visit.form.text("then") else None,
        **_told(refusal),
    }
    status = 409 if isinstance(refusal, UserChangedError) else 422 if refusal else 200
    return visit.show("accounts/user.html", context, status=status)


def _told(refusal: QAServiceError | None) -> dict[str, object]:
    """Return what the page says of a refusal: a line, and the faults beside their fields."""
    problems = problems_by_field(refusal)
    if isinstance(refusal, LoginTakenError):
        problems = {"login": [refusal.message]}
    elif isinstance(refusal, KeyNameTakenError):
        problems = {"name": [refusal.message]}
    return {"refusal": refusal.message if refusal else None, "problems": problems}
