"""The files, tests, modules and pages that the documents cite are there.

Decisions are dated records and keep the names of their day, so they are left out.
"""

import re
from collections.abc import Iterator
from importlib import import_module
from itertools import accumulate

import pytest
from fastapi import FastAPI
from scratch_service import REPOSITORY
from starlette.routing import Mount, Route

from qa_service.api import docs_page
from qa_service.api.mount import PREFIX
from qa_service.api.routes import health, metrics
from qa_service.vocabulary import Action
from qa_service.web.pages import ROUTERS

DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "corpus/README.md",
    "corpus/holidays/README.md",
    "index/README.md",
    *sorted(str(path.relative_to(REPOSITORY)) for path in (REPOSITORY / "docs").glob("*.md")),
)
ROOTS = (".", "qa_service", "tests", "docs", "corpus", "deploy")
ROOMS = {path.stem for path in (REPOSITORY / "qa_service").iterdir()} - {"__pycache__", "__init__"}
MADE_BY_USERS = {
    ".env",
    "corpus.jsonl",
    "queries.jsonl",
    "qrels.tsv",
    "corpus/holidays/YEAR.yaml",
    "data/",
    "calibration.json",
    "calibration.lock",
    "jobs.lock",
    "learning.lock",
    "learnt/",
    "reranker.safetensors",
    "secrets/",
}
"""Files and folders that an installation or its people make; no checkout holds them."""
ON_DISK = {"/run/secrets/qa_database_url"}
"""Paths of files, not of pages."""
EVENTS = {f"ledger.{action}" for action in Action} | {"ledger.reminder"}
"""Topics of the outbox, which look like names of modules."""
ENDINGS = "py|md|json|jsonl|txt|conf|toml|tsv|yaml|yml|lock|html|png|csv"

_CITED = re.compile(r"`([^`\s]+)`|\]\(([^)\s#]+)(?:#[^)]*)?\)")
_FILE = re.compile(rf"[\w.][\w./-]*\.(?:{ENDINGS})|[\w.][\w./-]*/")
_TEST = re.compile(r"(?:[\w]+/)*test_\w+")
_PAGE = re.compile(r"/[\w/{}.-]*")
_HOLE = re.compile(r"\{[^}]*\}")


def cited(document: str) -> Iterator[str]:
    text = (REPOSITORY / document).read_text(encoding="utf-8")
    for quoted, linked in _CITED.findall(text):
        if not (quoted or linked).startswith(("http", "#")):
            yield quoted or linked


def is_there(document: str, name: str, ending: str = "") -> bool:
    folders = [REPOSITORY / document / "..", *(REPOSITORY / root for root in ROOTS)]
    if any((folder / f"{name}{ending}").exists() for folder in folders):
        return True
    return "/" not in name and any(REPOSITORY.glob(f"[!.]*/**/{name}{ending}"))


def is_defined(dotted: str) -> bool:
    """Whether ``room.module.name`` is a module of the package or a name in one."""
    found: object = import_module("qa_service")
    for path in accumulate(dotted.split("."), "{}.{}".format):
        try:
            found = import_module(f"qa_service.{path}")
        except ModuleNotFoundError:
            name = path.rpartition(".")[2]
            if not hasattr(found, name):
                return False
            found = getattr(found, name)
    return True


def paths(app: FastAPI) -> set[str]:
    """The path of every route, its parameters without their names."""
    routers = (*ROUTERS, health.router, metrics.router, docs_page.router)
    routes = [route for router in routers for route in router.routes]
    own = {route.path for route in (*routes, *app.routes) if isinstance(route, Route | Mount)}
    rest = {path.removeprefix(PREFIX) for path in app.openapi()["paths"]}
    return {_HOLE.sub("{}", path) for path in (*own, *rest, PREFIX)}


@pytest.mark.parametrize("document", DOCUMENTS)
class TestCitations:
    def test_of_files_name_files_there_are(self, document: str) -> None:
        names = [name for name in cited(document) if _FILE.fullmatch(name)]
        missing = {name for name in names if not is_there(document, name)}
        assert missing <= MADE_BY_USERS

    def test_of_tests_name_tests_there_are(self, document: str) -> None:
        names = [name for name in cited(document) if _TEST.fullmatch(name)]
        assert [name for name in names if not is_there(document, name, ".py")] == []

    def test_of_modules_name_what_is_defined(self, document: str) -> None:
        names = [
            name.removeprefix("qa_service.")
            for name in cited(document)
            if re.fullmatch(r"\w+(?:\.\w+)+", name) and not _FILE.fullmatch(name)
        ]
        own = {name for name in names if name.split(".")[0] in ROOMS}
        assert {name for name in own if not is_defined(name)} <= EVENTS

    def test_of_pages_name_routes_there_are(self, document: str, app: FastAPI) -> None:
        known = paths(app)
        names = [_HOLE.sub("{}", name) for name in cited(document) if _PAGE.fullmatch(name)]
        own = {name.removeprefix(PREFIX) or PREFIX for name in names if name not in ON_DISK}
        assert {name for name in own if not any(_is_of(path, name) for path in known)} == set()


def _is_of(path: str, name: str) -> bool:
    return path == name or (name.endswith("/") and path.startswith(name))
