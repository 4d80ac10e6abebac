"""A process that has loaded what takes long and runs one script after the other, each in a copy of
itself: as `python SCRIPT` would, sitecustomize included.

It reads one JSON object a line, {script, folder, environment, said}, says {pid}, begins when it
reads another line, and says {code} at the end. What the script prints goes to the file `said`.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import sys
import traceback
from typing import Any

SERVICES = ("logs", "s3", "sagemaker", "sagemaker-runtime", "scheduler", "sts")
LOADED = (
    "xgboost",
    "boto3",
    "sagemaker.train",
    "sagemaker.train.tuner",
    "sagemaker.core.resources",
)


def main() -> None:
    runpy.run_path(sys.argv[1])  # quick/sitecustomize.py: some keep time.sleep as they find it
    for name in LOADED:
        importlib.import_module(name)
    read_models_once()
    gc.freeze()
    for line in sys.stdin:
        told = json.loads(line)
        ready, go = os.pipe()
        pid = os.fork()
        if not pid:
            os.close(go)
            os.read(ready, 1)
            _become(told)
        os.close(ready)
        print(json.dumps({"pid": pid}), flush=True)
        sys.stdin.readline()
        os.write(go, b"!")
        os.close(go)
        _, status = os.waitpid(pid, 0)
        print(json.dumps({"code": os.waitstatus_to_exitcode(status)}), flush=True)


def read_models_once() -> None:
    """Let all sessions of this process have one memory of what botocore knows of the services."""
    import botocore.loaders
    import botocore.session

    loader = botocore.loaders.create_loader()
    botocore.loaders.create_loader = lambda *_: loader
    session = botocore.session.Session()
    session.set_credentials("nobody", "nobody")
    for service in SERVICES:
        session.create_client(service, region_name="us-east-1")


def _become(told: dict[str, Any]) -> None:
    """Be the process of that script, to its end."""
    code = 1
    try:
        nothing = os.open(os.devnull, os.O_RDONLY)
        said = os.open(told["said"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        for number, handle in enumerate((nothing, said, said)):
            os.dup2(handle, number)
        sys.stdout = open(1, "w", closefd=False, buffering=1)  # noqa: SIM115 - for good
        sys.stderr = open(2, "w", closefd=False, buffering=1)  # noqa: SIM115
        os.environ.clear()
        os.environ.update(told["environment"])
        os.chdir(told["folder"])
        sys.argv = [told["script"]]
        path = told["environment"]["PYTHONPATH"].split(os.pathsep)
        sys.path[:0] = [told["folder"], *path]
        sys.path_importer_cache.clear()
        importlib.import_module("sitecustomize")
        importlib.reload(sys.modules["botocore.session"])  # the door is hung in as it is loaded
        runpy.run_path(told["script"], run_name="__main__")
        code = 0
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else 1 if left.code else 0
        if not isinstance(left.code, int | None):
            print(left.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
