"""The server for browsers: saves beside the disk, a question's page, the start, nothing lost.

Budgets: a save by one client in 1.5 times the disk's fdatasync and 1 ms, beside an empty answer; a
page of a question in 10 ms with a bank of 10,000; a start within 3 times that of a bare uvicorn; no
acknowledged answer lost when the server is killed under load. How near one client comes to the
disk's own rate is told, and how near any server on uvicorn could: one that does nothing but flush,
asked by a bare socket. Set TMPDIR to a folder on the disk you mean. With an argument, so many
rounds of killing (20, unless it is said).
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from benchmarks.form import COUNT, copied
from quizengine.storage.compiled import open_bank
from quizengine.storage.sqlite import SqliteStore
from quizengine.study import Study
from quizengine.web.door import Door, ticket
from quizengine.wiring import SystemClock, questions_root

SAVES = 300
PAGES = 130
CLIENTS = 8
KILLS = 20
TICKETS, COOKIES = "a" * 64, "b" * 64
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
JSON = {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}
BARE = """
import sys, uvicorn
async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})
uvicorn.run(app, port=int(sys.argv[1]), http="h11", ws="none", lifespan="off", log_level="error")
"""


# The server, as a process of its own


def serve(port: int, home: Path, bank: Path, cache: Path) -> None:
    """The product's server, without its limits on how often."""
    from quizengine.web.app import build
    from quizengine.web.desk import Desk
    from quizengine.web.limits import Limits
    from quizengine.web.server import listen

    @contextlib.contextmanager
    def opened() -> Iterator[Study]:
        with (
            contextlib.closing(open_bank(bank, cache)) as questions,
            contextlib.closing(SqliteStore(home / "record.sqlite")) as store,
        ):
            yield Study(
                questions,
                store,
                SystemClock(),
                new_id=lambda: str(uuid.uuid4()),
                new_seed=lambda: random.randrange(2**32),
            )

    import uvicorn

    with listen(port) as bound, Desk(opened) as desk:
        limits = Limits(burst=10**9, rate=1e9)
        app = build(desk, Door(TICKETS, COOKIES), SystemClock().now, limits)
        config = uvicorn.Config(
            app, http="h11", ws="none", lifespan="off", log_config=None, access_log=False
        )
        uvicorn.Server(config).run(sockets=[bound])


class Client:
    """One browser, on a connection that is kept."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        name, value = Door(TICKETS, COOKIES).cookie(str(port))
        self.cookie = {"Cookie": f"{name}={value}"}

    def ask(
        self, method: str, path: str, body: str | None = None, **headers: str
    ) -> tuple[str, str]:
        """(where it leads, what it says)."""
        self.connection.request(method, path, body, self.cookie | headers)
        answer = self.connection.getresponse()
        return answer.getheader("location", ""), answer.read().decode()

    def start(self) -> str:
        """The path of the window of a new attempt."""
        leads, _ = self.ask("POST", "/exam/mls-c01", "extra=untimed", **FORM)
        return leads.rpartition("/")[0]

    def save(self, window: str, revision: int, text: str) -> str:
        change = {"kind": "note", "text": text}
        number = 1 + revision % 65
        body = json.dumps({"revision": revision, "number": number, "change": change})
        return str(json.loads(self.ask("POST", f"{window}/save", body, **JSON)[1])["state"])


@contextlib.contextmanager
def started(port: int, *where: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "benchmarks.web", "serve", str(port), *map(str, where)]
    process = subprocess.Popen(command)
    try:
        wait_for(port)
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(port: int) -> None:
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/alive")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.005)
        finally:
            connection.close()


# What is measured


@contextlib.contextmanager
def bare(port: int) -> Iterator[None]:
    """uvicorn with an application that does nothing."""
    process = subprocess.Popen([sys.executable, "-c", BARE, str(port)])
    try:
        wait_for(port)
        yield
    finally:
        process.kill()
        process.wait()


def saves(client: Client, folder: Path) -> None:
    sync = getattr(os, "fdatasync", os.fsync)
    window = client.start()
    handle = os.open(folder / "plain", os.O_CREAT | os.O_WRONLY)
    disk, save, empty, nothing = [], [], [], []
    with bare(8795), socket.create_connection(("127.0.0.1", 8795)) as wire:
        for revision in range(1, SAVES + 1):  # interleaved: all meet the same noise
            begin = time.perf_counter()
            os.pwrite(handle, os.urandom(4096), revision * 4096)
            sync(handle)
            disk.append(time.perf_counter() - begin)
            begin = time.perf_counter()
            assert client.save(window, revision, f"note {revision}") == "saved"
            save.append(time.perf_counter() - begin)
            begin = time.perf_counter()
            client.ask("GET", "/alive")
            empty.append(time.perf_counter() - begin)
            begin = time.perf_counter()
            wire.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert wire.recv(4096).endswith(b"\r\n\r\n")
            nothing.append(time.perf_counter() - begin)
    os.close(handle)
    disk_ms, save_ms, empty_ms, nothing_ms = (
        1000 * statistics.median(each) for each in (disk, save, empty, nothing)
    )
    print(f"4 KiB and fdatasync {disk_ms:6.2f} ms (median of {SAVES})")
    print(f"an empty answer     {empty_ms:6.2f} ms")
    budget = empty_ms + 1.5 * disk_ms + 1
    print(f"a save              {save_ms:6.2f} ms, budget {budget:.2f}; ", end="")
    print(f"{disk_ms / save_ms:.2f} of the disk's rate")
    print(f"any server here     {disk_ms / (disk_ms + nothing_ms):6.2f} of that rate at the most")


def pages(client: Client) -> None:
    window = client.start()
    found = []
    for n in range(PAGES):
        begin = time.perf_counter()
        _, said = client.ask("GET", f"{window}/{1 + n % 65}")
        found.append(time.perf_counter() - begin)
        assert re.search("<title>Question ", said)
    first, again = found[:65], found[65:]
    print(f"a page, first time  {1000 * statistics.median(first):6.2f} ms, budget 10 (writes)")
    print(f"a page, again       {1000 * statistics.median(again):6.2f} ms")


def start_up(folder: Path, *where: Path) -> None:
    uvicorns, ours = [], []
    for n in range(5):
        begin = time.perf_counter()
        with bare(8790 + n):
            uvicorns.append(time.perf_counter() - begin)
        begin = time.perf_counter()
        with started(8780 + n, folder / f"home-{n}", *where):
            ours.append(time.perf_counter() - begin)
    bare_s, ours_s = min(uvicorns), min(ours)
    print(f"bare uvicorn starts in {bare_s:.2f} s, ours in {ours_s:.2f} s: ", end="")
    print(f"{ours_s / bare_s:.1f} x, budget 3")


def kills(rounds: int, folder: Path, *where: Path) -> None:
    """Kill the server while CLIENTS save; then look for every answer that was acknowledged."""
    acknowledged: dict[str, dict[int, str]] = {}
    sent = 0

    def load(port: int, windows: list[str]) -> None:
        client, window = Client(port), ""
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
            window = client.start()
            windows.append(window)
            mine = acknowledged.setdefault(window, {})
            for revision in range(1, 10_000):
                text = f"{revision}"
                if client.save(window, revision, text) == "saved":
                    mine[1 + revision % 65] = text

    for n in range(rounds):
        windows: list[str] = []
        with started(8800 + n, folder, *where) as process:
            args = (8800 + n, windows)
            threads = [threading.Thread(target=load, args=args) for _ in range(CLIENTS)]
            for thread in threads:
                thread.start()
            time.sleep(random.uniform(0.3, 1.5))
            process.kill()
            for thread in threads:
                thread.join()
    sent = sum(len(mine) for mine in acknowledged.values())
    lost = 0
    with contextlib.closing(SqliteStore(folder / "record.sqlite")) as store:
        assert store.problems() == []
        notes: dict[tuple[str, str], int] = {}
        for event in store.of_kind("noted"):
            key = (event.attempt, str(event.question))
            notes[key] = max(notes.get(key, 0), int(event.payload["text"]))
        forms = {
            str(event.attempt): event.payload["form"]["places"]
            for event in store.of_kind("started")
        }
    for window, mine in acknowledged.items():
        attempt = window.split("/")[2]
        for number, text in mine.items():
            question = forms[attempt][number - 1]["question"]
            lost += notes.get((attempt, question), 0) < int(text)
    print(
        f"killed {rounds} times under {CLIENTS} clients: {lost} of {sent} acknowledged answers lost"
    )


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bank, cache = folder / "questions", folder / "cache"
        print(f"copying and compiling {COUNT:,} questions ...", flush=True)
        copied(questions_root(), bank)
        open_bank(bank, cache).close()
        with started(8779, folder / "home", bank, cache):
            client = Client(8779)
            client.ask("GET", f"/?token={ticket(TICKETS)}")
            saves(client, folder)
            pages(client)
        start_up(folder, bank, cache)
        kills(rounds, folder / "killed", bank, cache)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        port, *paths = sys.argv[2:]
        serve(int(port), *map(Path, paths))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else KILLS)
