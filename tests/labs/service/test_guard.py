"""A process with the guard reaches this computer and nothing else; so do its children."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from labs.cloud.environment import GUARD, offline

CLOUD = "http://127.0.0.1:4580"


def run(code: str, *options: str, **more: str) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": os.environ["PATH"], "SYSTEMROOT": os.environ.get("SYSTEMROOT", "")} | more
    return subprocess.run(
        [sys.executable, *options, "-c", code],
        env=offline(environ, CLOUD),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


WAYS_OUT = {
    "a web page": ("import urllib.request as u; u.urlopen('http://example.com')", "example.com"),
    "a connection": ("import socket as s; s.create_connection(('192.0.2.1', 80))", "192.0.2.1"),
    "one that asks softly": ("import socket as s; s.socket().connect_ex(('192.0.2.1', 80))", ""),
    "IPv6": (
        "import socket as s; s.socket(s.AF_INET6).connect(('2001:db8::1', 80))",
        "2001:db8::1",
    ),
    "IPv4 in IPv6": ("import socket as s; s.socket(s.AF_INET6).connect(('::ffff:1.1.1.1', 1))", ""),
    "a datagram": (
        "import socket as s; s.socket(s.AF_INET, s.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
        "sendto",
    ),
    "a message": (
        "import socket as s;"
        "s.socket(s.AF_INET, s.SOCK_DGRAM).sendmsg([b'x'], [], 0, ('192.0.2.1', 53))",
        "sendmsg",
    ),
    "the name service": ("import socket as s; s.getaddrinfo('example.com', 80)", "getaddrinfo"),
    "an old look-up": ("import socket as s; s.gethostbyname_ex('example.com')", "example.com"),
    "a name in bytes": ("import socket as s; s.getaddrinfo(b'example.com', 80)", "example.com"),
    "an address back": ("import socket as s; s.getnameinfo(('192.0.2.1', 80), 0)", "192.0.2.1"),
    "another event loop": (
        "import asyncio as a; a.run(a.open_connection('example.com', 80))",
        "example.com",
    ),
}


@pytest.mark.parametrize("way", WAYS_OUT)
def test_no_way_leads_out(way: str) -> None:
    code, named = WAYS_OUT[way]
    done = run(code)
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert "OfflineError" in last
    assert named in last
    assert CLOUD in last


def test_a_child_has_the_guard_too() -> None:
    inner = "import socket; socket.getaddrinfo('example.com', 80)"
    done = run(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])")
    assert "OfflineError" in done.stderr


def test_a_script_cannot_take_the_guard_off() -> None:
    done = run(
        "import sys, sitecustomize, socket\n"
        "sitecustomize._audit = lambda *_: None\n"
        "sys.addaudithook(lambda *_: None)\n"
        "socket.getaddrinfo('example.com', 80)"
    )
    assert "OfflineError" in done.stderr


def test_this_computer_is_reached() -> None:
    done = run(
        "import asyncio, socket, threading\n"
        "server = socket.create_server(('127.0.0.1', 0))\n"
        "port = server.getsockname()[1]\n"
        "for host in ('127.0.0.1', 'localhost', '::ffff:127.0.0.1'):\n"
        "    family = socket.AF_INET6 if ':' in host else socket.AF_INET\n"
        "    try:\n"
        "        one = socket.socket(family)\n"
        "        one.connect((host, port)); one.close()\n"
        "    except OSError as error:\n"  # a computer without IPv6
        "        assert ':' in host, error\n"
        "asyncio.run(asyncio.sleep(0))\n"
        "socket.getfqdn(); socket.getaddrinfo(None, 80); socket.socketpair()\n"
        "print('reached')"
    )
    assert done.stdout == "reached\n", done.stderr


def test_another_sitecustomize_is_run_as_well(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('theirs')")
    assert run("print('mine')", PYTHONPATH=str(tmp_path)).stdout == "theirs\nmine\n"


def test_one_that_fails_leaves_the_guard_on(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("raise RuntimeError('theirs')")
    done = run("import socket; socket.getaddrinfo('example.com', 80)", PYTHONPATH=str(tmp_path))
    assert "OfflineError" in done.stderr


def test_without_botocore_it_harms_nobody() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(GUARD)!r}); import sitecustomize\n"
        "try:\n    import botocore.session\nexcept ModuleNotFoundError as e:\n    print(e.name)"
    )
    done = run(code, "-S", "-I")
    assert done.stdout == "botocore\n", done.stderr


def test_an_endpoint_that_a_program_names_is_the_clouds() -> None:
    done = run(
        "import boto3\n"
        "for url in ('https://sts.eu-west-1.amazonaws.com', 'https://sts.cn-north-1.amazonaws.com.cn',"
        " 'http://localhost:9000', None):\n"
        "    print(boto3.client('sts', endpoint_url=url).meta.endpoint_url)"
    )
    assert done.stdout.split() == [CLOUD, CLOUD, "http://localhost:9000", CLOUD], done.stderr


def test_a_client_that_goes_its_own_way_is_stopped_at_once_and_told_why() -> None:
    done = run(
        "import boto3, botocore.config\n"
        "own = botocore.config.Config(ignore_configured_endpoint_urls=True)\n"
        "boto3.client('sts', config=own).get_caller_identity()"
    )
    assert done.returncode != 0
    assert "was blocked: this process is offline" in done.stderr.strip().splitlines()[-1]


def test_waiters_ask_every_second_and_wait_as_long_in_all() -> None:
    done = run(
        "import boto3\n"
        "waiter = boto3.client('sagemaker').get_waiter('endpoint_in_service')\n"
        "print(waiter.config.delay, waiter.config.max_attempts)"
    )
    assert done.stdout == "1 3600\n", done.stderr  # of 30 s, 120 times


def test_the_sdk_asks_every_second() -> None:
    done = run(
        "import time\n"
        "slept = []\n"
        "time.sleep = slept.append\n"
        "from sagemaker.core import resources\n"
        "from sagemaker.core.helper import session_helper\n"
        "for module in (resources, session_helper):\n"
        "    module.time.sleep(30)\n"
        "print(slept)"
    )
    assert done.stdout == "[1, 1]\n", done.stderr
