"""The account that this process may reach, as its environment tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class EnvironmentAccount:
    """An Account over boto3. Clients are made once a service, and do not insist: a cloud on this
    computer that does not answer is told at once. AWS, which may ask to be called less often, is
    tried as often as the environment says."""

    prefix: str
    bucket: str
    role_arn: str
    region: str
    attempts: int = 2
    _clients: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> EnvironmentAccount:
        """The account of an environment that has the LAB_ variables and a region."""
        return cls(
            environ["LAB_PREFIX"],
            environ["LAB_BUCKET"],
            environ["LAB_ROLE_ARN"],
            environ["AWS_DEFAULT_REGION"],
            int(environ.get("AWS_MAX_ATTEMPTS", "2")),
        )

    def client(self, service: str) -> Any:
        """A boto3 client of the service in this account's region."""
        if service not in self._clients:
            import boto3
            from botocore.config import Config

            tries: Any = {"total_max_attempts": self.attempts}
            patience = Config(connect_timeout=5, read_timeout=60, retries=tries)
            make: Any = boto3.client  # its stubs want each service's name spelt out
            self._clients[service] = make(service, region_name=self.region, config=patience)
        return self._clients[service]
