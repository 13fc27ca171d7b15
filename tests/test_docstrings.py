"""Docstrings of the product: present on every public name, and in plain present-tense English.

Each room, a top-level folder or module of ``qa_service``, is checked on its own.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import qa_service

PACKAGE = Path(qa_service.__file__).parent
MIGRATIONS = PACKAGE / "storage" / "migrations"
ROOMS = sorted(
    path.relative_to(PACKAGE).as_posix()
    for path in PACKAGE.iterdir()
    if path.suffix == ".py" or (path / "__init__.py").exists()
)

HEADLINE = re.compile(r"(What|Who|Whom|Whose|Which|How|Where|When|That|All that)\b")
IDIOM = re.compile(r"\b(he|his|him|she|her|anew|whoever)\b", re.IGNORECASE)

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_name_has_a_docstring(room: str) -> None:
    missing = [
        place
        for path in _files(room)
        for place, node in _public(_place(path), _parse(path))
        if not ast.get_docstring(node)
    ]
    assert missing == []


@pytest.mark.parametrize("room", ROOMS)
def test_no_docstring_starts_as_a_headline(room: str) -> None:
    assert [found for found in _docstrings(room) if HEADLINE.match(found[1])] == []


@pytest.mark.parametrize("room", ROOMS)
def test_no_docstring_uses_gendered_or_archaic_words(room: str) -> None:
    assert [found for found in _docstrings(room) if IDIOM.search(found[1])] == []


def test_rooms_include_folders_and_modules() -> None:
    assert {"web", "ledger", "retrieval", "settings.py"} <= set(ROOMS)


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        ("def shown(): ...", ["m", "m:shown"]),
        ('"""A module."""\nasync def shown(): ...', ["m:shown"]),
        ('"""A module."""\nclass Shown:\n    def listed(self): ...', ["m:Shown", "m:Shown.listed"]),
        ('"""A module."""\nif True:\n    def shown(): ...', ["m:shown"]),
        ('"""A module."""\nclass _Own:\n    def listed(self): ...', []),
        ('"""A module."""\ndef _own():\n    def inner(): ...', []),
    ],
)
def test_only_public_outer_names_need_a_docstring(source: str, missing: list[str]) -> None:
    names = _public("m", ast.parse(source))
    assert [place for place, node in names if not ast.get_docstring(node)] == missing


def _files(room: str) -> list[Path]:
    path = PACKAGE / room
    files = [path] if path.is_file() else sorted(path.rglob("*.py"))
    return [file for file in files if MIGRATIONS not in file.parents]


def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _place(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def _public(place: str, module: ast.Module) -> Iterator[tuple[str, Documented]]:
    """Yield the place and node of the module and of every public name in it."""
    yield place, module
    yield from _public_within(module, f"{place}:")


def _public_within(node: ast.AST, prefix: str) -> Iterator[tuple[str, Documented]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if child.name.startswith("_") or _is_overload(child):
                continue
            yield prefix + child.name, child
            if isinstance(child, ast.ClassDef):
                yield from _public_within(child, f"{prefix}{child.name}.")
        else:
            yield from _public_within(child, prefix)


def _is_overload(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(isinstance(one, ast.Name) and one.id == "overload" for one in node.decorator_list)


def _docstrings(room: str) -> Iterator[tuple[str, str]]:
    """Yield the file and line, and the docstring, of all names that have one, private too."""
    for path in _files(room):
        for node in ast.walk(_parse(path)):
            if isinstance(node, Documented) and (text := ast.get_docstring(node)):
                line = 1 if isinstance(node, ast.Module) else node.lineno
                yield f"{_place(path)}:{line}", text
