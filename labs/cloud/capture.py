"""Data capture: requests and answers of an endpoint, as JSON Lines in S3.

Source: Amazon SageMaker's documentation, "Capture data from real-time endpoint" (read 2026-11).
Captured in memory, so that InvokeEndpoint does not wait; `hand_on` puts it into S3.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from labs.cloud.acting import Denied
from labs.cloud.inputs import Location
from labs.cloud.ports import Answer, NoSuchBucket, Services

FLUSH_S = 1.0  # seconds after which what was captured goes to S3 at the latest
MOST_BYTES = 64 << 20  # captured and not in S3 yet; beyond that capturing stops, as on a full disk


@dataclass(frozen=True)
class Invoked:
    """One invocation, as far as it is captured."""

    at: datetime
    body: bytes
    content_type: str | None
    answer: Answer
    inference_id: str | None


@dataclass(frozen=True)
class Terms:
    """A DataCaptureConfig that is switched on."""

    percentage: int
    destination: Location
    kms_key: str | None
    has_input: bool
    has_output: bool
    csv: frozenset[str]
    json: frozenset[str]

    @classmethod
    def of(cls, config: Mapping[str, Any] | None) -> Terms | None:
        """None if nothing is to be captured."""
        if not config or not config.get("EnableCapture", True):
            return None
        modes = {each["CaptureMode"] for each in config["CaptureOptions"]}
        headers = config.get("CaptureContentTypeHeader") or {}
        return cls(
            config["InitialSamplingPercentage"],
            Location.at(config["DestinationS3Uri"]),
            config.get("KmsKeyId") or None,
            bool(modes & {"Input", "InputAndOutput"}),
            bool(modes & {"Output", "InputAndOutput"}),
            _kinds(headers.get("CsvContentTypes")),
            _kinds(headers.get("JsonContentTypes")),
        )

    def line(self, invoked: Invoked, event_id: str) -> str:
        """The record of one invocation, a line of JSON."""
        data: dict[str, Any] = {}
        if self.has_input:
            data["endpointInput"] = self._part("INPUT", invoked.content_type, invoked.body)
        if self.has_output:
            answer = invoked.answer
            data["endpointOutput"] = self._part("OUTPUT", answer.content_type, answer.body)
        metadata = {"eventId": event_id}
        if invoked.inference_id is not None:
            metadata["inferenceId"] = invoked.inference_id
        metadata["inferenceTime"] = invoked.at.strftime("%Y-%m-%dT%H:%M:%SZ")
        record = {"captureData": data, "eventMetadata": metadata, "eventVersion": "0"}
        return json.dumps(record, separators=(",", ":")) + "\n"

    def _part(self, mode: str, content_type: str | None, body: bytes) -> dict[str, str]:
        encoding, data = self._encoded(content_type, body)
        told = {} if content_type is None else {"observedContentType": content_type}
        return told | {"mode": mode, "data": data, "encoding": encoding}

    def _encoded(self, content_type: str | None, body: bytes) -> tuple[str, str]:
        """As text where the configuration names the type, else in base64."""
        kind = _kind(content_type or "")
        encoding = "CSV" if kind in self.csv else "JSON" if kind in self.json else None
        if encoding is not None:
            try:
                return encoding, body.decode()
            except UnicodeDecodeError:
                pass
        return "BASE64", base64.b64encode(body).decode()


class Capture:
    """What was captured of one endpoint and is not in S3 yet. Any thread may call it.

    `new_id` makes ids that nothing else has; `begin_soon` sees to it that `hand_on` is called
    within FLUSH_S seconds.
    """

    def __init__(
        self, endpoint: str, new_id: Callable[[], str], begin_soon: Callable[[], None]
    ) -> None:
        self._endpoint, self._new_id, self._begin_soon = endpoint, new_id, begin_soon
        self._lock = threading.Lock()
        self._pending: list[tuple[Terms, str, Invoked]] = []
        self._size = 0

    def take(self, terms: Terms, variant: str, invoked: Invoked) -> bool:
        """Capture an invocation; False if there is no more room."""
        with self._lock:
            size = len(invoked.body) + len(invoked.answer.body)
            if self._size + size > MOST_BYTES:
                return False
            is_first = not self._pending
            self._pending.append((terms, variant, invoked))
            self._size += size
        if is_first:
            self._begin_soon()
        return True

    def hand_on(self, services: Services) -> list[tuple[str, str, bytes, str | None]]:
        """Put it all into S3, a file for each variant and hour: bucket, key, body and KMS key of
        each. What has no bucket, or may not be written there, is lost."""
        with self._lock:
            pending, self._pending = self._pending, []
            self._size = 0
        files: dict[tuple[Terms, str, datetime], list[Invoked]] = {}
        for terms, variant, invoked in pending:
            hour = invoked.at.replace(minute=0, second=0, microsecond=0)
            files.setdefault((terms, variant, hour), []).append(invoked)
        written = []
        for (terms, variant, _), several in files.items():
            first = several[0].at
            name = f"{first:%Y/%m/%d/%H/%M-%S}-{first.microsecond // 1000:03d}-{self._new_id()}"
            target = terms.destination / self._endpoint / variant / f"{name}.jsonl"
            body = "".join(terms.line(each, self._new_id()) for each in several).encode()
            file = (target.bucket, target.key, body, terms.kms_key)
            try:
                services.write(*file)
            except (NoSuchBucket, Denied):
                continue
            written.append(file)
        return written


def _kinds(listed: list[str] | None) -> frozenset[str]:
    return frozenset(map(_kind, listed or ()))


def _kind(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()
