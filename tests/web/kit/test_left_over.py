"""What was typed into a form that somebody else's step took away is listed on the page."""

import re
from pathlib import Path

import pytest
from entry_pages import ENTRY, QUESTION
from starlette.datastructures import FormData
from visitor import UNIT, Browse, Browser

import qa_service.web
from qa_service.vocabulary import Role
from qa_service.web.kit.forms import SubmittedForm
from qa_service.web.kit.left_over import left_over
from qa_service.web.kit.names.field_labels import FIELD_LABELS

TEMPLATES = Path(qa_service.web.__file__).parent / "templates"
TYPED = {"text", "tel", "email", "url", "number", "date", "datetime-local", "textarea"}
SECRETS = {"code"}
"""Fields of one-time passwords, never shown again."""
SEARCHES = {"q", "since", "until", "caller_name", "caller_phone"}
"""Fields by which records are looked for: nothing of them is to be stored."""

_EXPRESSION = r"(?:[^>{]|\{\{.*?\}\}|\{%.*?%\})*"
_CONTROL = re.compile(rf"<(input|textarea)\b({_EXPRESSION})>", re.S)
_FORM = re.compile(rf"<form\b({_EXPRESSION})>.*?</form>", re.S)
_BOX = re.compile(r'box\("([a-z_]+)", "')


def typed_fields(template: str) -> set[str]:
    """The names of the fields for typed text in the forms that a template posts."""
    posted = _FORM.sub(lambda form: form[0] if 'method="post"' in form[1] else "", template)
    found = set(_BOX.findall(posted))
    for tag, attributes in _CONTROL.findall(posted):
        name = re.search(r'\bname="([^"{]+)"', attributes)
        kind = re.search(r'\btype="([a-z-]+)"', attributes)
        shown = tag if tag == "textarea" else kind[1] if kind else "text"
        if name and shown in TYPED:
            found.add(name[1])
    return found


def listed(page: str) -> str:
    """The part of a page that lists what was typed and is not stored."""
    found = re.search(r'<ul class="unsaved">.*?</ul>', page, re.S)
    return found[0] if found else ""


@pytest.fixture
def other(browse: Browse) -> Browser:
    return browse("lingyi")


@pytest.fixture
def path(operator: Browser) -> str:
    return str(operator.post("/consultations", question=QUESTION).headers["location"])


def test_every_field_for_typed_text_has_a_label() -> None:
    public = TEMPLATES / "desk"
    fields = {
        name
        for template in TEMPLATES.rglob("*.html")
        if public not in template.parents
        for name in typed_fields(template.read_text())
    }
    assert fields - SECRETS - SEARCHES == set(FIELD_LABELS)


def test_only_what_stands_in_no_visible_field_is_left_over() -> None:
    page = (
        '<input name="title" value="甲 &amp; 乙"><textarea name="answer">\n两行\n答复</textarea>'
        '<input type="hidden" name="reason" value="藏着的"><select name="audience">'
        '<option value="老人" selected>老人</option></select><input name="note" value="别的">'
    )
    sent = [
        ("title", "甲 & 乙"),
        ("answer", "两行\r\n答复"),
        ("reason", "藏着的"),
        ("audience", "老人"),
        ("note", "备注一"),
        ("outcome", "reached"),
        ("basis_document", "文件一"),
        ("basis_document", "文件二"),
        ("password", "口令"),
        ("csrf_token", "令牌"),
    ]
    found = left_over(SubmittedForm(FormData(sent)), page)
    texts = ["文件一", "文件二", "已告知", "藏着的", "备注一"]
    assert [one.text for one in found] == texts


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize(
    ("act", "typed"),
    [
        ("registration", {"phone": "13800001111", "name": "赵敏"}),
        ("transfer", {"to": "12333 人社热线"}),
        ("dismissal", {"reason": "来电中断"}),
    ],
)
@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("registration", {"phone": "13900002222"}),
        ("transfer", {"to": "12366"}),
        ("dismissal", {"reason": "误拨"}),
    ],
)
def test_an_outcome_beside_another_persons_keeps_its_words_and_names_who_was_first(
    operator: Browser,
    other: Browser,
    path: str,
    before: str,
    said: dict[str, str],
    act: str,
    typed: dict[str, str],
    htmx: bool,
) -> None:
    assert other.post(f"{path}/{before}", **said).status_code == 303
    late = operator.post(f"{path}/{act}", htmx=htmx, **typed)
    assert late.status_code == 409
    assert all(f"：{text}</li>" in listed(late.text) for text in typed.values())
    assert "由 用户lingyi 于" in late.text
    again = other.post(f"{path}/{before}", **said)
    assert again.status_code == 303, "pressed again by the same person it is no conflict"


def test_a_reply_to_an_entry_voided_meanwhile_is_listed_field_by_field(
    operator: Browser, browse: Browse, path: str
) -> None:
    operator.post(f"{path}/registration", unit=UNIT)
    unit = browse("danwei", Role.UNIT, unit=UNIT)
    unit.post(f"{ENTRY}/accept", version=2)
    browse("ducha", Role.SUPERVISOR).post(f"{ENTRY}/void", reason="重复登记")
    typed = {
        "question": "怎么预约",
        "answer": "在平台预约。",
        "phone_script": "请在平台预约",
        "basis_document": "某办法",
        "basis_article": "第九条",
        "no_basis_reason": "办事咨询",
        "private_reason": "涉及内部安排",
        "effective_from": "2026-11-25",
        "expires_on": "2027-11-25",
    }
    late = unit.post(f"{ENTRY}/draft", version=3, is_public="no", **typed)
    assert late.status_code == 409
    assert all(f"：{text}</li>" in listed(late.text) for text in typed.values())


def test_a_reason_refused_on_a_page_of_its_own_is_listed_there(
    admin: Browser,
) -> None:
    late = admin.post("/pairs/999999/withdraw", reason="窗口已撤")
    assert late.status_code == 404
    assert "理由：窗口已撤</li>" in listed(late.text)


def test_a_forged_form_is_not_shown_again(operator: Browser, path: str) -> None:
    sent = {"csrf_token": "x", "to": "别处填的话"}
    forged = operator.client.post(f"{path}/transfer", data=sent)
    assert (forged.status_code, "别处填的话" in forged.text) == (403, False)
