"""Faults of a call, in Chinese: typer raises them with English messages that have no catalogue."""

import re

from typer._click.exceptions import BadParameter, MissingParameter, NoSuchOption, UsageError

_NUMBER_FAULTS = (
    (re.compile(r"int_.*"), "“{value}”不是整数"),
    (re.compile(r"float_.*|finite_number"), "“{value}”不是数字"),
    (re.compile(r"greater_than_equal"), "“{value}”太小，最小为 {ge}"),
    (re.compile(r"less_than_equal"), "“{value}”太大，最大为 {le}"),
)
"""Types of pydantic's errors, each with what it tells of the value."""

_SENTENCES = (
    (re.compile(r"Got unexpected extra argument\(s\) \((.*)\)"), "多余的参数：{0}"),
    (re.compile(r"No such command '(.*?)'\. Did you mean (.*)\?"), "没有命令“{0}”，是否要用 {1}"),
    (re.compile(r"No such command '(.*)'\."), "没有命令“{0}”"),
    (re.compile(r"Missing command\."), "缺少命令"),
    (re.compile(r"Option '(.*)' requires an argument\."), "选项 {0} 后须写明值"),
    (re.compile(r"Option '(.*)' does not take a value\."), "选项 {0} 不带值"),
    (re.compile(r"Value error, '(.*)' is not one of (.*)\."), "“{0}”不在可选之列：{1}"),
    (
        re.compile(r"Value error, '(.*)' does not match the formats '%Y-%m-%d'\."),
        "“{0}”不是日期，请写成 2026-03-01 的样式",
    ),
)
"""Sentences that typer states without an attribute for their parts."""

_UNKNOWN = "写法有误，请用 --help 查看写法"


def in_chinese(error: UsageError) -> str:
    """Return what is wrong with a call; a message that a command wrote itself stays as it is."""
    match error:
        case MissingParameter():
            return f"缺少{_kind(error)} {_hint(error)}"
        case BadParameter():
            hint, reason = _hint(error), _reason(error)
            return f"{hint} 的值无效：{reason}" if hint else reason
        case NoSuchOption():
            others = "、".join(sorted(error.possibilities or ()))
            return f"没有选项 {printable(error.option_name)}" + (
                f"，是否要用 {others}" if others else ""
            )
        case _:
            return _sentence(error.message)


def _kind(error: MissingParameter) -> str:
    """Return whether an option or an argument is missing."""
    kind = error.param_type or (error.param.param_type_name if error.param else "")
    return "选项" if kind == "option" else "参数"


def _hint(error: BadParameter) -> str:
    """Return the names of the option or argument at fault, or nothing where none is known."""
    hint = error.param_hint or (error.param.get_error_hint() if error.param else "")
    return (hint if isinstance(hint, str) else " / ".join(hint)).replace("'", "")


def _reason(error: BadParameter) -> str:
    """Return why a value is refused."""
    from pydantic import ValidationError

    if not isinstance(error.__cause__, ValidationError):
        return _sentence(error.message)
    first = error.__cause__.errors()[0]
    for kind, told in _NUMBER_FAULTS:
        if kind.fullmatch(first["type"]):
            return told.format(value=printable(str(first["input"])), **first.get("ctx", {}))
    return _sentence(error.message)


def _sentence(message: str) -> str:
    """Return a sentence of typer in Chinese, and one that is Chinese already as it is."""
    for sentence, told in _SENTENCES:
        if found := sentence.fullmatch(message):
            return told.format(*(_listed(part) for part in found.groups()))
    return _UNKNOWN if message.isascii() else message


def _listed(part: str) -> str:
    """Return names that typer quotes and parts by commas as they stand in a Chinese sentence."""
    return part.replace("', '", "、").strip("'")


def printable(text: str) -> str:
    """Return what was typed without characters that steer a terminal."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
