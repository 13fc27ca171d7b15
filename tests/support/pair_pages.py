"""A pair written, reviewed and found on the pages."""

import reviewing
from visitor import Browser

from qa_service.services import Services

QUESTION = "老房子加装电梯能领补助吗？"
PAIR = {
    "area": "社会救助",
    "unit": "civil-affairs",
    "question": QUESTION,
    "variants": "加电梯有没有钱补\n旧楼装电梯给补贴不",
    "answer": "加装电梯的补助由所在街道受理，验收后申请。",
    "phone_script": "验收后向街道申请加装电梯补助。",
    "effective_from": "2026-01-01",
    "keywords": "加装电梯、补助",
    "basis_document": "社会救助暂行办法（国务院令第649号）〔修改〕",
    "basis_article": "第九条",
}


def write(browser: Browser, *, then: str = "draft", on: str = "/pairs/new", **changes: str) -> str:
    """The address of the saved pair."""
    answer = browser.post(on, then=then, **{**PAIR, **changes})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def publish(browser: Browser, services: Services, **changes: str) -> str:
    """The address of a pair that was saved and passed every review."""
    path = write(browser, **changes)
    reviewing.publish(services, int(path.split("/")[2]))
    return path


def ask(browser: Browser, question: str) -> str:
    return browser.post("/consultations", htmx=True, question=question).text
