"""A process that has loaded what takes long and runs one script after the other, each in a copy of
itself: as `python SCRIPT` would, sitecustomize included.

It reads one JSON object a line, {script, folder, environment, said}, says {pid}, begins when it
reads another line, and says {code} at the end. What the script prints goes to the file `said`.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import traceback
from typing import Any

LATER = ("botocore", "boto3", "sagemaker", "labs", "sitecustomize")  # the door comes before these


def main() -> None:
    import numpy
    import xgboost

    assert "numpy" in numpy.__name__
    assert "xgboost" in xgboost.__name__
    assert not [name for name in sys.modules if name.partition(".")[0] in LATER]
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
        __import__("sitecustomize")
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
