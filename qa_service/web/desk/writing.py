"""The door before everything a citizen can send: where it comes from, its cost, its rate.

A form of the desk costs the browser some work (proof of work, ALTCHA's scheme), so that sending
many is dear and sending one is not. Without scripts it costs patience instead: the form must be
as old as a person needs to fill it in, and few may come so from one network. Nothing of it needs
a cookie, and no other host is asked.
"""

import base64
import hmac
import ipaddress
import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from altcha.v1 import ChallengeOptions, create_challenge, verify_solution
from fastapi import Request
from sqlmodel import Session

from qa_service.accounts.rate_limit import RateExceededError
from qa_service.errors import (
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    ThrottledError,
    UnavailableError,
)
from qa_service.services import Services
from qa_service.storage.key_register import find_sealer
from qa_service.storage.sealing import Sealer
from qa_service.web.desk.answering import network_of
from qa_service.web.kit.forms import SubmittedForm
from qa_service.web.kit.public_links import absolute
from qa_service.web.kit.visit import address_of

TOKEN, SOLUTION, TRAP = "form", "solution", "website"
"""Names of the fields; the last one is seen by programs alone, which fill it in (honeypot)."""

FORM_HOURS = 6
LEAST_SECONDS = 20
"""A form sent without the work must be this old."""

PLAIN_PER_HOUR = 3
PLAIN_PER_HOUR_OF_ALL = 60
"""Forms without the work that are taken from one address, and from all by this process."""

WIDER = 5
"""A wider network may send this many times what one address may."""

TRIES, TRY_SECONDS = 20, 600
"""Numbers and codes that one address may try in ten minutes."""

SOLUTION_CHARACTERS = 1_000

HOUR, DAY = 3_600, 86_400
_WIDER_BITS = {4: 24, 6: 48}
_SALT_BYTES = 12
"""The browser hashes one block alone: salt and number must fit into it."""


class FormRefusedError(ForbiddenError):
    """The form was sent by another site, or filled in by a program."""

    code = "form_refused"
    title = "没有提交"


class FormExpiredError(InvalidInputError):
    """The form is too old or too young, was changed, or lacks its work."""

    code = "form_expired"
    title = "请再提交一次"


@dataclass(frozen=True, slots=True)
class NewForm:
    """The parts of a form that nobody types: its signed name, and the work for its script."""

    token: str
    work: str


def new_form(services: Services, sealer: Sealer, purpose: str) -> NewForm:
    """Return a form for ``purpose``, which names the act and the thing it is about."""
    options = ChallengeOptions(
        max_number=services.settings.desk_work,
        hmac_key=sealer.form_key,
        salt_length=_SALT_BYTES,
    )
    made = create_challenge(options)
    issued = str(int(services.clock.now().timestamp()))
    work = {
        "algorithm": made.algorithm,
        "challenge": made.challenge,
        "maxnumber": made.max_number,
        "salt": made.salt,
        "signature": made.signature,
    }
    signed = _signature(sealer, purpose, issued, made.challenge)
    return NewForm(f"{issued}.{made.challenge}.{signed}", json.dumps(work))


def require_writing(services: Services) -> None:
    """Raise NotFoundError where the desk takes no questions."""
    if not services.settings.desk_writing:
        raise NotFoundError("这里不接受留言，请拨打 12345 咨询")


def sealer_in(session: Session) -> Sealer:
    """Return the sealer of the newest key; raises UnavailableError until there is one."""
    sealer = find_sealer(session)
    if sealer is None:
        raise UnavailableError("留言暂时不可用，请拨打 12345 咨询")
    return sealer


def check_form(
    request: Request, services: Services, form: SubmittedForm, sealer: Sealer, purpose: str
) -> str:
    """Return the name of a form that a page of the desk made for ``purpose``.

    Raises FormRefusedError, FormExpiredError and, for forms without the work, ThrottledError.
    """
    _refuse_other_site(request)
    if form.text(TRAP):
        raise FormRefusedError("没有提交：请不要填写页面上看不到的栏目，或拨打 12345 咨询")
    issued, _, rest = form.text(TOKEN).partition(".")
    challenge, _, signed = rest.partition(".")
    if not hmac.compare_digest(
        signed.encode(), _signature(sealer, purpose, issued, challenge).encode()
    ):
        raise FormExpiredError("页面已过期，填写的内容还在，请核对后再提交一次")
    # Signed here, so it is a number.
    age = services.clock.now().timestamp() - int(issued)
    if age > FORM_HOURS * HOUR:
        raise FormExpiredError("页面打开太久，填写的内容还在，请核对后再提交一次")
    if not _is_worked(form.text(SOLUTION), challenge, sealer):
        _check_patience(request, services, age)
    return challenge


def limit_writes(request: Request, services: Services) -> None:
    """Raise ThrottledError for an address, or a network, that sends more than it may."""
    most, address = services.settings.desk_writes_per_hour, address_of(request)
    _take(services, ("desk-write", network_of(address)), most)
    _take(services, ("desk-write", wider_network(address)), most * WIDER)


def limit_tries(request: Request, services: Services) -> None:
    """Raise ThrottledError for an address that tries many numbers and codes."""
    address = address_of(request)
    _take(services, ("desk-code", network_of(address)), TRIES, seconds=TRY_SECONDS)
    _take(services, ("desk-code", wider_network(address)), TRIES * WIDER, seconds=TRY_SECONDS)


def limit_ratings(request: Request, services: Services, key: str, form: str) -> None:
    """Raise ThrottledError for a second rating of an answer by one address on a day.

    A form counts once.
    """
    _take(services, ("desk-rating", network_of(address_of(request)), key), 1, seconds=DAY)
    _take(services, ("desk-rating-form", form), 1, seconds=DAY)


def wider_network(address: str) -> str:
    """Return the network around an IP address that one provider usually gives to few."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return f"{address}/wider"
    return str(ipaddress.ip_network((found, _WIDER_BITS[found.version]), strict=False))


def _take(services: Services, caller: tuple[str, ...], most: int, *, seconds: int = HOUR) -> None:
    try:
        services.rate_limiter.take(caller, most, seconds=seconds)
    except RateExceededError as error:
        minutes = max(1, round(error.retry_seconds / 60))
        message = f"您所在的网络提交太多，请约 {minutes} 分钟后再试；着急的请拨打 12345"
        raise ThrottledError(message, retry_seconds=error.retry_seconds) from error


def _refuse_other_site(request: Request) -> None:
    """Raise FormRefusedError for a form that a page of another site sent.

    No cookie vouches for a visitor, so nothing could be done in their name; but their address
    would be used up. A client that states no origin is no browser that another site drives.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        is_own = site in {"same-origin", "none"}
    else:
        is_own = origin is None or _host_of(origin) in _own_hosts(request)
    if not is_own:
        raise FormRefusedError("没有提交：请在本网站的页面上填写")


def _own_hosts(request: Request) -> set[str]:
    return {request.headers.get("host", ""), _host_of(absolute(request, ""))} - {""}


def _host_of(address: str) -> str:
    try:
        return urlsplit(address).netloc
    except ValueError:
        return ""


def _is_worked(solution: str, challenge: str, sealer: Sealer) -> bool:
    """Return whether ``solution`` is that of this form's challenge."""
    try:
        payload = json.loads(base64.b64decode(solution[:SOLUTION_CHARACTERS], validate=True))
    except (ValueError, RecursionError):
        return False
    if not isinstance(payload, dict) or payload.get("challenge") != challenge:
        return False
    texts = all(isinstance(payload.get(name), str) for name in ("algorithm", "salt", "signature"))
    is_right, _ = verify_solution(solution, sealer.form_key, False) if texts else (False, None)
    return is_right


def _check_patience(request: Request, services: Services, age: float) -> None:
    """Take a form without the work, if it is old enough and few come so."""
    if age < LEAST_SECONDS:
        left = round(LEAST_SECONDS - age) or 1
        raise FormExpiredError(f"提交太快，填写的内容还在，请 {left} 秒后再提交一次")
    address = address_of(request)
    _take(services, ("desk-plain", network_of(address)), PLAIN_PER_HOUR)
    _take(services, ("desk-plain", wider_network(address)), PLAIN_PER_HOUR * WIDER)
    _take(services, ("desk-plain", "all"), PLAIN_PER_HOUR_OF_ALL)


def _signature(sealer: Sealer, purpose: str, issued: str, challenge: str) -> str:
    return sealer.sign(f"form|{purpose}|{issued}|{challenge}").hex()
