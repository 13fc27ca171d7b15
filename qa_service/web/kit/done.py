"""The line that says an act succeeded (已保存 …), shown once by the page it leads to."""

from fastapi import Request
from starlette.responses import Response

from qa_service.settings import Settings
from qa_service.vocabulary import LabelledEnum
from qa_service.web.kit.cookies import drop_cookie, read_cookie, set_cookie

COOKIE = "qa_done"
SECONDS = 30
"""Time in which the next page has to come for the line to be shown."""


class Done(LabelledEnum):
    """An act that succeeded; the cookie names it, so that nothing else can be put into the line."""

    SAVED = "saved", "已保存"
    CONFIRMED = "confirmed", "已确认仍有效"
    DECLINED = "declined", "已了结，不再答复"
    SEEN = "seen", "已标为已阅"
    SETTLED = "settled", "已处理"
    DELETED = "deleted", "已删除"
    REMOVED = "removed", "已撤下"
    APPROVED = "approved", "已审核通过"
    UNDONE = "undone", "已撤销"
    DISCARDED = "discarded", "已放弃修改稿"
    WITHDRAWN = "withdrawn", "已撤回，立即检索不到"
    RESTORED = "restored", "已以所选版本为底稿，修改后请送审"
    REPORTED = "reported", "已反映，交承办单位核实"
    SIGNED_OUT = "signed_out", "已在所有电脑上退出"
    PASSWORD = "password", "密码已修改，其他电脑已退出"
    DECIDED = "decided", "已作出决定"
    PROPOSED = "proposed", "已提出，待另一人确认"
    UPLOADED = "uploaded", "已上传，待另一人审核"
    SUBMITTED = "submitted", "已送审"
    STARTED = "started", "已开始，完成后自动启用"
    CALLED = "called", "已记录回访"
    REVOKED = "revoked", "已停用"
    SENT = "sent", "已重新发送"
    ISSUED = "issued", "已出具"
    LINKED = "linked", "已关联，待另一人复核后向社会公开"
    UNLINKED = "unlinked", "已取消关联"
    MADE_PUBLIC = "made_public", "已复核，向社会公开"
    READ = "read", "已记为审阅"
    OPENED = "opened", "已下达"
    REPORTED_DONE = "reported_done", "已上报，待督查销号"
    CROSSED_OFF = "crossed_off", "已销号"
    SENT_BACK = "sent_back", "已退回重办"
    RESCHEDULED = "rescheduled", "已调整时限"
    VOIDED = "voided", "已撤销，不再计数"


def note(response: Response, settings: Settings, done: Done) -> None:
    """Let the page that follows say what was done."""
    set_cookie(response, settings, COOKIE, done.value, seconds=SECONDS)


def line_of(request: Request, settings: Settings) -> Done | None:
    """Return what the page has to say was done before it; None on a page that answers a form."""
    if request.method != "GET":
        return None
    told = read_cookie(request, settings, COOKIE)
    return Done(told) if told in {one.value for one in Done} else None


def forget(response: Response, settings: Settings) -> None:
    """Say it once."""
    drop_cookie(response, settings, COOKIE)
