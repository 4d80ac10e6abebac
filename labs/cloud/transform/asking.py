"""How a transform job asks its model: what CreateTransformJob says of requests and answers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labs.cloud import inputs
from labs.cloud.inputs import Channel
from labs.cloud.ports import Answer
from labs.cloud.refusals import Refused, invalid, not_offered
from labs.cloud.transform.jsonpath import BadPath, Path
from labs.cloud.transform.processing import TYPES, Processing, kind_of

MOST_MIB = 100  # of MaxPayloadInMB, times MaxConcurrentTransforms
_PAYLOAD_MIB, _AT_ONCE, _RETRIES, _TIMEOUT_S = 6, 1, 3, 600.0  # where the request says nothing
_STRATEGIES = {True: "SINGLE_RECORD", False: "MULTI_RECORD"}


@dataclass(frozen=True)
class Asking:
    """`single`: one record a request. `at_once` requests are under way together."""

    content_type: str | None
    accept: str | None
    split_type: str
    assemble_with: str
    gzipped: bool
    single: bool
    most_mib: int
    at_once: int
    retries: int
    timeout_s: float
    environment: Mapping[str, str]  # beside the model's own
    processing: Processing | None  # None: bytes are passed on as they are

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> Asking:
        """What a CreateTransformJob with its defaults says. Raises Refused."""
        data, output = request["TransformInput"], request["TransformOutput"]
        client = request.get("ModelClientConfig") or {}
        most, at_once = _sizes(request)
        single = request.get("BatchStrategy") == "SingleRecord"
        batch = {
            "SAGEMAKER_BATCH": "true",
            "SAGEMAKER_BATCH_STRATEGY": _STRATEGIES[single],
            "SAGEMAKER_MAX_PAYLOAD_IN_MB": str(most),
            "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": str(at_once),
        }
        return cls(
            content_type=data.get("ContentType"),
            accept=output.get("Accept"),
            split_type=data["SplitType"],
            assemble_with=output["AssembleWith"],
            gzipped=data["CompressionType"] == "Gzip",
            single=single,
            most_mib=most,
            at_once=at_once,
            retries=client.get("InvocationsMaxRetries", _RETRIES),
            timeout_s=client.get("InvocationsTimeoutInSeconds", _TIMEOUT_S),
            environment={**(request.get("Environment") or {}), **batch},
            processing=_processing(request),
        )

    def sent(self, record: bytes) -> bytes:
        """What the model gets of a record. Raises BadRecords."""
        return record if self.processing is None else self.processing.sent(record)

    def written(self, records: bytes, answer: Answer) -> bytes:
        """What is written of a request's records and its answer. Raises BadRecords."""
        if self.processing is None:
            return answer.body
        return self.processing.written(records, answer.body, answer.content_type)

    def __str__(self) -> str:
        """As the data log begins."""
        return (
            f"MaxConcurrentTransforms={self.at_once}, MaxPayloadInMB={self.most_mib}, "
            f"BatchStrategy={_STRATEGIES[self.single]}"
        )


def channel(request: Mapping[str, Any]) -> Channel:
    """A transform job's input, as a training job would have it."""
    data = request["TransformInput"]
    given = {"ChannelName": "input", "DataSource": data["DataSource"]}
    specification = {"TrainingInputMode": "File"}
    training = {"AlgorithmSpecification": specification, "InputDataConfig": [given]}
    return next(iter(inputs.channels(training)))


def instance(arn: str) -> str:
    """The id of the instance that a job runs on."""
    return f"i-{hashlib.sha256(arn.encode()).hexdigest()[:17]}"


def _sizes(request: Mapping[str, Any]) -> tuple[int, int]:
    """MaxPayloadInMB and MaxConcurrentTransforms."""
    most = request.get("MaxPayloadInMB", _PAYLOAD_MIB)
    at_once = request.get("MaxConcurrentTransforms") or _AT_ONCE
    if most == 0:
        raise not_offered("CreateTransformJob with MaxPayloadInMB 0 (chunked transfer)")
    if most > MOST_MIB:
        raise invalid(f"MaxPayloadInMB is {most}, and cannot be greater than {MOST_MIB} MB.")
    if most * at_once > MOST_MIB:
        raise invalid(
            f"MaxConcurrentTransforms * MaxPayloadInMB is {at_once} * {most} = {at_once * most}, "
            f"and cannot exceed {MOST_MIB} MB."
        )
    return most, at_once


def _processing(request: Mapping[str, Any]) -> Processing | None:
    """None if it changes nothing."""
    told = request["DataProcessing"]
    chosen, kept = (_path(name, told[name]) for name in ("InputFilter", "OutputFilter"))
    joins = told["JoinSource"] == "Input"
    if not joins and chosen.is_all and kept.is_all:
        return None
    data, output = request["TransformInput"], request["TransformOutput"]
    if data["SplitType"] == "RecordIO":
        raise _unreadable("SplitType RecordIO")
    kind = kind_of(data.get("ContentType"))
    if kind is None:
        raise _unreadable(f"ContentType {data.get('ContentType')}")
    accept = output.get("Accept")
    if accept is not None and kind_of(accept) is None:
        raise _unreadable(f"Accept {accept}")
    if accept is not None and (kind_of(accept) == "csv") != (kind == "csv"):
        raise invalid(
            f"DataProcessing cannot join ContentType {data['ContentType']} with Accept {accept}: "
            "both have to be csv, or both JSON."
        )
    if kind == "json" and data["SplitType"] == "Line":
        kind = "lines"
    return Processing(kind, chosen, kept, joins)


def _path(name: str, text: str) -> Path:
    try:
        return Path.read(text)
    except BadPath as error:
        raise invalid(f"Invalid {name} in DataProcessing: {error}") from None


def _unreadable(what: str) -> Refused:
    return invalid(f"DataProcessing reads {', '.join(TYPES)} alone, and not {what}.")
