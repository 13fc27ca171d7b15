"""No regular expression of ours can be kept busy by what somebody types (ReDoS)."""

import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest

import qa_service

LENGTH = 2_000
PIECES = (
    "0", "1", "a", "A", " ", "-", "是", "路", "号", "社", "张", "我叫", "姓名", "一", "百", "万",
    "1-", "a.", "a@", "@a.", "0 ", "一百", "路1", "1号", "第", "〔", "不", "，", "\n", "* ", "[",
    "(", "1381380", "138 ", "身份证号", "年", "月", "、", "区", "元", "%", "<", "&#", "/", "\\",
)  # fmt: skip


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    for module_info in pkgutil.walk_packages(qa_service.__path__, "qa_service."):
        if ".migrations" in module_info.name:
            continue
        module = importlib.import_module(module_info.name)
        for name, value in vars(module).items():
            yield from _within(f"{module_info.name}.{name}", value)


def _within(name: str, value: object) -> Iterator[tuple[str, re.Pattern[str]]]:
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        yield name, value
    elif isinstance(value, tuple | list | frozenset | set):
        for one in value:
            yield from _within(name, one)
    elif isinstance(value, dict):
        for one in (*value.keys(), *value.values()):
            yield from _within(name, one)


@pytest.mark.timeout(120)
def test_takes_no_more_than_its_length_makes_plain() -> None:
    found = {pattern.pattern: pattern for _, pattern in patterns()}
    assert len(found) > 40
    for pattern in found.values():
        for piece in PIECES:
            text = (piece * LENGTH)[:LENGTH]
            for attack in (text, text + "!", "!" + text):
                for _match in pattern.finditer(attack):
                    pass
