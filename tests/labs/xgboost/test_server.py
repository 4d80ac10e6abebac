"""The HTTP side, asked directly: routes, methods, sizes, and a model that cannot be loaded."""

from __future__ import annotations

import asyncio
import json
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest

from labs.cloud.algorithms.xgboost import server
from tests.labs.xgboost.jobs import job


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = "".join(f"{at},{at},{-at}\n" for at in range(9))
    done = job(tmp_path_factory.mktemp("model"), {"num_round": "2", "nthread": "1"}, rows).run()
    assert done.code == 0
    return done.layout.model


class Answered:
    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""


def ask(
    folder: Path,
    method: str,
    path: str,
    *chunks: bytes,
    environment: dict[str, str] | None = None,
    **headers: str,
) -> Answered:
    """One request, its body in chunks."""
    answered = Answered()
    waiting = [
        {"type": "http.request", "body": chunk, "more_body": at < len(chunks)}
        for at, chunk in enumerate(chunks or (b"",), start=1)
    ]

    async def receive() -> MutableMapping[str, Any]:
        return waiting.pop(0)

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answered.status = message["status"]
            answered.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            answered.body += message["body"]

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": [
            (name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()
        ],
    }
    asyncio.run(server.app(folder, environment or {})(scope, receive, send))
    return answered


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/ping", 200),
        ("HEAD", "/ping", 200),
        ("POST", "/ping", 405),
        ("GET", "/execution-parameters", 200),
        ("DELETE", "/execution-parameters", 405),
        ("GET", "/invocations", 405),
        ("PUT", "/invocations", 405),
        ("POST", "/invocations", 204),
        ("GET", "/", 404),
        ("GET", "/models", 404),
        ("POST", "/invocations/", 404),
    ],
)
def test_a_route_has_its_method(folder: Path, method: str, path: str, status: int) -> None:
    answered = ask(folder, method, path)
    assert answered.status == status
    if status == 405:
        assert answered.headers["allow"] in ("GET", "POST")
    if status in (200, 204) and path != "/execution-parameters":
        assert answered.body == b""


def test_a_prediction_comes_back_in_the_form_asked_for(folder: Path) -> None:
    answered = ask(folder, "POST", "/invocations", b"1,-1", content_type="text/csv")
    assert answered.status == 200
    assert answered.headers["content-type"] == "text/csv; charset=utf-8"
    assert answered.headers["content-length"] == str(len(answered.body))
    score = float(answered.body)
    answered = ask(
        folder, "POST", "/invocations", b"1,", b"-1",
        content_type="text/csv", accept="application/json",
    )  # fmt: skip
    assert json.loads(answered.body) == {"predictions": [{"score": score}]}


def test_execution_parameters_are_what_a_batch_transform_needs(folder: Path) -> None:
    answered = ask(folder, "GET", "/execution-parameters")
    parameters = json.loads(answered.body)
    assert answered.headers["content-type"] == "application/json"
    assert parameters.pop("MaxConcurrentTransforms") >= 1
    assert parameters == {"BatchStrategy": "MULTI_RECORD", "MaxPayloadInMB": 6}


def test_a_body_that_is_too_large_is_refused_and_not_kept(folder: Path) -> None:
    small = {"MAX_CONTENT_LENGTH": "10"}
    answered = ask(folder, "POST", "/invocations", *[b"1,2,"] * 1000, environment=small)
    assert answered.status == 413


def test_a_model_that_cannot_be_loaded_fails_the_ping_and_the_requests_that_need_it(
    tmp_path: Path,
) -> None:
    assert ask(tmp_path, "GET", "/ping").status == 500
    assert ask(tmp_path, "GET", "/execution-parameters").status == 200
    assert ask(tmp_path, "POST", "/invocations").status == 204
    asked = ask(tmp_path, "POST", "/invocations", b"1", content_type="application/json")
    assert asked.status == 415
    asked = ask(tmp_path, "POST", "/invocations", b"1", content_type="text/csv")
    assert asked.status == 500
    assert asked.body.startswith(b"Unable to load model: The archive holds no model")


def test_a_client_that_goes_away_is_no_matter(folder: Path) -> None:
    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.disconnect"}

    sent = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/invocations", "headers": []}
    asyncio.run(server.app(folder, {})(scope, receive, send))
    assert sent[0]["status"] == 204
