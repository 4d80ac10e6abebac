"""The operation that a request's method and path mean, where no header names it."""

from __future__ import annotations

import functools
import re

from labs.cloud.wire import Request, service

Route = tuple[int, str, re.Pattern[str], str]


def by_route(request: Request) -> str | None:
    """Its name as botocore's models have it; None if they know none."""
    path = request.target.partition("?")[0]
    for _, method, pattern, name in _routes(service(request) or ""):
        if method == request.method and pattern.fullmatch(path):
            return name
    return None


@functools.cache
def _routes(signed_for: str) -> tuple[Route, ...]:
    """The routes of a service, those with the fewest variables first."""
    from botocore.exceptions import UnknownServiceError
    from botocore.session import get_session

    routes, session = [], get_session()
    for service_name in (signed_for, f"{signed_for}-runtime"):  # these two sign alike
        try:
            model = session.get_service_model(service_name)
        except UnknownServiceError:
            continue
        for name in model.operation_names:
            http = model.operation_model(name).http
            uri, _, query = http.get("requestUri", "/").partition("?")
            if query or uri == "/":  # a path that does not tell it
                continue
            parts = re.split(r"\{[^}]*\}", uri)
            pattern = re.compile("[^/]+".join(map(re.escape, parts)) + "/?")
            routes.append((len(parts), http["method"], pattern, name))
    return tuple(sorted(routes, key=lambda route: route[0]))
