"""moto's own HTTP application, called without a socket, and so that a call can be repeated."""

from __future__ import annotations

import datetime
import functools
import io
import logging
import os
import sys
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from urllib.parse import unquote_to_bytes

from labs.cloud import operations
from labs.cloud.refusals import NOT_OFFERED, not_offered_text
from labs.cloud.wire import Request, Response, operation, protocol, refusal, region, service

# Services, by the name that requests are signed for. moto knows many more, but invents what they
# say: nothing is better than a translation or a forecast that nobody made.
OFFERED = {
    "apigateway", "application-autoscaling", "budgets", "cloudformation", "dynamodb", "ec2", "ecr",
    "events", "firehose", "iam", "kinesis", "kms", "logs", "monitoring", "s3", "s3control",
    "sagemaker", "scheduler", "secretsmanager", "servicequotas", "sns", "sqs", "ssm", "sts",
    "tagging",
}  # fmt: skip
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Moto:
    """moto's server as a function. Raises nothing: what fails is answered in the caller's protocol.

    What moto does not offer is refused with 501, which no client retries; so is what goes wrong
    inside moto, and the log has its traceback.
    """

    def __init__(self, lock: AbstractContextManager[object]) -> None:
        """`lock` is held by whoever uses moto."""
        from moto.moto_api._internal import mock_random
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        def create(backend: Any) -> Any:
            if backend is None:  # no such service
                raise NotImplementedError
            return create_backend_app(backend)

        self.lock = lock
        self._app = DomainDispatcherApplication(create)
        # it goes through all its modules and patterns at each call
        find = functools.cache(self._app.get_backend_for_host)
        self._app.get_backend_for_host = find  # type: ignore[method-assign]
        self._random = mock_random

    def execute(self, request: Request) -> Response:
        """Execute a call, with the lock held."""
        from botocore.model import OperationNotFoundError

        signed_for = service(request)
        if signed_for is None and protocol(request) != "rest":
            return refusal(request, 403, "MissingAuthenticationToken", "The call is not signed.")
        if (signed_for or "s3") not in OFFERED:  # who signs nothing reads a public bucket
            return not_offered(request)
        try:
            with self._alike():
                response = _called(self._app, _environ(request))
        except (NotImplementedError, OperationNotFoundError):
            return not_offered(request)
        except Exception as error:
            if error.args == (region(request),):
                message = f"There is no region {region(request)}."
                return refusal(request, 400, "InvalidRegion", message)
            logging.getLogger(__name__).exception("%s %s", request.method, request.target)
            message = f"The offline cloud broke on this call: {error!r}. Its log has the traceback."
            return refusal(request, 501, "OfflineCloudError", message)
        kind = next((v for k, v in response.headers if k.lower() == "content-type"), "")
        if response.status < 400 or not kind.startswith("text/html"):
            return response
        if response.status in (404, 405) and signed_for not in (None, "s3"):
            return not_offered(request)  # no route leads there
        if not response.body:  # the answer to a HEAD
            return response
        message = "The offline cloud could make nothing of this request."
        return refusal(request, response.status, "BadRequest", message)

    @contextmanager
    def repeatable(self, at: int, seed: int) -> Iterator[None]:
        """What happens inside happens at `at` (UTC milliseconds); ids come from `seed`."""
        import moto.core.base_backend
        import moto.core.utils
        import moto.s3.models

        moment = datetime.datetime.fromtimestamp(at / 1000, datetime.UTC)
        thread, real = threading.get_ident(), os.urandom

        class At(datetime.datetime):
            @classmethod
            def now(cls, tz: datetime.tzinfo | None = None) -> Any:
                return moment.astimezone(tz)

        def urandom(size: int) -> bytes:
            return self._random.randbytes(size) if threading.get_ident() == thread else real(size)

        def apart() -> uuid.UUID:
            return uuid.UUID(bytes=real(16), version=4)

        then = _ModuleWith(datetime, datetime=At)
        self._random.seed(seed)
        with (
            _instead(moto.core.utils, "datetime", then),
            _instead(moto.s3.models, "datetime", then),
            _instead(os, "urandom", urandom),  # the ids of uploads, tokens, keys
            _instead(moto.core.base_backend, "uuid4", apart),  # drawn at imports, and never seen
        ):
            yield

    @contextmanager
    def _alike(self) -> Iterator[None]:
        """moto makes a service of a region when somebody first looks, and that takes ids, too: a
        default network's, say. They are the same whoever looks first, and nobody else's change."""
        from moto.core.base_backend import AccountSpecificBackend, BackendDict

        def alike(make: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
            def made(owner: Any, key: str) -> Any:
                if dict.__contains__(owner, key):
                    return make(owner, key)
                before = self._random.getstate()
                self._random.seed(f"{owner.service_name} {key}")
                try:
                    return make(owner, key)
                finally:
                    self._random.setstate(before)

            return made

        with (
            _instead(BackendDict, "__getitem__", alike(BackendDict.__getitem__)),
            _instead(
                AccountSpecificBackend, "__getitem__", alike(AccountSpecificBackend.__getitem__)
            ),
        ):
            yield


def not_offered(request: Request) -> Response:
    """The answer to what cannot be had offline."""
    what = operation(request) or operations.by_route(request)
    what = what or f"{request.method} {request.target.partition('?')[0]}"
    signed_for = service(request)
    message = not_offered_text(f"{signed_for}'s {what}" if signed_for else what)
    return refusal(request, 501, NOT_OFFERED, message)


def _environ(request: Request) -> dict[str, Any]:
    """The request as WSGI (PEP 3333) has it, with RAW_URI as moto reads it."""
    from moto.core.request import (
        PRESERVED_HEADER_NAMES_ENVIRON_KEY,
        should_preserve_original_header_name,
    )

    path, _, query = request.target.partition("?")
    host, _, port = (request.header("host") or "localhost").rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "RAW_URI": request.target,
        "REQUEST_URI": request.target,
        "SERVER_NAME": host or port,
        "SERVER_PORT": port if host else "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers:
        key = _key(name)
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    environ.pop("HTTP_TRANSFER_ENCODING", None)  # the body is whole
    environ["CONTENT_LENGTH"] = str(len(request.body))
    environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = {
        _key(name): name
        for name, _ in request.headers
        if should_preserve_original_header_name(name)
    }
    return environ


def _key(name: str) -> str:
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


def _called(app: Wsgi, environ: dict[str, Any]) -> Response:
    said: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
        said[:] = [int(status.split()[0]), tuple(headers)]

    parts = app(environ, start_response)
    try:
        body = b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()
    return Response(said[0], said[1], body)


class _ModuleWith:
    """A module of which one attribute is another."""

    def __init__(self, module: Any, **instead: Any) -> None:
        self._module = module
        vars(self).update(instead)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


@contextmanager
def _instead(owner: Any, name: str, value: object) -> Iterator[None]:
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)
