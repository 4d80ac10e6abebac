"""Python imports this at its start, where the environment of the offline cloud puts it first on
the path. It lets a process reach this computer and nothing else.

It is a seat belt for scripts that were written for AWS, not a jail: a program that is not Python,
or `python -I`, does not wear it.

- Sockets and name look-ups that lead elsewhere raise OfflineError (an audit hook, PEP 578: it can
  be neither taken off nor gone around in Python).
- An AWS endpoint that a program names itself (the SageMaker SDK does so for STS) becomes the
  cloud's.
- Waiters ask every second in place of every five to sixty; nothing here takes so long. They wait
  as long in all.
- Another sitecustomize further down the path is run as if this one were not there.

Only the standard library is imported here, and as little of it as can be.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # typing's own would cost every start of Python some milliseconds
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

POLL = 1  # seconds
_HERE = os.path.dirname(os.path.abspath(__file__))


class OfflineError(RuntimeError):
    """Something wanted to leave this computer.

    No OSError: clients take those for a bad line, try again and again, and then hide the reason.
    """


# Sockets

try:
    _MYSELF = os.uname().nodename.lower()
except AttributeError:  # Windows
    _MYSELF = os.environ.get("COMPUTERNAME", "localhost").lower()


def _is_here(host: object) -> bool:
    """Whether a host is this computer. No name is looked up for it."""
    if isinstance(host, bytes | bytearray):
        host = bytes(host).decode("utf-8", "replace")
    if not isinstance(host, str):
        return host is None  # look-ups: any address of this computer
    name = host.lower().partition("%")[0].rstrip(".")
    if name in ("", "localhost", _MYSELF) or name.endswith(".localhost"):
        return True
    import ipaddress

    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback


def _hosts(event: str, arguments: tuple[Any, ...]) -> list[object]:
    """The hosts that a socket event is about."""
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        socket, address = arguments[:2]
        if address is None:  # a connected one: it was looked at then
            return []
        import _socket

        if socket.family in (_socket.AF_INET, _socket.AF_INET6):
            return [address[0]]
        local = (getattr(_socket, name, None) for name in ("AF_UNIX", "AF_NETLINK"))
        return [] if socket.family in local else [f"an address of family {socket.family}"]
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        return [arguments[0]]
    if event == "socket.getnameinfo":
        return [arguments[0][0]]
    return []


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if not event.startswith("socket."):
        return
    for host in _hosts(event, arguments):
        if not _is_here(host):
            cloud = os.environ.get("AWS_ENDPOINT_URL", "the offline cloud")
            raise OfflineError(
                f"{event.partition('.')[2]} {host!r} was blocked: this process is offline and "
                f"reaches only {cloud}. The guard is {_HERE}, in PYTHONPATH; a new terminal is "
                "without it."
            )


sys.addaudithook(_audit)


# Modules that are changed once they are imported


def _botocore_session(module: Any) -> None:
    create = module.Session.create_client

    def create_client(
        self: Any, service_name: Any, region_name: Any = None, *rest: Any, **named: Any
    ) -> Any:
        cloud, given = os.environ.get("AWS_ENDPOINT_URL"), named.get("endpoint_url")
        if cloud and isinstance(given, str) and ".amazonaws.com" in given:
            named["endpoint_url"] = cloud
        return create(self, service_name, region_name, *rest, **named)

    module.Session.create_client = create_client


def _botocore_waiter(module: Any) -> None:
    begin = module.SingleWaiterConfig.__init__

    def __init__(self: Any, config: Any) -> None:  # noqa: N807
        begin(self, config)
        if self.delay > POLL:
            self.max_attempts = self.max_attempts * self.delay // POLL
            self.delay = POLL

    module.SingleWaiterConfig.__init__ = __init__


class _Time:
    """The module time, but for who polls."""

    def __init__(self, time: Any) -> None:
        self._time = time

    def __getattr__(self, name: str) -> Any:
        return getattr(self._time, name)

    def sleep(self, seconds: float) -> None:
        self._time.sleep(min(seconds, POLL))


def _sagemaker_waits(module: Any) -> None:
    module.time = _Time(module.time)


_CHANGES = {
    "botocore.session": _botocore_session,
    "botocore.waiter": _botocore_waiter,
    "sagemaker.core.helper.session_helper": _sagemaker_waits,
    "sagemaker.core.resources": _sagemaker_waits,
}


class _Finder:
    """Hands modules over as the others find them, the ones in _CHANGES with their change."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: Any = None) -> Any:
        if name not in _CHANGES:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None and spec.loader is not None:
                _change_after(spec.loader, _CHANGES[name])
                return spec
        return None


def _change_after(loader: Any, change: Callable[[Any], None]) -> None:
    execute = loader.exec_module

    def exec_module(module: Any) -> None:
        execute(module)
        change(module)

    loader.exec_module = exec_module


sys.meta_path.insert(0, _Finder())


# The sitecustomize that this one stands before


def _chain() -> None:
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    others = [folder for folder in sys.path if os.path.abspath(folder) != _HERE]
    spec = PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(module_from_spec(spec))


_chain()
