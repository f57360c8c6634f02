"""The OpenAPI 3.1 document, made from the declared endpoints: what is served is what is described."""

import re
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from specimen_service import __doc__ as about
from specimen_service.api.kit import PREFIX, Api, Endpoint
from specimen_service.api.problems import Problem

_REF = "#/components/schemas/{model}"
_ALWAYS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.SERVICE_UNAVAILABLE)


def openapi_document(apis: list[Api], version: str, server: str) -> dict[str, Any]:
    """Describe all endpoints of all slices."""
    endpoints = [endpoint for api in apis for endpoint in api.endpoints]
    names, components = _schemas(endpoints)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", PREFIX + endpoint.path)
        paths.setdefault(path, {})[endpoint.method.lower()] = _operation(endpoint, names)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Specimen Service", "version": version, "description": about},
        "servers": [{"url": server}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "The token of an enrolled device."}
            },
        },
    }


def _schemas(endpoints: list[Endpoint]) -> tuple[dict[Any, str], dict[str, Any]]:
    models: dict[tuple[type[BaseModel], Any], None] = {(Problem, "serialization"): None}
    for endpoint in endpoints:
        if endpoint.body is not None:
            models[endpoint.body, "validation"] = None
        for reply in endpoint.replies.values():
            if not isinstance(reply, str):
                models[reply, "serialization"] = None
    references, document = models_json_schema(list(models), ref_template=_REF)
    names: dict[Any, str] = {key: str(reference["$ref"]) for key, reference in references.items()}
    return names, document["$defs"]


def _operation(endpoint: Endpoint, names: dict[Any, str]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "description": f"For devices of profile {', '.join(sorted(endpoint.who))}.",
        "tags": [endpoint.tag],
        "parameters": _parameters(endpoint),
        "responses": _responses(endpoint, names),
    }
    if endpoint.body is not None:
        schema = {"$ref": names[endpoint.body, "validation"]}
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return operation


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = []
    for converter, name in re.findall(r"<(?:(\w+):)?(\w+)>", endpoint.path):
        schema = {"type": "integer", "minimum": 0} if converter == "int" else {"type": "string", "minLength": 1}
        parameters.append({"name": name, "in": "path", "required": True, "schema": schema})
    if endpoint.query is not None:
        whole = endpoint.query.model_json_schema()
        for name, value in whole.get("properties", {}).items():
            parameters.append({"name": name, "in": "query", "required": False, "schema": _inlined(value, whole)})
    if endpoint.method == "POST":
        key = {"type": "string", "maxLength": 200}
        parameters.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": key})
    return parameters


def _inlined(value: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    # In a query, "not given" is the parameter's absence: neither null nor a default of null is sent.
    kept = {key: part for key, part in value.items() if (key, part) != ("default", None)}
    if "$ref" in kept:
        return dict(whole["$defs"][kept["$ref"].rsplit("/", 1)[1]])
    if "anyOf" in kept:
        return {**kept, "anyOf": [_inlined(one, whole) for one in kept["anyOf"] if one.get("type") != "null"]}
    return kept


def _responses(endpoint: Endpoint, names: dict[Any, str]) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, reply in endpoint.replies.items():
        if isinstance(reply, str):
            content: dict[str, Any] = {reply: {"schema": {"type": "string", "contentMediaType": reply}}}
        else:
            content = {"application/json": {"schema": {"$ref": names[reply, "serialization"]}}}
        responses[str(int(status))] = {"description": HTTPStatus(status).phrase, "content": content}
    problem = {"application/problem+json": {"schema": {"$ref": names[Problem, "serialization"]}}}
    for status in sorted({*_ALWAYS, *endpoint.errors, *_own_errors(endpoint)}):
        responses[str(int(status))] = {"description": HTTPStatus(status).phrase, "content": problem}
    return responses


def _own_errors(endpoint: Endpoint) -> set[HTTPStatus]:
    own = set()
    if endpoint.body is not None or endpoint.query is not None:
        own.add(HTTPStatus.UNPROCESSABLE_ENTITY)
    if endpoint.body is not None:
        own.add(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    if endpoint.method == "POST":
        own |= {HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY}
    return own
