"""The environment of a process that can reach nothing but the cloud on this computer.

Credentials that open nothing, no configuration files, no profile, no proxy, no instance metadata,
every AWS endpoint replaced, and labs/guard first on Python's path, which stops what does not go by
these variables.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

GUARD = Path(__file__).parents[1] / "guard"
REGION = "us-east-1"
NOWHERE = "http://127.0.0.1:1"  # an endpoint of this computer at which nothing answers
_NOTHING = os.devnull
_FOREIGN = ("AWS_", "BOTO")  # variables that begin so are ours or none
_PROXIES = ("ALL_PROXY", "FTP_PROXY", "HTTP_PROXY", "HTTPS_PROXY")
_ALWAYS_UNSET = (
    "AWS_BEARER_TOKEN_BEDROCK",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_DATA_PATH",
    "AWS_DEFAULT_PROFILE",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_TOKEN",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    *_PROXIES,
    *(name.lower() for name in _PROXIES),
    "no_proxy",  # which would go before NO_PROXY
)


@dataclass(frozen=True)
class Change:
    """What an environment lacks, and what it must not have."""

    set: Mapping[str, str]
    unset: tuple[str, ...]


def variables(
    endpoint: str, environ: Mapping[str, str], *, region: str = REGION, guard: Path = GUARD
) -> Change:
    """What changes `environ` into an environment in which only `endpoint` can be reached."""
    before = environ.get("PYTHONPATH", "").split(os.pathsep)
    path = [str(guard), *(folder for folder in before if folder not in ("", str(guard)))]
    wanted = {
        "AWS_ACCESS_KEY_ID": "OFFLINE",
        "AWS_SECRET_ACCESS_KEY": "OFFLINE",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_CONFIG_FILE": _NOTHING,
        "AWS_SHARED_CREDENTIALS_FILE": _NOTHING,
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAGEMAKER_ADMIN_CONFIG_OVERRIDE": _NOTHING,
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(guard / "sagemaker.yaml"),
        "NO_PROXY": "*",
        "PYTHONPATH": os.pathsep.join(path),
    }
    foreign = {name for name in environ if name.upper().startswith(_FOREIGN)}
    return Change(wanted, tuple(sorted((foreign | set(_ALWAYS_UNSET)) - wanted.keys())))


def offline(environ: Mapping[str, str], endpoint: str, *, region: str = REGION) -> dict[str, str]:
    """The whole environment of such a process, made of `environ`."""
    change = variables(endpoint, environ, region=region)
    kept = {name: value for name, value in environ.items() if name not in change.unset}
    return kept | dict(change.set)


def _sh(change: Change) -> list[str]:
    return [f"unset {' '.join(change.unset)}"] + [
        f"export {name}={shlex.quote(value)}" for name, value in change.set.items()
    ]


def _fish(change: Change) -> list[str]:
    def quoted(value: str) -> str:
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"

    return [f"set -e {name}" for name in change.unset] + [
        f"set -gx {name} {quoted(value)}" for name, value in change.set.items()
    ]


def _powershell(change: Change) -> list[str]:
    def quoted(value: str) -> str:
        return "'" + value.replace("'", "''") + "'"

    return [f"Remove-Item Env:{name} -ErrorAction SilentlyContinue" for name in change.unset] + [
        f"$Env:{name} = {quoted(value)}" for name, value in change.set.items()
    ]


SHELLS: Mapping[str, Callable[[Change], list[str]]] = {
    "sh": _sh,
    "fish": _fish,
    "powershell": _powershell,
}


def script(change: Change, shell: str) -> str:
    """The change in the words of a shell: one of SHELLS."""
    return "\n".join(SHELLS[shell](change))
