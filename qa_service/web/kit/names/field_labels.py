"""Labels of the fields that take typed text, of all forms that staff and units submit.

A test compares them with the fields of the templates, so that a new field is not forgotten.
"""

from collections.abc import Mapping
from types import MappingProxyType

FIELD_LABELS: Mapping[str, str] = MappingProxyType(
    {
        # A question, its asker, and what became of it.
        "question": "问题",
        "as_of": "按哪一天",
        "phone": "电话",
        "name": "称呼、名称",
        "unusual": "仍然保存的理由",
        "received_at": "收到时间",
        "late_reason": "补录理由",
        "to": "转接、发送到",
        "complaint": "哪里有误或已过时",
        # An answer and its basis.
        "variants": "相似问法",
        "answer": "答复",
        "phone_script": "电话口播",
        "clarifying_question": "追问",
        "clarifying_yes": "答“是”",
        "clarifying_no": "答“否”",
        "basis_document": "依据文件",
        "basis_article": "条款",
        "no_basis_reason": "无政策依据的理由",
        "private_reason": "不公开的理由",
        "limited_reason": "仅涉特定对象的理由",
        "effective_from": "生效、施行日期",
        "expires_on": "失效日期",
        "review_by": "复核日期",
        "audience": "适用对象",
        "region": "适用地区",
        "keywords": "关键词",
        "expected_questions": "预期问题",
        # What is said of an act.
        "opinion": "意见",
        "outcome": "结果",
        "evidence": "佐证",
        "reason": "理由",
        "ground": "没有公开依据的理由",
        "note": "备注、说明",
        "workdays": "工作日",
        "due_on": "办理时限",
        # A policy document.
        "key": "标识",
        "title": "标题",
        "document_number": "文号",
        "issuer": "制定、编印单位",
        "issued_on": "发布日期",
        "invalid_since": "失效日期",
        "replaced_by": "替代文件",
        "link": "原文链接",
        "interpretation_title": "解读标题",
        "interpretation_link": "解读链接",
        "public_reason": "依申请公开、不公开的理由",
        "correction_reason": "更正的理由",
        "link_title": "链接名称",
        "link_address": "网址",
        "uploaded_on": "上传日期",
        "uploaded_address": "文件网址",
        "text": "全文",
        # Tasks, units, accounts and settings.
        "owner": "责任人",
        "demand": "要求",
        "begins_on": "开始日期",
        "ends_on": "截止日期",
        "lines": "任务清单",
        "person_in_charge": "责任人",
        "email": "邮箱",
        "position": "顺序",
        "display_name": "姓名或岗位",
        "login": "登录名",
        "days": "有效天数",
        "per_minute": "每分钟最多调用次数",
        "notice": "文号、通报",
        "year": "年份",
        "days_off": "放假的日期",
        "make_up_days": "调休上班的日期",
        "dictionary": "词典",
        "synonyms": "同义词",
        "blocked": "禁用词",
        "warned": "提示词",
        "leaders": "领导姓名与职务",
    }
)
"""Label by name of field; secrets are not among them, for they are never shown again."""
