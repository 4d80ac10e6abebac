"""An account without a single thing in it, in this process."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

import labs.cloud
from labs.cloud.plane import Plane
from labs.infra import who
from labs.infra.leaving import Place

KEYS = {
    "AWS_ACCESS_KEY_ID": "OFFLINE",
    "AWS_SECRET_ACCESS_KEY": "OFFLINE",
    "AWS_DEFAULT_REGION": "us-east-1",
}
EMAIL = "you@example.org"


@pytest.fixture(scope="module")
def cloud() -> Iterator[tuple[Plane, Any]]:
    """A cloud, and a boto3 session that was made in it and so reaches nothing else. One for a
    module, since each session reads long models."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_CONFIG_FILE", "AWS_REGION"):
            patch.delenv(name, raising=False)
        for name, value in KEYS.items():
            patch.setenv(name, value)
        with labs.cloud.offline() as plane:
            yield plane, who.session(None, None)


@pytest.fixture
def account(cloud: tuple[Plane, Any]) -> Iterator[Any]:
    """The session, in an empty account. What moto's CloudFormation does not know it passes over,
    and warns."""
    plane, session = cloud
    plane.reset()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Tried to parse .* not supported by moto", UserWarning)
        yield session


class CostExplorer:
    """Of Cost Explorer moto knows no monitors: this one has `monitors`, each on a page of its own;
    or `refuses`, as where nobody has opened it."""

    def __init__(self, *monitors: dict[str, str], refuses: bool = False) -> None:
        self.monitors, self.refuses = monitors, refuses

    def get_anomaly_monitors(self, **asked: str) -> dict[str, Any]:
        if self.refuses:
            why = "User not enabled for cost explorer access"
            answer: Any = {"Error": {"Code": "AccessDeniedException", "Message": why}}
            raise ClientError(answer, "GetAnomalyMonitors")
        at = int(asked.get("NextPageToken", "0"))
        more = {"NextPageToken": str(at + 1)} if at + 1 < len(self.monitors) else {}
        return {"AnomalyMonitors": self.monitors[at : at + 1], **more}


@pytest.fixture
def place(account: Any) -> Callable[..., Place]:
    """What the stacks of a prefix are about, in an account with these monitors of costs. `instead`
    are clients to be used instead of the account's own."""

    def of(prefix: str = "quizengine", *monitors: dict[str, str], **instead: Any) -> Place:
        clients = {"ce": CostExplorer(*monitors), **instead}

        def client(service: str) -> Any:
            return clients[service] if service in clients else account.client(service)

        return Place(prefix, who.caller(account, None), client)

    return of
