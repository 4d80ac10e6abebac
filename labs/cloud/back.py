"""Everything behind the front: moto, the plane and the record of calls, wired together."""

from __future__ import annotations

import json
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import unquote

from labs.cloud import ACCOUNT, authorization, installed, seam
from labs.cloud.calls import Log
from labs.cloud.front import Front
from labs.cloud.recorder import Recorder
from labs.cloud.wire import INVOCATION, Request, Response, refusal, region
from labs.cloud.wsgi import Moto

CROWD = 256  # invocations that wait at once: more than any serverless endpoint lets through


class Back:
    """Everything behind the listener, as it was when the folder's server last ran."""

    def __init__(self, folder: Path, pace: float) -> None:
        self._record = Log(folder)
        self._plane = installed(pace_s=pace, jobs=folder / "jobs")
        self._recorder = Recorder(
            self._record,
            Moto(seam.lock),
            self._plane,
            now=_now,
            seed=lambda: secrets.randbits(64),
        )
        self._plane.replaying = True
        self.notes = [*self._record.notes, *self._recorder.repeat()]
        self._plane.on_outcome = self._recorder.keep
        self._plane.resume()
        self._line = ThreadPoolExecutor(1, "moto")
        self._crowd = ThreadPoolExecutor(CROWD, "invocation")  # a thread comes when it is needed
        self.front: Front = Front(
            call=self._call,
            at_once=self._invoke_at_once,
            invoke=self._invoke,
            own=self._own,
            line=self._line,
            crowd=self._crowd,
        )

    def _call(self, request: Request) -> Response:
        """Everything but InvokeEndpoint: checked and done in one step."""
        with seam.lock:
            return authorization.refused(request, self._plane) or self._recorder.call(request)

    def _invoke_at_once(self, request: Request) -> Response | None:
        """InvokeEndpoint, without moto, if it waits for nothing; IAM is waited for."""
        where, name, headers = _invocation(request)
        if not authorization.is_of_root(headers.get("authorization", "")):
            return None
        answer = self._plane.invoke_at_once(ACCOUNT, where, name, request.body, headers)
        return None if answer is None else Response(answer.status, answer.headers, answer.body)

    def _invoke(self, request: Request) -> Response:
        """InvokeEndpoint, without moto, however long it takes."""
        where, name, headers = _invocation(request)
        if not authorization.is_of_root(headers.get("authorization", "")):
            with seam.lock:
                refused = authorization.refused(request, self._plane)
            if refused is not None:
                return refused
        answer = self._plane.invoke(
            ACCOUNT,
            where,
            name,
            request.body,
            content_type=headers.get("content-type"),
            accept=headers.get("accept"),
            target_variant=headers.get("x-amzn-sagemaker-target-variant"),
            headers=headers,
        )
        return Response(answer.status, answer.headers, answer.body)

    def _own(self, request: Request) -> Response:
        """The cloud's own routes, for service.py."""
        match request.method, request.target:
            case "GET", "/_cloud/status":
                state = {"calls": self._record.count, "bytes": self._record.size()}
            case "POST", "/_cloud/reset":
                with seam.lock:
                    self._plane.reset()
                    self._record.forget()
                state = {}
            case _:
                return refusal(request, 404, "NotFound", "The cloud has no such route.")
        return Response(200, (("content-type", "application/json"),), json.dumps(state).encode())

    def close(self) -> None:
        """End what is under way; it begins again with the next start."""
        self._line.shutdown()
        with seam.lock:
            self._plane.hand_on()  # what nobody has looked at yet
            self._plane.hand_on_captured()
        self._plane.close()
        self._crowd.shutdown(cancel_futures=True)
        self._record.close()


def _invocation(request: Request) -> tuple[str, str, dict[str, str]]:
    """The region and the endpoint that an InvokeEndpoint names, and its headers in lower case."""
    name = INVOCATION.fullmatch(request.target)
    assert name is not None
    headers = {key.lower(): value for key, value in request.headers}
    return region(request) or "us-east-1", unquote(name[1]), headers


def _now() -> int:
    return time.time_ns() // 1_000_000
