"""A citizen's browser at the public desk: opens a form, does its work, sends it."""

import base64
import json
import re
from html import unescape

from altcha import ChallengeV1, solve_challenge_v1
from fastapi.testclient import TestClient
from httpx import Response

_TOKEN = re.compile(r'name="form" value="([^"]+)"')
_WORK = re.compile(r'data-work="([^"]+)"')
_RECEIPT = re.compile(r"<dd data-(?:number|code)>([^<]+)</dd>")


def form_of(page: Response, *, works: bool = True) -> dict[str, str]:
    """The hidden fields of the form on a page, as its script fills them in."""
    token, work = _TOKEN.search(page.text), _WORK.search(page.text)
    assert token is not None
    assert work is not None, page.text
    if not works:
        return {"form": token[1], "solution": "", "website": ""}
    asked = json.loads(unescape(work[1]))
    challenge = ChallengeV1(
        asked["algorithm"],
        asked["challenge"],
        asked["maxnumber"],
        asked["salt"],
        asked["signature"],
    )
    solved = solve_challenge_v1(challenge)
    assert solved is not None
    payload = json.dumps({**asked, "number": solved.number})
    solution = base64.b64encode(payload.encode()).decode()
    return {"form": token[1], "solution": solution, "website": ""}


def leave(desk: TestClient, question: str, **fields: str) -> Response:
    """The page after a question was sent from a form of its own."""
    hidden = form_of(desk.get("/desk/ask"))
    return desk.post("/desk/ask", data={**hidden, "question": question, **fields})


def receipt_of(page: Response) -> dict[str, str]:
    """Number and code on the page of a receipt."""
    assert page.status_code == 200, page.text
    number, code = _RECEIPT.findall(page.text)
    return {"number": number, "code": code}


def leave_and_keep(desk: TestClient, question: str, **fields: str) -> dict[str, str]:
    """Number and code of a question that was left."""
    return receipt_of(leave(desk, question, **fields))
