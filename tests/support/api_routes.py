"""Every route of the API under a key: method, address, scope, and the act of one that writes."""

from typing import Any, NamedTuple

from qa_service.accounts.acts import ACT_RULES, Act, AnyAct
from qa_service.vocabulary import Action, Scope

NUMBER = "ZX20261124-0001"
LEAD = "ZX20261124-0002"
CONSULTATION = "6d1e6f0e-0000-4000-8000-000000000000"


class APIRoute(NamedTuple):
    """A route with ids of records that need not exist, and a body that is well-formed."""

    method: str
    path: str
    scope: Scope
    act: AnyAct | None = None
    body: dict[str, Any] | None = None


PAIR = {
    "field": "社会救助",
    "unit": "civil-affairs",
    "question": "特困人员供养怎么申请？",
    "answer": "向户籍所在地乡镇人民政府提出书面申请。",
    "phone_script": "向户籍地乡镇提出书面申请。",
    "effective_from": "2026-01-01",
    "basis": [{"key": "社会救助暂行办法", "article": "第十六条"}],
}
POLICY = {
    "key": "区政办发〔2026〕3号",
    "title": "高龄津贴办法",
    "document_number": "区政办发〔2026〕3号",
    "issuer": "区政府办公室",
    "validity": "有效",
}
REPLY = {
    "field": "投资",
    "question": "外商投资项目如何备案",
    "answer": "在投资项目在线审批监管平台填报备案信息。",
    "phone_script": "网上填报备案信息即可。",
    "no_basis_reason": "属操作指引，无须依据",
    "effective_from": "2026-11-01",
    "is_public": True,
}
SIGNATURE = {"stage": "first", "verdict": "pass", "examined": True, "proofread": True}
REASON = {"reason": "需会商"}
QUARTER = {"since": "2026-10-01", "until": "2026-12-31"}

READING = (
    APIRoute("GET", f"/consultations/{CONSULTATION}", Scope.CONSULT),
    APIRoute("GET", "/search?q=x", Scope.CONSULT),
    APIRoute("GET", "/recalls", Scope.CONSULT),
    APIRoute("GET", "/qa-pairs", Scope.KNOWLEDGE),
    APIRoute("GET", "/qa-pairs/1", Scope.KNOWLEDGE),
    APIRoute("GET", "/qa-pairs/1/reviews", Scope.KNOWLEDGE),
    APIRoute("GET", "/changes", Scope.KNOWLEDGE),
    APIRoute("GET", "/policies", Scope.KNOWLEDGE),
    APIRoute("GET", "/policies/1/consequences", Scope.KNOWLEDGE),
    APIRoute("GET", "/ledger", Scope.LEDGER),
    APIRoute("GET", "/ledger/board", Scope.LEDGER),
    APIRoute("GET", "/ledger/export.xlsx", Scope.LEDGER),
    APIRoute("GET", f"/ledger/{NUMBER}", Scope.LEDGER),
    APIRoute("GET", "/workdays/due?received=2026-09-30&days=5", Scope.LEDGER),
    APIRoute("GET", "/reports/figures", Scope.REPORTS),
    APIRoute("GET", "/reports/packages", Scope.REPORTS),
    APIRoute("GET", "/reports/packages/1", Scope.REPORTS),
    APIRoute("GET", "/reports/packages/1/export.xlsx", Scope.REPORTS),
    APIRoute("GET", f"/consultations/{CONSULTATION}/sent-answers", Scope.CONSULT),
    APIRoute("GET", "/sent-answers", Scope.SUPERVISE),
    APIRoute("GET", "/tasks", Scope.LEDGER),
    APIRoute("GET", "/tasks/1", Scope.LEDGER),
    APIRoute("GET", "/tasks/campaigns", Scope.LEDGER),
    APIRoute("GET", "/tasks/campaigns/1", Scope.LEDGER),
)

MOVES: tuple[tuple[str, Action, dict[str, Any]], ...] = (
    ("assign", Action.ASSIGN, {"unit": "development-reform"}),
    ("accept", Action.ACCEPT, {}),
    ("return", Action.RETURN, REASON),
    ("opinion", Action.CONTRIBUTE, {"opinion": "同意"}),
    ("join", Action.JOIN, {"lead": LEAD}),
    ("reply", Action.DRAFT, REPLY),
    ("review", Action.APPROVE, {"approve": True, "reply": 1}),
    ("callbacks", Action.INFORM, {"outcome": "no_contact", "note": "已回复"}),
    ("decline", Action.DECLINE, REASON),
    ("extension-request", Action.ASK_EXTENSION, REASON),
    ("extend", Action.EXTEND, {"workdays": 1, **REASON}),
    ("urge", Action.URGE, {}),
    ("close", Action.CLOSE, {}),
    ("contact", Action.REVEAL, REASON),
    ("refuse-extension", Action.REFUSE_EXTENSION, REASON),
    ("undo", Action.UNDO, {}),
    ("void", Action.VOID, REASON),
)

DIRECTORY: tuple[tuple[str, str, dict[str, Any] | None], ...] = (
    ("POST", "/units", {"key": "jia", "name": "甲街道", "level": "town"}),
    ("PATCH", "/units/jia", {"phone": "023-00000000"}),
    ("POST", "/units/jia/retire", None),
    ("POST", "/units/jia/restore", None),
    ("POST", "/units/jia/merge", {"into": "health"}),
    ("POST", "/policy-areas", {"name": "住房"}),
    ("PATCH", "/policy-areas/住房", {"name": "住房保障"}),
    ("POST", "/policy-areas/住房/retire", None),
    ("POST", "/policy-areas/住房/restore", None),
    ("POST", "/policy-areas/住房/merge", {"into": "社会救助"}),
)

TASK = {"kind": "media", "title": "图解", "unit": "education", "due_on": "2027-01-20"}
CAMPAIGN = {
    "kind": "checklist",
    "title": "年度检查",
    "begins_on": "2026-11-24",
    "ends_on": "2027-01-20",
    "units": ["education"],
}
SEEN = {"version": 1}
TASKS: tuple[tuple[str, Act, dict[str, Any] | None], ...] = (
    ("/tasks", Act.KEEP_TASKS, TASK),
    ("/tasks/campaigns", Act.KEEP_TASKS, CAMPAIGN),
    ("/tasks/1/report", Act.REPORT_TASK, {**SEEN, "outcome": "已办", "evidence": "附件"}),
    ("/tasks/1/documents/1", Act.REPORT_TASK, None),
    ("/tasks/1/close", Act.KEEP_TASKS, SEEN),
    ("/tasks/1/return", Act.KEEP_TASKS, {**SEEN, **REASON}),
    ("/tasks/1/void", Act.KEEP_TASKS, {**SEEN, **REASON}),
    ("/tasks/1/reschedule", Act.KEEP_TASKS, {**SEEN, **REASON, "due_on": "2027-02-01"}),
)

WRITING = (
    APIRoute(
        "POST", "/consultations", Scope.CONSULT, Act.ASK, {"question": "低保", "channel": "web"}
    ),
    APIRoute(
        "POST", f"/consultations/{CONSULTATION}/choice", Scope.CONSULT, Act.CHOOSE, {"none": True}
    ),
    APIRoute("DELETE", f"/consultations/{CONSULTATION}/choice", Scope.CONSULT, Act.TAKE_BACK),
    APIRoute(
        "POST",
        f"/consultations/{CONSULTATION}/sent-answers",
        Scope.CONSULT,
        Act.SEND_ANSWER,
        {"channel": "sms", "to": "13800001111"},
    ),
    *(APIRoute("POST", path, ACT_RULES[act].scopes[0], act, body) for path, act, body in TASKS),
    APIRoute(
        "POST", f"/recalls/{CONSULTATION}/1", Scope.CONSULT, Act.CALL_AFFECTED, {"note": "已告知"}
    ),
    APIRoute(
        "POST", "/corrections", Scope.LEDGER, Act.COMPLAIN, {"qa_id": 1, "complaint": "已调整"}
    ),
    APIRoute("POST", "/qa-pairs", Scope.KNOWLEDGE, Act.DRAFT_PAIR, PAIR),
    APIRoute(
        "PATCH", "/qa-pairs/1", Scope.KNOWLEDGE, Act.EDIT_PAIR, {"phone_script": "请到窗口。"}
    ),
    APIRoute("POST", "/qa-pairs/1/submit", Scope.KNOWLEDGE, Act.SUBMIT_PAIR, {}),
    APIRoute(
        "POST", "/qa-pairs/1/variants", Scope.KNOWLEDGE, Act.ADD_VARIANT, {"text": "卡丢咋办"}
    ),
    APIRoute("POST", "/qa-pairs/1/reviews", Scope.KNOWLEDGE, Act.SIGN_PAIR, SIGNATURE),
    APIRoute("POST", "/qa-pairs/1/withdraw", Scope.KNOWLEDGE, Act.WITHDRAW_PAIR, REASON),
    APIRoute("POST", "/policies", Scope.KNOWLEDGE, Act.ADD_POLICY, POLICY),
    APIRoute("PATCH", "/policies/1", Scope.KNOWLEDGE, Act.CHANGE_POLICY, {"issuer": "区政府"}),
    APIRoute(
        "PUT",
        f"/ledger/{NUMBER}/contact",
        Scope.LEDGER,
        Action.CORRECT_CONTACT,
        {"phone": "13800001111"},
    ),
    APIRoute(
        "POST", "/reports/packages", Scope.SUPERVISE, Act.ISSUE_REPORT, {"until": "2026-12-31"}
    ),
    APIRoute(
        "POST",
        "/policies/1/ending/confirmation",
        Scope.KNOWLEDGE,
        Act.CONFIRM_ENDING,
        {"ending": 1},
    ),
    APIRoute(
        "POST",
        "/policies/1/ending/refusal",
        Scope.KNOWLEDGE,
        Act.REFUSE_ENDING,
        {"ending": 1, **REASON},
    ),
    APIRoute(
        "POST",
        "/policies/1/correction/confirmation",
        Scope.KNOWLEDGE,
        Act.CONFIRM_CORRECTION,
        {"correction": 1},
    ),
    APIRoute(
        "POST",
        "/policies/1/correction/refusal",
        Scope.KNOWLEDGE,
        Act.REFUSE_CORRECTION,
        {"correction": 1, **REASON},
    ),
    APIRoute(
        "POST",
        "/policies/1/correction/taking-back",
        Scope.KNOWLEDGE,
        Act.TAKE_BACK_CORRECTION,
        REASON,
    ),
    APIRoute("POST", "/policies/1/restoration", Scope.KNOWLEDGE, Act.RESTORE_POLICY, REASON),
    *(
        APIRoute("POST", f"/ledger/{NUMBER}/{name}", Scope.LEDGER, action, body)
        for name, action, body in MOVES
    ),
    *(
        APIRoute(method, path, Scope.SUPERVISE, Act.KEEP_UNITS, body)
        for method, path, body in DIRECTORY
    ),
)

ROUTES = READING + WRITING
