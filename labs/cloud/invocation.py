"""InvokeEndpoint: one call from a request's bytes to an answer's, without moto."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labs.cloud.endpoint import Variant
from labs.cloud.ports import Answer, Host, Model, Region
from labs.cloud.refusals import NOT_OFFERED, not_offered_text
from labs.cloud.traffic import Traffic

LARGEST_BODY = 6_291_456  # bytes: the API model of sagemaker-runtime, 2026-11
_NOT_OFFERED = {
    "x-amzn-sagemaker-target-model": "TargetModel",
    "x-amzn-sagemaker-target-container-hostname": "TargetContainerHostname",
    "x-amzn-sagemaker-enable-explanations": "EnableExplanations",
    "x-amzn-sagemaker-inference-component": "InferenceComponentName",
    "x-amzn-sagemaker-session-id": "SessionId",
}


@dataclass(frozen=True)
class Invocation:
    """The HTTP answer to InvokeEndpoint: also a refusal or a model's error is one."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Served:
    """A variant with its model, which is loaded when it is first asked."""

    def __init__(self, variant: Variant, archive: bytes, host: Host, traffic: Traffic) -> None:
        self.variant, self.archive, self.traffic = variant, archive, traffic
        self._host = host
        self._model: Model | None = None
        self._loading = threading.Lock()

    def with_(self, variant: Variant) -> Served:
        """The same model at another weight or count."""
        served = Served(variant, self.archive, self._host, self.traffic)
        served._model = self._model
        return served

    def model(self) -> Model:
        """Raises BadArchive or BadModel."""
        if self._model is None:
            with self._loading:
                if self._model is None:
                    self._model = self._host.load(self.archive, self.variant.environment)
        return self._model


class Deployment:
    """All variants of an endpoint that serve together."""

    def __init__(self, region: Region, endpoint: str, served: Sequence[Served]) -> None:
        self.served = tuple(served)
        self._region, self._endpoint = region, endpoint
        self._now, self._ticks = region.world.now, region.world.ticks
        self._chance = region.world.chance
        self._by_name = {each.variant.name: each for each in served}
        self._drawn = tuple(each for each in served if each.variant.weight > 0) or self.served
        self._total = sum(each.variant.weight for each in served)

    def load(self) -> None:
        """Load the models that are not loaded, so that no invocation waits for them."""
        for served in self.served:
            try:
                served.model()
            except Exception as error:  # every invocation will say so
                served.traffic.say(self._now(), f"The model cannot be loaded: {error}")

    def invoke(
        self,
        body: bytes,
        content_type: str | None,
        accept: str | None,
        target_variant: str | None,
        headers: Mapping[str, str],
    ) -> Invocation:
        """Answer from one of the variants. `headers` are in lower case."""
        begun = self._ticks()
        if len(body) > LARGEST_BODY:
            return refusal(413, None, f"HTTP content length exceeded {LARGEST_BODY} bytes.")
        for header in headers:
            if header in _NOT_OFFERED:
                what = f"InvokeEndpoint with {_NOT_OFFERED[header]}"
                return refusal(501, NOT_OFFERED, not_offered_text(what))
        served = self._chosen(target_variant)
        if served is None:
            message = (
                f"Variant {target_variant} of endpoint {self._endpoint} of account "
                f"{self._region.account} not found."
            )
            return refusal(400, "ValidationError", message)
        asked = self._ticks()
        answer = self._answer(served, body, content_type, accept)
        answered = self._ticks()
        model_us = (answered - asked) / 1000
        served.traffic.count(
            self._now(),
            answer.status,
            len(answer.body),
            served.variant.count,
            model_us,
            max(0.0, (self._ticks() - begun) / 1000 - model_us),
        )
        if answer.status >= 300:
            return self._model_error(served, answer)
        return Invocation(
            200,
            (
                ("content-type", answer.content_type),
                ("x-amzn-invoked-production-variant", served.variant.name),
            ),
            answer.body,
        )

    def _chosen(self, target: str | None) -> Served | None:
        """The variant asked for, or one by weight; without weights, the first."""
        if target is not None:
            return self._by_name.get(target)
        if len(self._drawn) == 1:
            return self._drawn[0]
        left = self._chance() * self._total
        for served in self._drawn:
            left -= served.variant.weight
            if left < 0:
                return served
        return self._drawn[-1]

    def _answer(
        self, served: Served, body: bytes, content_type: str | None, accept: str | None
    ) -> Answer:
        try:
            return served.model().answer(body, content_type, accept)
        except Exception as error:  # a container that breaks answers 500, and its server goes on
            served.traffic.say(self._now(), f"Exception on /invocations [POST]: {error!r}")
            return _Broken(500, "text/plain", str(error).encode())

    def _model_error(self, served: Served, answer: Answer) -> Invocation:
        said = answer.body.decode(errors="replace")
        region, account, group = self._region.name, self._region.account, served.traffic.group
        kind = "client" if answer.status < 500 else "server"
        what = f'with message "{said}"' if said else "and could not load the entire response body"
        served.traffic.say(self._now(), said or f"status {answer.status}")
        message = (
            f"Received {kind} error ({answer.status}) from primary {what}. See "
            f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}"
            f"#logEventViewer:group={group} in account {account} for more information."
        )
        return refusal(
            424,
            "ModelError",
            message,
            OriginalStatusCode=answer.status,
            OriginalMessage=said,
            LogStreamArn=f"arn:{self._region.partition}:logs:{region}:{account}:log-group:{group}",
        )


@dataclass(frozen=True)
class _Broken:
    status: int
    content_type: str
    body: bytes


def not_found(account: str, endpoint: str) -> Invocation:
    """No such endpoint, or none that serves yet: AWS says the same of both."""
    message = f"Endpoint {endpoint} of account {account} not found."
    return refusal(400, "ValidationError", message)


def refusal(status: int, code: str | None, message: str, **more: object) -> Invocation:
    """An error that clients of sagemaker-runtime can read; without a code it is the status."""
    kind = () if code is None else (("x-amzn-errortype", code),)
    body = json.dumps({"Message": message, **more}).encode()
    return Invocation(status, (("content-type", "application/json"), *kind), body)
