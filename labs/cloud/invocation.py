"""InvokeEndpoint: one call from a request's bytes to an answer's, without moto."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from labs.cloud.capture import Invoked
from labs.cloud.container import PRIMARY
from labs.cloud.multimodel import TARGET_MODEL
from labs.cloud.pipeline import Failed
from labs.cloud.ports import Answer, Region
from labs.cloud.refusals import NOT_OFFERED, Refused, not_offered_text
from labs.cloud.served import TARGET_CONTAINER, Served
from labs.cloud.serverless import LARGEST_BODY as LARGEST_SERVERLESS_BODY
from labs.cloud.shadow import Asked, Shadow, share_of

LARGEST_BODY = 6_291_456  # bytes: the API model of sagemaker-runtime, 2026-11
INFERENCE_ID = "x-amzn-sagemaker-inference-id"
_NOT_OFFERED = {
    "x-amzn-sagemaker-enable-explanations": "EnableExplanations",
    "x-amzn-sagemaker-inference-component": "InferenceComponentName",
    "x-amzn-sagemaker-session-id": "SessionId",
    "x-amzn-sagemaker-prefix-aware-id": "PrefixAwareId",
}
_SPECIAL = frozenset({TARGET_MODEL, TARGET_CONTAINER, *_NOT_OFFERED})
Captured = Callable[[Served, Invoked], None]


@dataclass(frozen=True)
class Invocation:
    """The HTTP answer to InvokeEndpoint: also a refusal or a model's error is one."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Deployment:
    """All variants of an endpoint that serve together."""

    def __init__(
        self,
        region: Region,
        endpoint: str,
        served: Sequence[Served],
        *,
        captured: Captured | None = None,
        is_asynchronous: bool = False,
        shadow: Served | None = None,
        config: str = "",
    ) -> None:
        """`captured` is told of what was answered well. `shadow` is asked what the one other
        variant is asked. `config` is the endpoint configuration's name."""
        self.served = tuple(served)
        self._region, self._endpoint, self._config = region, endpoint, config
        self._now, self._ticks = region.world.now, region.world.ticks
        self._chance = region.world.chance
        self._captured, self._is_asynchronous = captured, is_asynchronous
        self._by_name = {each.variant.name: each for each in served}
        self._drawn = tuple(each for each in served if each.variant.weight > 0) or self.served
        self._total = sum(each.variant.weight for each in served)
        self._is_quick = False
        is_serverless = any(each.variant.serverless for each in served)
        self._largest = LARGEST_SERVERLESS_BODY if is_serverless else LARGEST_BODY
        self._shadow: Shadow | None = None
        if shadow is not None:
            share = share_of(shadow.variant, self.served[0].variant)
            self._shadow = Shadow(region, shadow, share, self._answer)

    @property
    def everything(self) -> tuple[Served, ...]:
        """The variants that serve, and the shadow."""
        return self.served if self._shadow is None else (*self.served, self._shadow.served)

    @property
    def is_quick(self) -> bool:
        """Whether `invoke` waits for nothing; what is loaded stays so."""
        if not self._is_quick:
            self._is_quick = all(each.is_quick for each in self.served)
        return self._is_quick

    def load(self) -> None:
        """Load the models that are not loaded, so that no invocation waits for them."""
        for served in self.everything:
            try:
                served.load()
            except Exception as error:  # every invocation will say so
                served.traffic.say(self._now(), f"The model cannot be loaded: {error}")

    def close(self) -> None:
        """End the models' processes, whoever waits for an answer. Without this they end when
        nobody waits any more."""
        for served in self.everything:
            served.close()

    def catch_up(self) -> None:
        """Let the shadow answer what it has been asked so far."""
        if self._shadow is not None:
            self._shadow.catch_up()

    def invoke(
        self,
        body: bytes,
        content_type: str | None,
        accept: str | None,
        target_variant: str | None,
        headers: Mapping[str, str],
    ) -> Invocation:
        """Answer from one of the variants. `headers` are in lower case."""
        if len(body) > self._largest:
            return refusal(413, None, f"HTTP content length exceeded {self._largest} bytes.")
        served = self.chosen(target_variant)
        if served is None:
            message = (
                f"Variant {target_variant} of endpoint {self._endpoint} of account "
                f"{self._region.account} not found."
            )
            return refusal(400, "ValidationError", message)
        asked = Asked(body, content_type, accept, headers)
        try:
            if self._is_asynchronous or not _SPECIAL.isdisjoint(headers):
                self._check(served, headers)
            if self._shadow is not None:
                self._shadow.copy(asked)
            answer = self._answer(served, asked)
        except Refused as error:
            return refusal(error.status, error.code, error.message)
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

    def _answer(self, served: Served, asked: Asked) -> Answer:
        """A variant's answer, counted and captured. Raises Refused."""
        begun = self._ticks()
        body, content_type, headers = asked.body, asked.content_type, asked.headers
        answer, model_us = self.ask(served, body, content_type, asked.accept, headers)
        now = self._now()
        served.traffic.count(
            now,
            answer.status,
            len(answer.body),
            served.variant.count,
            model_us,
            max(0.0, (self._ticks() - begun) / 1000 - model_us),
            self._config,
        )
        if answer.status >= 300:
            container = answer.container if isinstance(answer, Failed) else PRIMARY
            if container == PRIMARY:  # the others have said it in logs of their own
                said = answer.body.decode(errors="replace") or f"status {answer.status}"
                served.traffic.say(self._now(), said)
        elif self._captured is not None:
            invoked = Invoked(now, body, content_type, answer, headers.get(INFERENCE_ID))
            self._captured(served, invoked)
        return answer

    def chosen(self, target: str | None) -> Served | None:
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

    def ask(
        self,
        served: Served,
        body: bytes,
        content_type: str | None,
        accept: str | None,
        headers: Mapping[str, str],
    ) -> tuple[Answer, float]:
        """A variant's answer, and the microseconds that its model took. Raises Refused."""
        asked = self._ticks()
        answer: Answer
        try:
            model = served.model(headers)
            try:
                asked = self._ticks()
                answer = model.answer(body, content_type, accept)
            finally:
                served.done()
        except Refused:
            raise
        except Exception as error:  # a container that breaks answers 500, and its server goes on
            served.traffic.say(self._now(), f"Exception on /invocations [POST]: {error!r}")
            answer = Failed(PRIMARY, 500, "text/plain", str(error).encode())
        return answer, (self._ticks() - asked) / 1000

    def _check(self, served: Served, headers: Mapping[str, str]) -> None:
        """Raise Refused for what the endpoint cannot be asked."""
        name, variant = self._endpoint, served.variant
        if self._is_asynchronous:
            raise Refused(
                "ValidationError",
                f"Endpoint {name} is an asynchronous endpoint and does not support InvokeEndpoint. "
                "Use InvokeEndpointAsync.",
            )
        for header, member in _NOT_OFFERED.items():
            if header in headers:
                what = f"InvokeEndpoint with {member}"
                raise Refused(NOT_OFFERED, not_offered_text(what), 501)
        if TARGET_MODEL in headers and not variant.is_multi_model:
            raise Refused(
                "ValidationError",
                f"Endpoint {name} is not a multi-model endpoint and does not support target model "
                "header.",
            )
        if TARGET_CONTAINER in headers and not variant.is_direct:
            raise Refused(
                "ValidationError",
                f"Endpoint {name} is not configured for direct invocation and does not support "
                "target container hostname header.",
            )

    def _model_error(self, served: Served, answer: Answer) -> Invocation:
        said = answer.body.decode(errors="replace")
        region, account, group = self._region.name, self._region.account, served.traffic.group
        container = answer.container if isinstance(answer, Failed) else PRIMARY
        return refusal(
            424,
            "ModelError",
            f"{told_of(answer, container)} See "
            f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}"
            f"#logEventViewer:group={group} in account {account} for more information.",
            OriginalStatusCode=answer.status,
            OriginalMessage=said,
            LogStreamArn=f"arn:{self._region.partition}:logs:{region}:{account}:log-group:{group}",
        )


def told_of(answer: Answer, container: str) -> str:
    """What SageMaker says of a container's error."""
    if isinstance(answer, Failed) and answer.told is not None:
        return answer.told
    said = answer.body.decode(errors="replace")
    kind = "client" if answer.status < 500 else "server"
    what = f'with message "{said}"' if said else "and could not load the entire response body"
    return f"Received {kind} error ({answer.status}) from {container} {what}."


def not_found(account: str, endpoint: str) -> Invocation:
    """No such endpoint, or none that serves yet: AWS says the same of both."""
    message = f"Endpoint {endpoint} of account {account} not found."
    return refusal(400, "ValidationError", message)


def refusal(status: int, code: str | None, message: str, **more: object) -> Invocation:
    """An error that clients of sagemaker-runtime can read; without a code it is the status."""
    kind = () if code is None else (("x-amzn-errortype", code),)
    body = json.dumps({"Message": message, **more}).encode()
    return Invocation(status, (("content-type", "application/json"), *kind), body)
