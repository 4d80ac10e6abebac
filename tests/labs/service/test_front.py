"""The front: who is answered, by whom, and in which shape a request arrives."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.cloud import front
from labs.cloud.front import AT_ONCE, Front, is_loopback
from labs.cloud.wire import Request, Response

HERE = ("host", "127.0.0.1:4580")


class Behind:
    """What stands behind the front: it notes who was asked what, in which thread."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Request, bool]] = []
        self.is_quick = True  # whether invocations wait for nothing

    def _handler(self, name: str) -> Any:
        def handle(request: Request) -> Response:
            main = threading.current_thread() is threading.main_thread()
            self.asked.append((name, request, main))
            return Response(200, (("content-type", "text/plain"),), name.encode())

        return handle

    def send(
        self,
        method: str = "GET",
        path: str = "/",
        *headers: tuple[str, str],
        query: bytes = b"",
        parts: Sequence[bytes | None] = (b"",),
    ) -> list[Mapping[str, Any]]:
        """What the client gets; a part that is None is the client hanging up."""
        sent: list[Mapping[str, Any]] = []
        waiting = list(parts)

        async def receive() -> Mapping[str, Any]:
            part = waiting.pop(0)
            if part is None:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": part, "more_body": bool(waiting)}

        async def send(message: Mapping[str, Any]) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": method,
            "raw_path": path.encode(),
            "query_string": query,
            "headers": [(k.encode(), v.encode()) for k, v in headers or [HERE]],
        }
        with ThreadPoolExecutor(1) as line:
            call, invoke, own = (self._handler(name) for name in ("call", "invoke", "own"))
            at_once = invoke if self.is_quick else lambda _: None
            app = Front(call=call, at_once=at_once, invoke=invoke, own=own, line=line, crowd=line)
            asyncio.run(app(scope, receive, send))
        return sent


@pytest.fixture
def behind() -> Behind:
    return Behind()


def body(sent: list[Mapping[str, Any]]) -> bytes:
    found = sent[1]["body"]
    assert isinstance(found, bytes)
    return found


def test_a_call_goes_to_moto_whole_and_in_a_thread(behind: Behind) -> None:
    sent = behind.send("PUT", "/b/a%2Fb", HERE, query=b"x=1", parts=[b"one ", b"two"])
    ((name, request, main),) = behind.asked
    assert (name, main) == ("call", False)
    assert request == Request("PUT", "/b/a%2Fb?x=1", (HERE,), b"one two")
    assert sent[0]["status"] == 200
    assert (b"content-length", b"4") in sent[0]["headers"]


def test_an_invocation_is_answered_on_the_spot(behind: Behind) -> None:
    behind.send("POST", "/endpoints/my-endpoint/invocations", parts=[b"1,2"])
    ((name, _, main),) = behind.asked
    assert (name, main) == ("invoke", True)


def test_a_large_invocation_holds_up_nobody(behind: Behind) -> None:
    behind.send("POST", "/endpoints/my-endpoint/invocations", parts=[b"1" * (AT_ONCE + 1)])
    ((name, _, main),) = behind.asked
    assert (name, main) == ("invoke", False)


def test_an_invocation_that_has_to_wait_holds_up_nobody(behind: Behind) -> None:
    behind.is_quick = False
    behind.send("POST", "/endpoints/my-endpoint/invocations", parts=[b"1,2"])
    ((name, _, main),) = behind.asked
    assert (name, main) == ("invoke", False)


def test_the_cloud_has_routes_of_its_own(behind: Behind) -> None:
    assert body(behind.send("GET", "/_cloud/status")) == b"own"


def test_who_hangs_up_gets_no_answer(behind: Behind) -> None:
    assert behind.send("PUT", "/b/k", parts=[b"half", None]) == []
    assert behind.asked == []


def test_a_request_that_is_too_large_is_refused(
    behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(front, "LARGEST", 1 << 20)
    sent = behind.send("PUT", "/b/k", parts=[b"x" * (1 << 20), b"x"])
    assert sent[0]["status"] == 413
    assert b"1 MiB" in body(sent)
    assert behind.asked == []


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:4580", "localhost.evil.example", "10.0.0.1", "0.0.0.0"]
)
def test_a_name_that_only_leads_here_is_refused(behind: Behind, host: str) -> None:
    sent = behind.send("GET", "/", ("host", host))
    assert sent[0]["status"] == 403
    assert host.encode() in body(sent)
    assert behind.asked == []


def test_who_names_no_host_is_refused(behind: Behind) -> None:
    assert behind.send("GET", "/", ("accept", "*/*"))[0]["status"] == 403


@pytest.mark.parametrize("name", ["origin", "sec-fetch-site", "sec-fetch-mode"])
def test_a_browser_is_refused(behind: Behind, name: str) -> None:
    sent = behind.send("POST", "/", HERE, (name, "http://127.0.0.1:4580"))
    assert sent[0]["status"] == 403
    assert b"browser" in body(sent)
    assert behind.asked == []


@pytest.mark.parametrize(
    "path", ["/moto-api/reset", "/moto-api/", "/latest/meta-data/iam", "/favicon.ico"]
)
def test_motos_own_doors_are_shut(behind: Behind, path: str) -> None:
    assert behind.send("POST", path)[0]["status"] == 404
    assert behind.asked == []


@pytest.mark.parametrize("path", ["/moto-apis/key", "/latest/data.csv"])
def test_a_bucket_may_have_nearly_such_a_name(behind: Behind, path: str) -> None:
    assert behind.send("GET", path)[0]["status"] == 200


def test_a_bucket_in_the_hosts_name_is_put_into_the_path(behind: Behind) -> None:
    behind.send("GET", "/key", ("host", "my.bucket.localhost:4580"), query=b"versions")
    ((_, request, _),) = behind.asked
    assert request.target == "/my.bucket/key?versions"
    assert request.header("host") == "localhost:4580"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:80", "127.9.9.9", "[::1]:4580", "localhost:1", "b.localhost"]
)
def test_every_name_of_this_computer_is_known(host: str) -> None:
    assert is_loopback(host)


@given(st.text())
def test_no_host_is_too_odd_to_be_judged(host: str) -> None:
    assert is_loopback(host) in (True, False)
