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
    (re.compile(r"target not allowed: (.+)"), "地址 {} 不在允许推送的范围"),
    (re.compile(r"name not found: (.+)"), "找不到主机 {}"),
    (re.compile(r"(contact erased.*)"), "联系方式已清除或更正"),
    (re.compile(r"(?:answer|reply) (withdrawn)"), "答复已撤回"),
    (re.compile(r"(turned off)"), "已停用发送"),
    (re.compile(r"(telling undone)"), "告知已撤销或更改"),
    (re.compile(r"(key missing)"), "缺少解密的密钥"),
)
"""Reasons as a transport writes them; any other is the error of its library."""

_ERRORS: Mapping[str, str] = {
    "ConnectionRefusedError": "对方没有接受连接",
    "ConnectError": "连接不上对方",
    "OSError": "连接不上对方",
    "SMTPConnectError": "连接不上邮件服务器",
    "gaierror": "找不到主机",
    "ConnectTimeout": "对方没有按时应答",
    "ReadTimeout": "对方没有按时应答",
    "TimeoutError": "对方没有按时应答",
    "WriteTimeout": "对方没有按时应答",
    "BrokenPipeError": "连接中断",
    "ConnectionAbortedError": "连接中断",
    "ConnectionResetError": "连接中断",
    "ReadError": "连接中断",
    "RemoteProtocolError": "连接中断",
    "SMTPServerDisconnected": "连接中断",
    "WriteError": "连接中断",
    "SSLCertVerificationError": "对方的安全证书未通过验证",
    "SSLError": "没有建立加密连接",
    "SMTPAuthenticationError": "邮件服务器的用户名或密码有误",
    "SMTPDataError": "邮件服务器没有接收这封邮件",
    "SMTPHeloError": "邮件服务器没有接受连接",
    "SMTPNotSupportedError": "邮件服务器不支持加密或登录",
    "SMTPRecipientsRefused": "邮件服务器不接收这个邮箱地址",
    "SMTPSenderRefused": "邮件服务器不接受发件人地址",
}
"""What the errors of libraries mean, by the name of their class."""

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
    """Return why a delivery failed, in Chinese throughout; the log keeps a library's own words."""
    if premise := _BROKEN.fullmatch(error):
        return PremiseKind.from_storage(premise[1]).label
    for pattern, name in _REASONS:
        if found := pattern.fullmatch(error):
            return name.format(found[1])
    return _ERRORS.get(error, "发送失败，原因见运行日志")
