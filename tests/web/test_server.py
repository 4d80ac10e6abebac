"""The server as a process: where it listens, how it is found, how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import sys
from pathlib import Path

import httpx
import pytest

from quizengine.errors import BadRequest, QuizengineError
from quizengine.web import running
from quizengine.web.headers import ALWAYS
from quizengine.web.running import Kept, Running
from quizengine.web.server import listen
from tests.shells.helpers import Shell
from tests.web.serving import LINK, serving, start

pytestmark = pytest.mark.slow
JSON = {"content-type": "application/json", "sec-fetch-site": "same-origin"}
FORM = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}


def test_a_learner_comes_in_by_the_link_and_by_a_fresh_one(shell: Shell) -> None:
    with serving(shell) as served, httpx.Client(follow_redirects=True) as browser:
        page = browser.get(served.link)
        assert page.status_code == 200
        assert "Mock exams" in page.text
        assert "server" not in page.headers
        again = shell.run("serve", "--link").out.strip()
        assert LINK.fullmatch(again)
        assert again != served.link
        assert httpx.get(again, follow_redirects=False).status_code == 303
        assert httpx.get(again, follow_redirects=False).status_code == 401
        tunnel = shell.run("serve", "--link", "--port", "9999").out
        assert tunnel.startswith("http://127.0.0.1:9999/?token=")


def test_it_listens_at_this_computers_own_address_only(shell: Shell) -> None:
    with serving(shell) as served:
        for address in {found[4][0] for found in socket.getaddrinfo(socket.gethostname(), None)}:
            if isinstance(address, str) and not address.startswith(("127.", "::1")):
                with (
                    pytest.raises(ConnectionRefusedError),
                    socket.create_connection((address, served.port), 2),
                ):
                    pass


def test_answers_are_sent_at_once_and_wait_for_nothing() -> None:
    with listen(0) as bound:
        assert bound.proto == socket.IPPROTO_TCP  # as asyncio wants it, to set TCP_NODELAY


def test_a_second_one_says_where_the_first_is(shell: Shell) -> None:
    with serving(shell) as served:
        again = shell.run("serve", "--no-open")
        assert again.code == 0
        assert f"It runs already (process {served.process.pid})" in again.out
        assert f"http://127.0.0.1:{served.port}/?token=" in again.out
        other = shell.run("serve", "--no-open", "--port", "1")
        assert other.code == 1
        assert f"It runs already, at port {served.port}" in other.err


def test_a_port_that_is_taken_is_said_to_be_so(shell: Shell) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        ran = shell.run("serve", "--no-open", "--port", str(port))
        assert ran.code == 1
        assert f"cannot listen at port {port}: another program has it" in ran.err
        assert "--port 0" in ran.err
        with pytest.raises(BadRequest):
            listen(port)


def test_without_a_server_there_is_no_link(shell: Shell) -> None:
    ran = shell.run("serve", "--link")
    assert (ran.code, ran.out) == (1, "")
    assert "not being served" in ran.err
    assert "quizengine serve" in ran.err


def test_questions_that_cannot_be_read_are_told_before_anything_is_served(home: Path) -> None:
    ran = Shell(home, home / "nothing").run("serve", "--no-open", "--port", "0")
    assert ran.code == 1
    assert "not a folder" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.skipif(sys.platform == "win32", reason="signals are others there")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_cleanly_with_a_browser_connected(
    shell: Shell, number: int, code: int
) -> None:
    served = start(shell, "--port", "0")
    with httpx.Client(follow_redirects=True) as browser:
        browser.get(served.link)
        assert served.ends(number) == code
    assert "Traceback" not in served.said
    assert ("Every answer is saved." in served.said) == (number == signal.SIGINT)
    assert running.read(shell.home / "web.json").running is None


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9 there")
def test_killed_and_started_anew_the_page_and_the_browser_go_on(shell: Shell) -> None:
    first = start(shell, "--port", "0")
    try:
        with httpx.Client(follow_redirects=True) as browser:
            browser.get(first.link)
            page = browser.post(f"{first.address}/exam/mls-c01", headers=FORM)
            save = f"{page.url}".rpartition("/")[0] + "/save"
            body = {"revision": 1, "number": 1, "change": {"kind": "note", "text": "kept"}}
            assert browser.post(save, headers=JSON, json=body).json()["state"] == "saved"
            first.kill()
            with serving(shell, "--port", str(first.port)):
                again = browser.post(save, headers=JSON, json=body).json()
                assert again["state"] == "stored"
                assert "kept" in browser.get(str(page.url)).text
    finally:
        first.ends(signal.SIGTERM)


def test_what_is_no_http_is_turned_away_with_every_header_and_ends_nothing(shell: Shell) -> None:
    with serving(shell) as served:
        for sent in (b"\0\1\2\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", served.port), 5) as raw:
                raw.sendall(sent)
                told = b"".join(iter(lambda: raw.recv(4_096), b"")).decode()
            assert told.startswith("HTTP/1.1 400 ")
            for name, value in ALWAYS.items():
                assert f"{name}: {value}\r\n" in told
        assert httpx.get(f"{served.address}/alive").status_code == 200


# The file


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "web.json"
    kept = Kept(cookies="a" * 64, running=Running(port=1, pid=2, tickets="b" * 64))
    running.write(path, kept)
    assert running.read(path) == kept
    assert [each.name for each in path.parent.iterdir()] == ["web.json"]
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cookies": "short"}', '{"cookies": 1}', "\0"])
def test_a_file_that_cannot_be_read_signs_all_out_and_stops_nobody(
    text: str, tmp_path: Path
) -> None:
    path = tmp_path / "web.json"
    path.write_text(text, encoding="utf-8")
    one, two = running.read(path), running.read(path)
    assert one.running is None
    assert one.cookies != two.cookies


def test_a_file_that_cannot_be_written_is_an_error_in_words(tmp_path: Path) -> None:
    (tmp_path / "web.json").mkdir()
    (tmp_path / "web.json" / "x").touch()
    with pytest.raises(QuizengineError, match="cannot be written"):
        running.write(tmp_path / "web.json", Kept(cookies="a" * 64))
    assert [each.name for each in tmp_path.iterdir()] == ["web.json"]


def test_another_program_at_the_port_is_given_no_link(tmp_path: Path, shell: Shell) -> None:
    with serving(shell) as served:
        path = tmp_path / "web.json"
        stranger = Running(port=served.port, pid=1, tickets="b" * 64)
        running.write(path, Kept(cookies="a" * 64, running=stranger))
        assert running.found(path) is None
        mine = running.found(shell.home / "web.json")
        assert mine is not None
        assert mine.port == served.port


def test_a_server_that_is_gone_is_not_found(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    gone = Running(port=port, pid=1, tickets="b" * 64)
    running.write(tmp_path / "web.json", Kept(cookies="a" * 64, running=gone))
    assert running.found(tmp_path / "web.json") is None


def test_the_secrets_are_told_by_no_page(shell: Shell) -> None:
    with serving(shell) as served, httpx.Client(follow_redirects=True) as browser:
        pages = [browser.get(served.link), browser.get(f"{served.address}/nothing")]
        told = json.loads((shell.home / "web.json").read_text(encoding="utf-8"))
        for secret in (told["cookies"], told["running"]["tickets"]):
            assert not [page for page in pages if secret in page.text]
            assert secret not in str(browser.cookies)
            assert secret not in served.said
