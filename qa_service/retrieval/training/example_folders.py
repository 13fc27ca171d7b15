"""Folders of examples that a re-ranker learns from: ``*.jsonl`` files, a line for one matter."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from qa_service.errors import InvalidInputError

Example = TypeVar("Example")

Line = Mapping[str, Any]
"""A line as it is stored."""


FAULTS_TOLD = 30
"""Most lines that are named where a folder cannot be used; one mistake may be in every line."""


class UnusableLineError(Exception):
    """A line has the right form and still cannot be used; the text says why."""


def read_folder(
    folder: Path,
    of_line: Callable[[str, Line], Iterable[Example]],
    *,
    form: str,
    unusable: Callable[[str], InvalidInputError],
    what: str,
) -> list[Example]:
    """Return the examples of all files of a folder, in the order of their names.

    ``of_line`` is given the name of the file and a line that is not blank. It may raise
    UnusableLineError; a KeyError, TypeError or ValueError means a line that is not of the
    ``form``. Raises ``unusable``, which names all such lines, or says that the folder holds no
    ``what``.
    """
    found: list[Example] = []
    faults: list[str] = []
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if not line.strip():
                continue
            try:
                found.extend(of_line(path.name, json.loads(line)))
            except UnusableLineError as fault:
                faults.append(f"{path.name} 第 {number} 行{fault}")
            except (ValueError, TypeError, KeyError):
                faults.append(f"{path.name} 第 {number} 行不是 {form}")
    if faults:
        raise unusable(f"{what}有误：{_told(faults)}")
    if not found:
        raise unusable(f"目录 {folder.name} 中没有{what}（*.jsonl），请检查路径")
    return found


def _told(faults: Sequence[str]) -> str:
    """Return the faults in one text, the first ones and how many there are besides."""
    more = len(faults) - FAULTS_TOLD
    rest = [f"另有 {more} 行有误"] if more > 0 else []
    return "；".join([*faults[:FAULTS_TOLD], *rest])


def texts_of(stored: object) -> tuple[str, ...]:
    """Return the texts of a stored list without blanks around them, each once.

    Raises TypeError for what is no list.
    """
    if not isinstance(stored, list):
        raise TypeError(stored)
    return tuple(dict.fromkeys(str(text).strip() for text in stored))
