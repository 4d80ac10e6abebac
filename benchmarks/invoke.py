"""InvokeEndpoint over HTTP, one row of csv, 8 clients, beside an empty ASGI answer.

Budget: at least 0.10 of the empty answer's requests a second, by the same uvicorn with the same
settings in the same run; at most 0.6 ms of the server's CPU a request. The xgboost call that is at
the bottom of it, `Booster.inplace_predict`, stands beside it.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROUNDS, SECONDS, CLIENTS = 5, 1.5, 8
FEATURES = 30
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
MAY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:*", "logs:*", "ecr:*"], "Resource": "*"}],
}


async def empty(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
    """The least that an ASGI application can do: read the request, say nothing much."""
    while (await receive()).get("more_body"):
        pass
    headers = [(b"content-type", b"text/csv"), (b"content-length", b"8")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"0.512345"})


def serve_empty() -> None:
    """In a process of its own: serve `empty` as the cloud is served; say the port first."""
    from labs.cloud.server import _listening, serve

    listener = _listening("127.0.0.1", [0])
    print(listener.getsockname()[1], flush=True)
    serve(empty, listener)  # type: ignore[arg-type]


def model(rows: int = 2000) -> tuple[bytes, float]:
    """A trained model as model.tar.gz, and the milliseconds of one inplace_predict by it."""
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    import numpy as np
    import xgboost

    rng = np.random.default_rng(7)
    table = rng.normal(size=(rows, FEATURES))
    target = (table[:, 0] + table[:, 1] * table[:, 2] > 0).astype(float)
    settings = {"objective": "binary:logistic", "max_depth": 5, "nthread": 1}
    booster = xgboost.train(settings, xgboost.DMatrix(table, target), num_boost_round=100)
    times = []
    for row in table[:1000]:
        one = row.reshape(1, -1)
        start = time.perf_counter()
        booster.inplace_predict(one)
        times.append((time.perf_counter() - start) * 1000)
    saved, packed = bytes(booster.save_raw("ubj")), io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        entry = tarfile.TarInfo("xgboost-model")
        entry.size = len(saved)
        archive.addfile(entry, io.BytesIO(saved))
    return packed.getvalue(), statistics.median(times)


def deploy(url: str, archive: bytes) -> bytes:
    """Deploy the model by boto3; the request, as a client sends it, for one row."""
    import boto3

    session = boto3.Session("OFFLINE", "OFFLINE", region_name="us-east-1")
    s3 = session.client("s3", endpoint_url=url)
    iam = session.client("iam", endpoint_url=url)
    sagemaker = session.client("sagemaker", endpoint_url=url)
    runtime = session.client("sagemaker-runtime", endpoint_url=url)
    s3.create_bucket(Bucket="benchmark")
    s3.put_object(Bucket="benchmark", Key="model.tar.gz", Body=archive)
    role = iam.create_role(RoleName="benchmark", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.put_role_policy(RoleName="benchmark", PolicyName="may", PolicyDocument=json.dumps(MAY))
    sagemaker.create_model(
        ModelName="benchmark",
        ExecutionRoleArn=role["Role"]["Arn"],
        PrimaryContainer={"Image": IMAGE, "ModelDataUrl": "s3://benchmark/model.tar.gz"},
    )
    variant: Any = {
        "VariantName": "only",
        "ModelName": "benchmark",
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
    }
    sagemaker.create_endpoint_config(EndpointConfigName="benchmark", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="benchmark", EndpointConfigName="benchmark")
    while (state := sagemaker.describe_endpoint(EndpointName="benchmark"))[
        "EndpointStatus"
    ] == "Creating":
        time.sleep(0.1)
    assert state["EndpointStatus"] == "InService", state.get("FailureReason")
    sent: list[Any] = []
    runtime.meta.events.register("before-send", lambda request, **_: sent.append(request))
    row = ",".join(f"{n / FEATURES:.3f}" for n in range(FEATURES)).encode()
    runtime.invoke_endpoint(EndpointName="benchmark", ContentType="text/csv", Body=row)
    head = "".join(
        f"{name}: {value.decode() if isinstance(value, bytes) else value}\r\n"
        for name, value in sent[0].headers.items()
    )
    host = url.removeprefix("http://")
    first = f"POST /endpoints/benchmark/invocations HTTP/1.1\r\nHost: {host}\r\n{head}\r\n"
    return first.encode() + row


async def load(port: int, request: bytes) -> int:
    """Requests that CLIENTS clients get answered in SECONDS, each one after the other."""
    end, answered = time.monotonic() + SECONDS, 0

    async def client() -> None:
        nonlocal answered
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.monotonic() < end:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            await reader.readexactly(length)
            answered += 1
        writer.close()

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return answered


def cpu_seconds(pid: int) -> float:
    """CPU that a process has used (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    from labs.cloud import service

    archive, predict_ms = model()
    with tempfile.TemporaryDirectory() as name:
        cloud = service.start(Path(name) / "cloud", port=0).running
        bare = subprocess.Popen([sys.executable, __file__, "empty"], stdout=subprocess.PIPE)
        try:
            request = deploy(cloud.url, archive)
            assert bare.stdout is not None
            ports = {
                "empty": int(bare.stdout.readline()),
                "invoke": int(cloud.url.rpartition(":")[2]),
            }
            pids = {"empty": bare.pid, "invoke": cloud.pid}
            rates: dict[str, list[float]] = {"empty": [], "invoke": []}
            cpu: dict[str, list[float]] = {"empty": [], "invoke": []}
            for _ in range(ROUNDS):  # interleaved: both meet the same noise
                for kind, port in ports.items():
                    before = cpu_seconds(pids[kind])
                    answered = asyncio.run(load(port, request))
                    cpu[kind].append((cpu_seconds(pids[kind]) - before) / answered * 1000)
                    rates[kind].append(answered / SECONDS)
        finally:
            bare.terminate()
            bare.wait()
            service.stop(Path(name) / "cloud")
    for kind in rates:
        rate, spent = statistics.median(rates[kind]), statistics.median(cpu[kind])
        print(f"{kind:8} {rate:7.0f} requests/s, {spent:.3f} ms of CPU a request")
    print(f"inplace_predict alone {predict_ms:.3f} ms")
    ratio = statistics.median(rates["invoke"]) / statistics.median(rates["empty"])
    print(f"ratio {ratio:.2f}, budget 0.10; CPU budget 0.6 ms")


if __name__ == "__main__":
    serve_empty() if sys.argv[1:] == ["empty"] else main()
