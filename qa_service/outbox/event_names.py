"""Names of events, of what they concern and of why they failed, in Chinese, for staff."""

import re
from collections.abc import Mapping

from qa_service.outbox.caller_events import AnswerSent, ReplyNoticed
from qa_service.outbox.events import (
    LEDGER_PREFIX,
    BankChanged,
    EntryReminded,
    PairDue,
    PairPublished,
    PairWithdrawn,
    PolicyNoticed,
    UnitMail,
    UnitText,
)
from qa_service.outbox.premises import PremiseKind
from qa_service.vocabulary import Action

_TOPICS: Mapping[str, str] = {
    EntryReminded.topic: "台账提醒、催办",
    PairPublished.topic: "问答发布",
    PairWithdrawn.topic: "问答撤回",
    PairDue.topic: "问答到期",
    BankChanged.topic: "问答库批量变更",
    PolicyNoticed.topic: "政策文件提醒",
    UnitMail.topic: "给单位和工作人员的邮件",
    UnitText.topic: "给单位的短信",
    AnswerSent.topic: "向咨询人发送答复",
    ReplyNoticed.topic: "通知咨询人已有答复",
}

_SUBJECTS = (
    (re.compile(r"qa-(\d+)", re.ASCII), "问答 {}"),
    (re.compile(r"policy-(\d+)", re.ASCII), "政策文件 {}"),
    (re.compile(r"sent-(\d+)", re.ASCII), "发送记录 {}"),
    (re.compile(r"notice-(\d+)", re.ASCII), "通知记录 {}"),
    (re.compile(r"task-(\d+)", re.ASCII), "任务 {}"),
    (re.compile(r"due-.+-(\d{4}-\d\d-\d\d)", re.ASCII), "{} 到期问答汇总"),
    (re.compile(r"(rework)-.+", re.ASCII), "返工问答汇总"),
    (re.compile(r"(bank)", re.ASCII), "问答库"),
)
"""Subjects that are no numbers of entries; the braces take what stands in the group."""


_REASONS = (
    (re.compile(r"no answer within (\d+) s", re.ASCII), "{} 秒内没有应答"),
    (re.compile(r"HTTP (\d+)", re.ASCII), "对方返回 HTTP {}"),
    (re.compile(r"(gateway) refused"), "短信网关没有接收"),
    (re.compile(r"(SMTPRecipientsRefused)"), "邮件服务器不接收这个邮箱地址"),
    (re.compile(r"target not allowed: (.+)"), "地址 {} 不在允许推送的范围"),
    (re.compile(r"name not found: (.+)"), "找不到主机 {}"),
    (re.compile(r"(contact erased.*)"), "联系方式已清除或更正"),
    (re.compile(r"(?:answer|reply) (withdrawn)"), "答复已撤回"),
    (re.compile(r"(turned off)"), "已停用发送"),
    (re.compile(r"(telling undone)"), "告知已撤销或更改"),
    (re.compile(r"(key missing)"), "缺少解密的密钥"),
)
"""Reasons as a transport writes them; any other is what its library said."""

_BROKEN = re.compile(r"broken premise: (\w+)", re.ASCII)


def topic_name(topic: str) -> str:
    """Return the name of a topic; the topic itself if the catalogue does not hold it."""
    if topic in _TOPICS:
        return _TOPICS[topic]
    if topic.startswith(LEDGER_PREFIX):
        action = Action.from_storage(topic.removeprefix(LEDGER_PREFIX))
        return f"台账：{action.label}"
    return topic


def subject_name(subject: str) -> str:
    """Return the name of what an event concerns; an entry's number is its own name."""
    for pattern, name in _SUBJECTS:
        if found := pattern.fullmatch(subject):
            return name.format(found[1])
    return subject


def reason_name(error: str) -> str:
    """Return why a delivery failed; the words of a library stand behind what they mean."""
    if premise := _BROKEN.fullmatch(error):
        return PremiseKind.from_storage(premise[1]).label
    for pattern, name in _REASONS:
        if found := pattern.fullmatch(error):
            return name.format(found[1])
    return f"连接失败（{error}）"
