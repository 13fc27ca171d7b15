"""Whatever the API's own description allows, and much it does not, is sent to every route.

A person of every role tries each scope's key on every operation: no answer is a 5xx, and every
answer is one that the description promises, in status, content type and schema.
"""

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from rest_client import person_key
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from visitor import add_user

from qa_service.services import Services
from qa_service.vocabulary import Role, Scope

pytestmark = pytest.mark.slow

EXAMPLES = 4
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)


@pytest.mark.parametrize("scope", list(Scope))
def test_no_input_breaks_a_route_or_its_promise(
    app: FastAPI, services: Services, scope: Scope
) -> None:
    # As ``serve`` does before it opens its port: a request waits for no compilation.
    services.index_sync.engine.warm_up()
    add_user(services, "quan", *Role)
    headers = person_key(services, "quan", scopes=[scope])
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        tried += 1

        @given(case=operation.as_strategy())
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def send(case: schemathesis.Case) -> None:
            # Long polls are tried elsewhere; here they would only wait.
            case.query.pop("wait", None)
            case.call_and_validate(checks=CHECKS, headers=headers)

        send()
    assert tried >= 40
