"""OpenAPI, /docs and docs/api.md say what the service does, and load nothing from outside."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from qa_service.server.error_handlers import (
    CONCURRENT_CHANGE,
    DATABASE_BUSY,
    DISK_FULL,
    INVALID_REQUEST,
    OUT_OF_RANGE,
    PROTOCOL_FAULTS,
)

REFERENCE = Path(__file__).parent.parent.parent / "docs" / "api.md"

# In a process of its own: other tests may have loaded rooms REST never reaches.
LIST_CODES = """
import qa_service.retrieval.backends.oceanbase.connection
import qa_service.server.app
import qa_service.storage.limited_writes
from qa_service.errors import QAServiceError

def walk(family):
    yield family.code
    for child in family.__subclasses__():
        yield from walk(child)

print("\\n".join(sorted(set(walk(QAServiceError)))))
"""


def descriptions(node: object) -> Iterator[str]:
    """Every text of an OpenAPI description that people read."""
    if isinstance(node, list):
        for one in node:
            yield from descriptions(one)
    if isinstance(node, dict):
        for name, value in node.items():
            if name in {"description", "summary"} and isinstance(value, str):
                yield value
            else:
                yield from descriptions(value)


class TestOpenAPI:
    def test_every_route_declares_its_problems(self, app: FastAPI) -> None:
        for path, methods in app.openapi()["paths"].items():
            for method, operation in methods.items():
                failing = {status for status in operation["responses"] if status >= "400"}
                if path.startswith("/api/"):
                    assert {"401", "403", "422", "503"} <= failing, (method, path)
                for status in failing:
                    content = operation["responses"][status]["content"]
                    assert list(content) == ["application/problem+json"], (method, path)

    def test_describes_rest_alone(self, app: FastAPI) -> None:
        for path in app.openapi()["paths"]:
            assert path.startswith("/api/v1/") or path in {"/healthz", "/readyz", "/metrics"}

    def test_answers_have_their_shapes(self, app: FastAPI) -> None:
        schema = app.openapi()
        asked = schema["paths"]["/api/v1/consultations"]["post"]["responses"]
        shape = {"$ref": "#/components/schemas/ConsultationOut"}
        assert asked["201"]["content"]["application/json"]["schema"] == shape
        assert asked["200"]["content"]["application/json"]["schema"] == shape
        assert "HTTPValidationError" not in schema["components"]["schemas"]
        limits = schema["components"]["schemas"]["ConsultationIn"]["properties"]["external_id"]
        assert limits["anyOf"][0]["maxLength"] == 128

    def test_speaks_chinese(self, app: FastAPI) -> None:
        prose = list(descriptions(app.openapi()))
        assert len(prose) > 50
        assert [text for text in prose if not re.search("[\u4e00-\u9fff]", text)] == []

    def test_bodies_come_with_examples_that_are_accepted(
        self, app: FastAPI, api: TestClient
    ) -> None:
        schemas = app.openapi()["components"]["schemas"]
        asked = schemas["ConsultationIn"]["examples"][0]
        assert api.post("/api/v1/consultations", json=asked).status_code == 201
        assert schemas["ChoiceIn"]["examples"]
        assert schemas["PairIn"]["examples"]


class TestDocsPage:
    def test_has_no_inline_script_and_no_outside_host(self, client: TestClient) -> None:
        page = client.get("/docs").text
        assert not re.search(r"<script(?![^>]*\ssrc=)[^>]*>|<style|\son\w+=|https?://", page)
        loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
        assert len(loaded) == 5
        for path in loaded:
            assert client.get(path).status_code == 200, path


class TestReference:
    def test_lists_exactly_the_codes_there_are(self) -> None:
        listed = subprocess.run(
            [sys.executable, "-c", LIST_CODES], capture_output=True, text=True, check=True
        )
        protocol = {fault.code for fault in PROTOCOL_FAULTS.values()}
        faults = (INVALID_REQUEST, DATABASE_BUSY, DISK_FULL, CONCURRENT_CHANGE, OUT_OF_RANGE)
        others = {fault.code for fault in faults}
        documented = set(re.findall(r"^\| `(\w+)` \|", REFERENCE.read_text("utf-8"), re.M))
        assert documented == set(listed.stdout.split()) | protocol | others
