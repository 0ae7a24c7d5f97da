"""The OpenAPI description: complete, from the tables, and true to what the running service answers."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import load_all_checks
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks as of_openapi

from muniment.engine import EmbeddedStore
from muniment_service import Settings, create_app
from muniment_service.app import _ROUTERS
from muniment_service.asked import DIRECT, FORM
from muniment_service.problems import KINDS, MEDIA_TYPE
from muniment_service.routers.sparql import GRAPHS, RESULTS

load_all_checks()
NOT_SAID = [
    of_openapi.positive_data_acceptance,  # that a query is SPARQL, or that an IRI is known, is beyond a schema
    of_openapi.negative_data_rejection,  # parameters that are not known are passed over, as the protocol's clients need it
]


@schemathesis.serializer(DIRECT)
def as_utf8(_: Any, value: object) -> bytes:
    """The body is the query itself."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


DESCRIBED = create_app(EmbeddedStore.in_memory(b""), Settings()).openapi()
schema = schemathesis.openapi.from_dict(DESCRIBED)


@schema.parametrize()
@settings(max_examples=20, suppress_health_check=list(HealthCheck))
def test_answers_are_as_described(case: schemathesis.Case, running: str) -> None:
    case.call_and_validate(base_url=running, excluded_checks=NOT_SAID, timeout=20)


def test_a_wrong_description_is_noticed(running: str) -> None:
    lying = deepcopy(DESCRIBED)
    del lying["paths"]["/doc/{path}"]["get"]["responses"]["404"]
    lying["paths"]["/healthz"]["get"]["responses"]["200"]["content"] = {"text/plain": {}}
    wrong = schemathesis.openapi.from_dict(lying)
    for path, values in (("/doc/{path}", {"path": "none"}), ("/healthz", {})):
        case = wrong[path]["GET"].Case(path_parameters=values)
        with pytest.raises(FailureGroup):
            case.call_and_validate(base_url=running, excluded_checks=NOT_SAID, timeout=20)


def test_every_route_is_described(running: str) -> None:
    found = httpx.get(f"{running}/openapi.json").json()
    routes = {route.path.replace(":path}", "}") for module in _ROUTERS for route in module.routes}  # type: ignore[attr-defined]
    assert len(routes) >= 10
    saved = {path for path in found["paths"] if re.fullmatch(r"/queries/[a-z0-9-]+", path)}
    assert set(found["paths"]) - saved == routes - {"/static/{name}"} == set(DESCRIBED["paths"])
    for path, item in found["paths"].items():
        for operation in item.values():
            assert operation["responses"], path
            assert "HTTPValidationError" not in str(operation)
    assert set(found["components"]["schemas"]) == {"Problem"}


def test_the_endpoint_is_described_by_its_tables(running: str) -> None:
    item = httpx.get(f"{running}/openapi.json").json()["paths"]["/sparql"]
    assert set(item) == {"get", "post"}
    for operation in item.values():
        responses = operation["responses"]
        assert set(responses["200"]["content"]) == {*RESULTS, *GRAPHS}
        kinds = {
            slug
            for response in responses.values()
            for slug in re.findall(r"`([\w-]+)`:", response["description"])
        }
        of_others = {
            "parameter",
            "not-ready",
            "parameters",
            "gone",
            "profile",
            "range",
            "network",
            "network-limit",
            "network-time",
        } | ({"unsupported-media-type"} if operation is item["get"] else set())
        assert kinds == {kind.slug for kind in KINDS.values()} - of_others
        for status, response in responses.items():
            if status >= "400":
                assert set(response["content"]) == {MEDIA_TYPE, "text/html"}
    assert set(item["post"]["requestBody"]["content"]) == {FORM, DIRECT}
    names = {parameter["name"] for parameter in item["get"]["parameters"]}
    assert names == {
        "query",
        "default-graph-uri",
        "named-graph-uri",
        "format",
        "release",
        "timeout",
        "explain",
    }
    assert set(item["post"]["requestBody"]["content"][FORM]["schema"]["properties"]) == names
