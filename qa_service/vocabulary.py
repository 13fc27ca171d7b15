"""Closed sets of the domain used in more than one room, each member with its Chinese label.

The value of a member is stored, sent over REST and written to files; the label is shown on
pages, in sheets and on the command line. An enum of one room stands in that room's
``models.py`` on the same base.
"""

from enum import StrEnum
from typing import Self

AREA_CHARACTERS = 32
"""Greatest length in characters of the key of a policy area."""

AreaKey = str
"""The key of a policy area (领域): its name when it was added, which REST and files use."""

REASON_CHARACTERS = 500
"""Greatest length in characters of a reason for returning, withdrawing or refusing."""


class LabelledEnum(StrEnum):
    """A closed set whose members are written ``NAME = "value", "中文"``.

    A member whose value is Chinese is its own label. A member equals its value, so that it
    can be compared with, and written as, plain text.
    """

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        """Return the member for ``value``; an empty ``label`` means the value itself."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label or value
        return member

    @classmethod
    def from_storage(cls, value: str) -> Self:
        """Return the member stored as ``value``.

        An unknown value, stored by an older or newer release, becomes a member outside the set,
        labelled with the value itself: the row can be read and shown, while ``cls(value)`` still
        refuses the value as input.
        """
        known = cls._value2member_map_.get(value)
        if isinstance(known, cls):
            return known
        foreign = str.__new__(cls, value)
        foreign._name_ = foreign._value_ = foreign.label = value
        return foreign


class PolicyArea(LabelledEnum):
    """The nine policy areas (领域) the notice on 基层政务公开 names, with which a bank begins.

    A district may add others, so an area is passed and stored as its key (``AreaKey``), and
    ``accounts.areas`` knows which keys there are.
    """

    CHILDBIRTH = "生育"
    EDUCATION = "教育"
    ELDERLY_CARE = "养老"
    HEALTHCARE = "医疗"
    EMPLOYMENT = "就业创业"
    SOCIAL_ASSISTANCE = "社会救助"
    INVESTMENT = "投资"
    TAXATION = "纳税"
    EPIDEMIC_CONTROL = "疫情防控"


class Aspect(LabelledEnum):
    """The aspect of a matter that a question asks about (问点)."""

    CONDITIONS = "条件"
    DOCUMENTS = "材料"
    PROCEDURE = "流程"
    PROCESSING_TIME = "时限"
    AMOUNT = "标准金额"
    ELIGIBLE = "对象范围"
    PLACE = "地点窗口"
    CONTACT = "电话方式"
    BASIS = "依据"
    PERIOD = "期限"
    RATE = "比例"
    COUNT = "次数"
    DIFFERENCE = "区别"
    OTHER = "其他"


class UnitLevel(LabelledEnum):
    """The level of a unit; a unit belongs to one of a level above its own."""

    DISTRICT = "district", "区级部门"
    TOWN = "town", "镇街"
    VILLAGE = "village", "村社"


class Role(LabelledEnum):
    """A role of a user account; an account may have several."""

    OPERATOR = "operator", "坐席"
    EDITOR = "editor", "编辑"
    REVIEWER = "reviewer", "审核人"
    CONFIDENTIALITY = "confidentiality", "保密审查人"
    UNIT = "unit", "承办单位"
    SUPERVISOR = "supervisor", "督查"
    ADMIN = "admin", "管理员"


class Scope(LabelledEnum):
    """The part of the REST interface that an API key may use."""

    CONSULT = "consult", "咨询"
    LEDGER = "ledger", "台账"
    SUPERVISE = "supervise", "督办"
    KNOWLEDGE = "knowledge", "问答库"
    REPORTS = "reports", "报表"


class AuditAction(LabelledEnum):
    """The kind of an audited event (审计记录)."""

    SIGN_IN = "sign_in", "登录"
    SIGN_IN_REFUSED = "sign_in_refused", "登录失败"
    SIGN_OUT = "sign_out", "退出"
    PASSWORD = "password", "密码"
    SECOND_FACTOR = "second_factor", "动态口令"
    USER = "user", "用户账号"
    KEY = "key", "接口密钥"
    VIEW_ASKER = "view_asker", "打开有咨询人信息的台账"
    SEARCH_ASKER = "search_asker", "按电话或姓名查找台账"
    REVEAL = "reveal", "查看联系方式"
    EDIT = "edit", "修改"
    """A pair, a policy document, a word list or a media file was changed."""
    SIGNATURE = "signature", "审校签字"
    WITHDRAW = "withdraw", "撤回"
    UNIT = "unit", "单位和领域"
    CALENDAR = "calendar", "节假日"
    IMPORT = "import", "导入"
    EXPORT = "export", "导出"
    SETTINGS = "settings", "设置"
    PURGE = "purge", "清除咨询人信息"
    TAKE_BACK = "take_back", "撤销处理记录"
    SEARCH_AGAIN = "search_again", "重新检索"
    CONTACT = "contact", "更正咨询人联系方式"
    REPLY_LINK = "reply_link", "一次性答复链接"
    SEND_ANSWER = "send_answer", "发送答复链接给咨询人"
    LATE_ENTRY = "late_entry", "补录台账"
    REFUSED_ACT = "refused_act", "越权被拒"
    """A change was refused (403) to a person or key that is known."""


class SendChannel(LabelledEnum):
    """The way an answer's link is sent to a caller."""

    SMS = "sms", "短信"
    MAIL = "mail", "电子邮件"


class Channel(LabelledEnum):
    """The channel (渠道) through which a question was asked."""

    HOTLINE = "hotline", "12345热线"
    OFFICE_PHONE = "office_phone", "对外联系电话"
    MAILBOX = "mailbox", "公开信箱"
    SERVICE_DESK = "service_desk", "政务公开专区"
    WEB = "web", "网页"


class Verdict(LabelledEnum):
    """The verdict of a search.

    ``ANSWERED`` gives one answer to be read out, ``CHOOSE`` gives candidates of which the
    operator selects one or none, ``UNMATCHED`` leads to a ledger entry.
    """

    ANSWERED = "answered", "命中"
    CHOOSE = "choose", "请选择"
    UNMATCHED = "unmatched", "未命中"


class SearchEngine(LabelledEnum):
    """Index that questions are searched in: one in each process, or an engine that all share."""

    EMBEDDED = "embedded", "本机索引"
    OCEANBASE = "oceanbase", "OceanBase 检索引擎"


class TextKind(LabelledEnum):
    """The part of a pair that a text of the index comes from."""

    QUESTION = "question", "标准问题"
    VARIANT = "variant", "相似问法"
    ANSWER = "answer", "答复内容"


class EntryKind(LabelledEnum):
    """The reason for a ledger entry (事项类别)."""

    CONSULTATION = "consultation", "政策咨询"
    """A question without an answer in the bank."""
    CORRECTION = "correction", "答案纠错"
    """A report that an answer is wrong or out of date."""


class EntryState(LabelledEnum):
    """The state of a ledger entry, from registration (登记) to closing (销号)."""

    REGISTERED = "registered", "待交办"
    ASSIGNED = "assigned", "待签收"
    ACCEPTED = "accepted", "办理中"
    RETURNED = "returned", "待改派"
    DRAFTED = "drafted", "待审核"
    APPROVED = "approved", "待回复"
    INFORMED = "informed", "已回复"
    CLOSED = "closed", "已办结"
    VOIDED = "voided", "已作废"
    """Registered by mistake: the number stays, the entry counts for nothing."""


FINISHED = (EntryState.CLOSED, EntryState.VOIDED)
"""The states of an entry on which nothing is left to do."""


class Action(LabelledEnum):
    """An action on a ledger entry; the label is the text of its button."""

    REGISTER = "register", "登记"
    ASSIGN = "assign", "交办"
    ACCEPT = "accept", "签收"
    RETURN = "return", "退回"
    CONTRIBUTE = "contribute", "提交协办意见"
    DRAFT = "draft", "提交答复"
    APPROVE = "approve", "审核通过"
    SEND_BACK = "send_back", "退回修改"
    CALL = "call", "记录未接通"
    INFORM = "inform", "回复"
    DECLINE = "decline", "不入库"
    CLOSE = "close", "销号"
    EXTEND = "extend", "延期"
    ASK_EXTENSION = "ask_extension", "申请延期"
    URGE = "urge", "催办"
    JOIN = "join", "并案"
    REPEAT = "repeat", "记录再次来电"
    REVEAL = "reveal", "查看联系方式"
    RECOUNT = "recount", "期限重算"
    REFUSE_EXTENSION = "refuse_extension", "不同意延期"
    CORRECT_CONTACT = "correct_contact", "更正联系方式"
    ESCALATE = "escalate", "超期督办"
    """The service told those concerned that the entry is overdue."""
    VOID = "void", "作废"
    SEPARATE = "separate", "解除并案"
    """The entry it was joined to was voided."""
    UNDO = "undo", "撤销"
    TRANSFER = "transfer", "随单位合并移交"
    REFILE = "refile", "调整领域"
    SEND_LINK = "send_link", "发送答复链接"


class RoutedBy(LabelledEnum):
    """The rule that decided which unit an entry was assigned to."""

    FIELD = "field", "按所选领域"
    NEAREST_PAIR = "nearest_pair", "按最接近的问答"
    DEFAULT = "default", "领域不明，交牵头单位分办"
    SUPERVISOR = "supervisor", "由督查交办"
    OWNER = "owner", "原问答的承办单位"
    OPERATOR = "operator", "由坐席选定"


UNDO_MINUTES = 10
"""Minutes within which an act can be undone by the person whose act it was."""


class MatchReason(LabelledEnum):
    """The reason why an earlier entry is offered as a repeat of a new question."""

    SAME_CALLER = "same_caller", "同一电话"
    SAME_QUESTION = "same_question", "问题几乎相同"


class CallOutcome(LabelledEnum):
    """The outcome of an attempt to give the asker the reply (主动回复)."""

    REACHED = "reached", "已告知"
    NOT_REACHED = "not_reached", "未接通"
    NO_CONTACT = "no_contact", "未留联系方式"
    """The reply is kept for reference (存档备查)."""


class Satisfaction(LabelledEnum):
    """The answer of an asker who was reached to whether the reply satisfies (满意度)."""

    SATISFIED = "satisfied", "满意"
    MOSTLY = "mostly", "基本满意"
    DISSATISFIED = "dissatisfied", "不满意"
    NOT_RATED = "not_rated", "未评价"


class PairStatus(LabelledEnum):
    """The status of a pair; only a published one is searched."""

    DRAFT = "draft", "草稿"
    PUBLISHED = "published", "已发布"
    SUSPENDED = "suspended", "中止告知"
    """Neither told nor shown until a second person has decided on the end of its basis."""
    WITHDRAWN = "withdrawn", "已撤回"


class Stage(LabelledEnum):
    """A stage of the review (三审三校), in the order of signing, and 保密审查 in parallel."""

    FIRST = "first", "初审"
    SECOND = "second", "复审"
    FINAL = "final", "终审"
    CONFIDENTIALITY = "confidentiality", "保密审查"


class Gate(LabelledEnum):
    """A gate (关口) of the review that an answer passes before it is published."""

    POLITICAL = "political", "政治关"
    LEGAL = "legal", "法律关"
    POLICY = "policy", "政策关"
    CONFIDENTIALITY = "confidentiality", "保密关"
    WORDING = "wording", "文字关"


class Statement(LabelledEnum):
    """A sentence that a signer affirms at a gate.

    A signature stores the values, so a label keeps its meaning: another sentence is another
    member.
    """

    POLITICAL = "political", "政治：方向正确，提法规范，不含政治性差错"
    LEGAL = "legal", "法律：于法有据，不与上位法抵触，不增设义务、不减损权益"
    POLICY = "policy", "政策：与所引依据的现行规定一致，条件、标准、时限准确"
    STATE_SECRETS = "state_secrets", "国家秘密：不含国家秘密，不出自标密文件"
    WORK_SECRETS = "work_secrets", "工作秘密：不含工作秘密，不出自内部资料或未公开的过程性信息"
    SENSITIVE = "sensitive", "敏感信息：不含敏感信息，与已公开的信息汇聚后也不涉密、不敏感"
    PERSONAL = "personal", "个人信息：不含个人信息和商业秘密"
    WORDING = "wording", "文字：文字、数字、标点、名称无误"


class ReviewPart(LabelledEnum):
    """The part of a stage that a signature covers."""

    EXAMINATION = "examination", "审"
    PROOFREADING = "proofreading", "校"
    BOTH = "both", "审、校"


class AdoptedFrom(LabelledEnum):
    """The source of a version that was published without the district's signatures."""

    STARTER_BANK = "starter_bank", "起步库"
    IMPORT = "import", "导入"


class VariantOrigin(LabelledEnum):
    """The source of a variant's wording (相似问的来源)."""

    AUTHOR = "author", "编写时列出"
    """A wording written or imported together with the pair."""
    OPERATOR_CHOICE = "operator_choice", "坐席选用"
    """A caller's wording that operators answered with this pair and an editor accepted."""
    LEDGER = "ledger", "台账咨询"
    """The asker's wording of a ledger entry whose reply became the pair."""


class Validity(LabelledEnum):
    """The validity mark of a policy document (required by 国办发〔2017〕47号)."""

    IN_FORCE = "有效", "现行有效"
    AMENDED = "修改", "有效，经修改"
    LAPSED = "失效", "已失效"
    REPEALED = "废止", "已废止"


class PublicKind(LabelledEnum):
    """Whether a document is open to the public (公开属性), set by its drafter.

    国办发〔2016〕19号: 公文公开属性源头认定.
    """

    ACTIVE = "主动公开"
    ON_REQUEST = "依申请公开"
    NOT_PUBLIC = "不公开"


class EndingState(LabelledEnum):
    """The state of the end of a document (失效、废止), which two people decide."""

    PROPOSED = "proposed", "待确认"
    CONFIRMED = "confirmed", "已确认"
    REFUSED = "refused", "未同意"
    RESTORED = "restored", "已恢复"


class ProposalState(LabelledEnum):
    """The state of a change that one person proposes and another decides (两人办理)."""

    PROPOSED = "proposed", "待确认"
    CONFIRMED = "confirmed", "已确认"
    REFUSED = "refused", "未同意"
    TAKEN_BACK = "taken_back", "已撤回"


class PolicyNoticeKind(LabelledEnum):
    """The occasion on which units are told about a document."""

    IN_A_MONTH = "in_a_month", "30 日内失效"
    IN_A_WEEK = "in_a_week", "7 日内失效"
    SUSPENDED = "suspended", "拟失效，答复已中止告知"
    ENDED = "ended", "已失效，答复须重新办理"
    RESTORED = "restored", "恢复有效"
    CLOSING = "closing", "拟不再公开，答复已中止告知"
    CLOSED = "closed", "不再公开，答复须重新办理"
    KEPT_PUBLIC = "kept_public", "仍公开，答复恢复告知"


class MediaKind(LabelledEnum):
    """The form of a media file that explains an answer (政策解读形式)."""

    INFOGRAPHIC = "infographic", "图解"
    ANIMATION = "animation", "动画"
    VIDEO = "video", "短视频"


class ImportOutcome(LabelledEnum):
    """The outcome of storing one record, from an import file or from a form."""

    ADDED = "added", "新增"
    CHANGED = "changed", "更新"
    UNCHANGED = "unchanged", "无变化"
    REFUSED = "refused", "未导入"
