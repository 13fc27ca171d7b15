"""The table of acts over REST: what each needs of the key it comes with.

A system may ask, register, read and record who typed; a person signs, approves and decides
(``docs/security.md``). The table is asked where a request enters (``api.dependencies``) and
again by the service that does it (``Actor.require_person``). Actions on a ledger entry
(``vocabulary.Action``) are acts too.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from qa_service.accounts.permissions import Permission
from qa_service.errors import ForbiddenError
from qa_service.vocabulary import Action, LabelledEnum, Scope


class Act(LabelledEnum):
    """An act on anything but a ledger entry."""

    ASK = "consultation.ask", "提问"
    CHOOSE = "consultation.choose", "记录告知"
    TAKE_BACK = "consultation.take_back", "撤销告知记录"
    CALL_AFFECTED = "recall.record", "记录纠错回访"
    REVEAL_AFFECTED = "recall.reveal", "查看被告知人的联系方式"
    COMPLAIN = "correction.open", "登记纠错"
    DRAFT_PAIR = "pair.draft", "起草问答"
    EDIT_PAIR = "pair.edit", "修改问答"
    SUBMIT_PAIR = "pair.submit", "送审"
    ADD_VARIANT = "pair.variant", "增加相似问"
    SIGN_PAIR = "pair.sign", "签署审校"
    RETURN_PAIR = "pair.return", "退回送审的问答"
    WITHDRAW_PAIR = "pair.withdraw", "撤回问答"
    ADD_POLICY = "policy.add", "录入政策文件"
    CHANGE_POLICY = "policy.change", "修改政策文件"
    CONFIRM_ENDING = "policy.confirm", "确认文件失效"
    REFUSE_ENDING = "policy.refuse", "不同意文件失效"
    RESTORE_POLICY = "policy.restore", "恢复文件有效"
    CONFIRM_CORRECTION = "policy.confirm_correction", "确认文件更正"
    REFUSE_CORRECTION = "policy.refuse_correction", "不同意文件更正"
    TAKE_BACK_CORRECTION = "policy.take_back_correction", "撤回文件更正"
    ADD_MEDIA = "media.add", "上传图解"
    APPROVE_MEDIA = "media.approve", "审核图解"
    KEEP_UNITS = "unit.keep", "维护单位和领域"
    ISSUE_REPORT = "report.issue", "编制监督检查报表"
    KEEP_TASKS = "task.keep", "下达任务和销号"
    REPORT_TASK = "task.report", "上报任务完成"
    SEND_ANSWER = "answer.send", "发送答复链接"


AnyAct = Act | Action


class PersonKeyRequiredError(ForbiddenError):
    """A system's key was used for an act that a person answers for."""

    code = "person_key_required"
    title = "须用个人密钥"

    def __init__(self, act: AnyAct) -> None:
        super().__init__(
            f"“{act.label}”须由本人办理，系统密钥不能代办：请用本人的个人密钥"
            "（登录后在“本人账号”页新建），或在网页上办理"
        )


@dataclass(frozen=True, slots=True)
class ActRule:
    """The needs of an act: a key with one of ``scopes``; of a person's key also ``permission``.

    ``needs_person`` refuses the keys of systems.
    """

    scopes: tuple[Scope, ...]
    permission: Permission
    needs_person: bool


_CONSULT = (Scope.CONSULT,)
_BANK = (Scope.KNOWLEDGE,)
_LEDGER = (Scope.LEDGER, Scope.SUPERVISE)

RECORDED_ACTIONS = frozenset(
    {Action.REGISTER, Action.CALL, Action.INFORM, Action.REPEAT, Action.UNDO}
)
"""Actions on an entry by which something is only recorded: a system may take them."""

ACT_RULES: Mapping[AnyAct, ActRule] = {
    Act.ASK: ActRule(_CONSULT, Permission.CONSULT, needs_person=False),
    Act.CHOOSE: ActRule(_CONSULT, Permission.CONSULT, needs_person=False),
    Act.TAKE_BACK: ActRule(_CONSULT, Permission.CONSULT, needs_person=False),
    Act.CALL_AFFECTED: ActRule(_CONSULT, Permission.CALL_BACK, needs_person=False),
    Act.REVEAL_AFFECTED: ActRule(_CONSULT, Permission.CALL_BACK, needs_person=True),
    Act.COMPLAIN: ActRule(_LEDGER, Permission.COMPLAIN, needs_person=False),
    Act.DRAFT_PAIR: ActRule(_BANK, Permission.DRAFT_PAIRS, needs_person=True),
    Act.EDIT_PAIR: ActRule(_BANK, Permission.DRAFT_PAIRS, needs_person=True),
    Act.SUBMIT_PAIR: ActRule(_BANK, Permission.DRAFT_PAIRS, needs_person=True),
    Act.ADD_VARIANT: ActRule(_BANK, Permission.DRAFT_PAIRS, needs_person=True),
    Act.SIGN_PAIR: ActRule(_BANK, Permission.SIGN_PAIRS, needs_person=True),
    Act.RETURN_PAIR: ActRule(_BANK, Permission.SIGN_PAIRS, needs_person=True),
    Act.WITHDRAW_PAIR: ActRule(_BANK, Permission.WITHDRAW_PAIRS, needs_person=True),
    Act.ADD_POLICY: ActRule(_BANK, Permission.KEEP_POLICIES, needs_person=True),
    Act.CHANGE_POLICY: ActRule(_BANK, Permission.CORRECT_POLICIES, needs_person=True),
    Act.CONFIRM_ENDING: ActRule(_BANK, Permission.CONFIRM_ENDINGS, needs_person=True),
    Act.REFUSE_ENDING: ActRule(_BANK, Permission.CONFIRM_ENDINGS, needs_person=True),
    Act.RESTORE_POLICY: ActRule(_BANK, Permission.KEEP_POLICIES, needs_person=True),
    Act.CONFIRM_CORRECTION: ActRule(_BANK, Permission.CONFIRM_ENDINGS, needs_person=True),
    Act.REFUSE_CORRECTION: ActRule(_BANK, Permission.CONFIRM_ENDINGS, needs_person=True),
    Act.TAKE_BACK_CORRECTION: ActRule(_BANK, Permission.CORRECT_POLICIES, needs_person=True),
    Act.ADD_MEDIA: ActRule(_BANK, Permission.ADD_MEDIA, needs_person=True),
    Act.APPROVE_MEDIA: ActRule(_BANK, Permission.SETTLE_MEDIA, needs_person=True),
    Act.KEEP_UNITS: ActRule((Scope.SUPERVISE,), Permission.KEEP_UNITS, needs_person=True),
    Act.ISSUE_REPORT: ActRule((Scope.SUPERVISE,), Permission.READ_REPORTS, needs_person=True),
    Act.KEEP_TASKS: ActRule((Scope.SUPERVISE,), Permission.KEEP_TASKS, needs_person=True),
    Act.REPORT_TASK: ActRule((Scope.LEDGER,), Permission.REPORT_TASKS, needs_person=True),
    Act.SEND_ANSWER: ActRule(_CONSULT, Permission.CONSULT, needs_person=False),
    **{
        action: ActRule(_LEDGER, Permission.MOVE_ENTRIES, action not in RECORDED_ACTIONS)
        for action in Action
    },
}
"""Every act; a new route that writes names its act (``api.writes.write_for``)."""


def needs_person(act: AnyAct) -> bool:
    """Return whether only a person may take ``act``."""
    return ACT_RULES[act].needs_person
