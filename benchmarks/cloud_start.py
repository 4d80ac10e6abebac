"""`quizengine cloud start`, from the command to the first answer, beside importing moto alone.

Budget: 1 s on a quiet machine, empty and with what a lab leaves behind.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 5


def seconds(command: list[str], home: str) -> float:
    start = time.perf_counter()
    environ = {**os.environ, "QUIZENGINE_HOME": home}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environ)
    return time.perf_counter() - start


def furnish(url: str) -> None:
    """About what a lab leaves behind: a bucket, a hundred objects, a role."""
    import boto3

    session = boto3.Session("OFFLINE", "OFFLINE", region_name="us-east-1")
    s3 = session.client("s3", endpoint_url=url)
    s3.create_bucket(Bucket="benchmark")
    for n in range(100):
        s3.put_object(Bucket="benchmark", Key=f"data/{n}", Body=os.urandom(20_000))
    iam = session.client("iam", endpoint_url=url)
    iam.create_role(RoleName="benchmark", AssumeRolePolicyDocument='{"Version": "2012-10-17"}')


def main() -> None:
    from labs.cloud import service

    program = str(Path(sys.executable).parent / "quizengine")
    start = [program, "cloud", "start", "--port", "0"]
    commands = {
        "importing moto": [sys.executable, "-c", "import moto.server"],
        "quizengine settings": [program, "settings"],
        "empty": start,
        "with a lab's calls": start,
    }
    best = dict.fromkeys(commands, float("inf"))
    with tempfile.TemporaryDirectory() as new, tempfile.TemporaryDirectory() as used:
        furnish(service.start(Path(used) / "cloud", port=0).running.url)
        service.stop(Path(used) / "cloud")
        for _ in range(ROUNDS):  # interleaved: all meet the same noise
            for name, command in commands.items():
                home = used if name == "with a lab's calls" else new
                best[name] = min(best[name], seconds(command, home))
                service.stop(Path(home) / "cloud")
    for name, found in best.items():
        print(f"{name:20} {found * 1000:7.0f} ms (least of {ROUNDS})")
    slowest = max(best["empty"], best["with a lab's calls"])
    print(f"ratio {slowest / best['importing moto']:.2f}, budget 1000 ms")


if __name__ == "__main__":
    main()
