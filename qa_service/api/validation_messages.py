"""Chinese messages for the validation errors of a request, by field."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from qa_service.errors import FieldProblem

FIELD_CHARACTERS = 80
"""Characters of a field's name that are repeated: the name may be any text of the caller."""

_MESSAGES = {
    "missing": "必填，请补充",
    "extra_forbidden": "不接受这个字段，请删去",
    "string_type": "应为文字",
    "string_too_short": "至少 {min_length} 个字",
    "string_too_long": "最多 {max_length} 个字",
    "string_unicode": "含有无法识别的字符，请删去",
    "string_pattern_mismatch": "格式不正确，请核对",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_parsing_size": "数值过大",
    "int_from_float": "应为整数",
    "finite_number": "应为整数",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "list_type": "应为列表",
    "too_long": "最多 {max_length} 项",
    "dict_type": "应为 JSON 对象",
    "model_type": "应为 JSON 对象",
    "model_attributes_type": "应为 JSON 对象，并以 Content-Type: application/json 提交",
    "uuid_parsing": "应为咨询编号（UUID）",
    "uuid_type": "应为咨询编号（UUID）",
}
_UNKNOWN = "内容有误，请核对"
_QUOTED = re.compile(r"'([^']*)'")


def field_problems(errors: Iterable[Mapping[str, Any]]) -> tuple[FieldProblem, ...]:
    """Return a problem for each of pydantic's ``errors``, without the values that were sent."""
    return tuple(FieldProblem(_field(error["loc"]), _message(error)) for error in errors)


def _field(location: Iterable[str | int]) -> str:
    source, *path = [str(part) for part in location] or ["body"]
    return ".".join(path)[:FIELD_CHARACTERS] or source


def _message(error: Mapping[str, Any]) -> str:
    context = error.get("ctx", {})
    if error["type"] == "value_error":
        return str(context["error"])
    if error["type"] in {"enum", "literal_error"}:
        expected = str(context["expected"])
        return f"只能是：{'、'.join(_QUOTED.findall(expected)) or expected.lower()}"
    return _MESSAGES.get(error["type"], _UNKNOWN).format(**context)
