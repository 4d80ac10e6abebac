"""The serving process: the learner's script loads its model here, and answers here."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any

from labs.cloud.algorithms import waiting
from labs.cloud.algorithms.sklearn import frames, requirements, script
from labs.cloud.algorithms.sklearn.errors import ContainerError, without_us
from labs.cloud.algorithms.sklearn.script import Script


def run(folder: Path, environment: Mapping[str, str]) -> int:
    """Answer from the model in `folder`, an unpacked model.tar.gz, until nobody asks any more.

    Requests come on standard input, answers leave by what was standard output; what the script
    prints goes to standard error. First of all, one frame says whether the model is loaded.
    """
    asked, told = _pipes()
    requests: SimpleQueue[tuple[dict[str, Any], bytes]] = SimpleQueue()
    threading.Thread(target=_listen, args=(asked, requests), daemon=True).start()
    loaded = _loaded(folder, environment)
    if isinstance(loaded, str):
        frames.send(told, {"is_loaded": False}, loaded.encode(errors="replace"))
        return 1
    frames.send(told, {"is_loaded": True})
    while True:
        head, body = requests.get()
        answer = loaded.answer(body, head.get("content_type"), head.get("accept"))
        if answer.status >= 500:
            print(answer.body.decode(errors="replace"), file=sys.stderr)
        about = {"status": answer.status, "content_type": answer.content_type}
        frames.send(told, about, answer.body)


def _listen(asked: IO[bytes], requests: SimpleQueue[tuple[dict[str, Any], bytes]]) -> None:
    """Pass requests on; whatever the script is at, this ends when nobody waits any more."""
    with contextlib.suppress(frames.BadFrame):
        while True:
            requests.put(frames.receive(asked))
    os._exit(0)


def _loaded(folder: Path, environment: Mapping[str, str]) -> Script | str:
    """The script with its model, or why there is none."""
    try:
        importlib.import_module("numpy")  # or the first request would wait for it
        for place in (folder, folder / "code"):
            requirements.check(place, print)
        return script.load(folder, environment)
    except ContainerError as error:
        return str(error)
    except BaseException as error:  # SystemExit as well: nothing ends this without a word
        told = "".join(traceback.format_exception(without_us(error))).strip()
        print(told, file=sys.stderr)
        return told


def _pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Both ends for frames alone; the script has an empty input, and prints to standard error."""
    asked, told = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    waiting.read_nothing()
    os.dup2(2, 1)
    return asked, told
