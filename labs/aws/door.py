"""The one way by which calls of a lab leave for an account.

Python's own start-up hangs it into botocore (labs/aws/start), so every session of a process goes
through it: ours, the SDK's, the learner's own. A call that changes something leaves only if it is
known, within the lab's limits and under the ceiling, and once its undo lies on the disk; an
endpoint only once AWS has been told when to delete it. Sessions hold no credentials: the door puts
them under a request that it has let through, so what goes around it is signed by nobody.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from labs import provision
from labs.aws import codes
from labs.aws.deadlines import Deadlines
from labs.aws.ledger import Ledger
from labs.aws.terms import Keys, Terms
from labs.cost import Cost, Prices, most, needs_config, with_kept
from labs.errors import LabsError
from labs.need import UnknownCall
from labs.undo import Call, Kind, kind, plain

NOBODY = "QUIZENGINE-DOOR"  # the credentials that sessions see: they open nothing
_OURS = "quizengine"  # in botocore's context of a call
_AWS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")
_NEVER_SENT = (
    "ConnectTimeoutError",
    "EndpointConnectionError",
    "ProxyConnectionError",
    "SSLError",
)
_CHANGES = ("UpdateEndpoint", "UpdateEndpointWeightsAndCapacities")
_RENEWED_MS = 300_000  # before credentials lapse, new ones are looked for
_MARGIN_MS = 5_000  # credentials that lapse on the way are of no use


class DoorError(LabsError):
    """No OSError: clients take those for a bad line, and try again and again. In a traceback the
    way out stands in the same line."""

    def __str__(self) -> str:
        return f"{self.message} {self.hint}"

    def __reduce__(self) -> tuple[Any, ...]:  # from a process of a pool to whoever waits for it
        return type(self), (self.message, self.hint)


class NotSent(DoorError):
    """The door did not let a call out. Nothing was made by it."""


class AwsRefuses(DoorError):
    """AWS refuses, and would refuse any other call as well."""


@dataclass
class Passage:
    """A call on its way. `free`: it may be signed; `unsure`: an attempt may have been carried out;
    `entry`: where it stands in the journal; `deadline`: the endpoint whose deletion was scheduled
    for it; `spot`: it was put on spot instances here."""

    call: Call
    kind: Kind | None
    free: bool = False
    unsure: bool = False
    entry: str = ""
    deadline: str = ""
    spot: bool = False


class Door:
    """`now` gives UTC milliseconds, `new_id` a name for an entry of the journal, `client` a client
    of a service for the door's own calls, which go through it as all others do. `renewed` gives the
    newest credentials, and raises OSError or ValueError where there are none."""

    def __init__(
        self,
        terms: Terms,
        prices: Prices,
        now: Callable[[], int],
        new_id: Callable[[], str],
        client: Callable[[str], Any],
        renewed: Callable[[], Keys] | None = None,
    ) -> None:
        self._terms, self._prices, self._now, self._make = terms, prices, now, client
        self._held, self._renewed = terms.keys, renewed or (lambda: terms.keys)
        self._ledger = Ledger(terms, now, new_id)
        self._deadlines = Deadlines(terms, self._ask, now)
        self._own = threading.local()  # .calls: it is the door itself that calls
        self._clients: dict[str, Any] = {}

    # What botocore tells

    def built(self, params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        """before-parameter-build, after everybody else: the request, as it will be checked and
        written down. It gets what a call gets on its way."""
        service, operation = model.service_model.service_name, model.name
        call = Call(service, operation, params)
        try:
            does = kind(service, operation)
        except UnknownCall:
            context[_OURS] = Passage(call, None)
            return
        if does == "reads":
            context[_OURS] = Passage(call, does)
            return
        provided = provision.tagged(call, self._terms.prefix)
        if self._terms.spot:
            provided = provision.on_spot(provided)
        spot = provided.request != provision.tagged(call, self._terms.prefix).request
        params.update(provided.request)
        context[_OURS] = Passage(Call(service, operation, plain(params)), does, spot=spot)

    def leaving(self, context: dict[str, Any], **_: Any) -> None:
        """before-call: the request is valid; from here on it would go out. Raises NotSent."""
        passage: Passage = context[_OURS]
        with self._only_plainly(passage.call):
            self._look_at_region(passage.call, context)
            self._look_at_credentials()
            if passage.kind != "reads":
                self._let_out(passage)
            passage.free = True

    def signed(self, request: Any, request_signer: Any, operation_name: str, **_: Any) -> None:
        """before-sign: here credentials come in, for what was let through. Raises NotSent."""
        passage: Passage | None = request.context.get(_OURS)
        host = urlsplit(request.url).hostname or ""
        if not self._is_home(host):
            raise NotSent(
                f"{operation_name} was not sent: {host} is not AWS.", "Leave out endpoint_url."
            )
        others = request_signer._credentials
        if others is not None and others.access_key != NOBODY:
            raise NotSent(
                f"{operation_name} was not sent: it is signed with other credentials than those of "
                "this run.",
                "Leave out aws_access_key_id and whatever else names credentials.",
            )
        reads = passage is not None and passage.kind == "reads"
        if passage is None or not (passage.free or reads):
            raise NotSent(
                f"{operation_name} was not signed: what changes something gets no signature that "
                "is made beforehand.",
                "Call the client's own method.",
            )
        signing = request.context.get("signing") or {}
        request.context["signing"] = {**signing, "request_credentials": self._keys()}

    def tried(
        self, request_dict: dict[str, Any], response: Any, caught_exception: Any, **_: Any
    ) -> None:
        """needs-retry, after each attempt: whether it may have been carried out."""
        passage: Passage | None = request_dict["context"].get(_OURS)
        if passage is None:
            return
        if response is not None:
            http, parsed = response
            code = str(parsed.get("Error", {}).get("Code", ""))
            failed = http.status_code >= 300
            passage.unsure |= failed and not codes.surely_not_made(http.status_code, code)
        elif caught_exception is not None:
            passage.unsure |= type(caught_exception).__name__ not in _NEVER_SENT

    def answered(
        self, http_response: Any, parsed: dict[str, Any], context: dict[str, Any], **_: Any
    ) -> None:
        """after-call: there is an answer. Raises AwsRefuses."""
        passage: Passage = context[_OURS]
        if http_response.status_code < 300:
            with self._only_plainly(passage.call, "was answered"):
                self._done(passage, parsed)
            return
        error = parsed.get("Error", {})
        code, said = str(error.get("Code", "")), str(error.get("Message", ""))
        with contextlib.suppress(LabsError):  # it stays open; what AWS says goes before
            if passage.entry and not passage.unsure:
                self._not_made(passage, f"{code}: {said}")
            if passage.kind == "ends" and self._says_gone(passage.call, error):
                self._ledger.taken_back(passage.call)
        if (told := codes.plainly(code, said)) is not None:
            raise AwsRefuses(f"{_name(passage.call)}: {told.message}", told.hint)
        if passage.spot and code == "ResourceLimitExceeded":
            raise AwsRefuses(
                f"{_name(passage.call)}: AWS gives this account no other spot instance ({said}).",
                "Wait until other jobs have ended; or without spot, at the full price: "
                "quizengine lab run --target aws --on-demand",
            )

    def failed(self, exception: Exception, context: dict[str, Any], **_: Any) -> None:
        """after-call-error: there is none."""
        passage: Passage | None = context.get(_OURS)
        if passage is not None and passage.entry and not passage.unsure:
            with contextlib.suppress(LabsError):
                self._not_made(passage, f"{type(exception).__name__}: {exception}")

    # Before

    def _look_at_region(self, call: Call, context: dict[str, Any]) -> None:
        region, wanted = context.get("client_region"), self._terms.region
        if region not in (wanted, "aws-global") and call.service != "iam":
            saw = f"its client is for {region}, and this run is in {wanted}."
            raise LabsError(saw, "Leave out region_name, or choose with --region.")

    def _look_at_credentials(self) -> None:
        if self._now() > self._held.until - _RENEWED_MS:
            with contextlib.suppress(OSError, ValueError):  # the run is over: these may still do
                self._held = self._renewed()
        if self._now() > self._held.until - _MARGIN_MS:
            raise LabsError(
                "the credentials of this run have expired.",
                "Run it again: each run gets new ones. A longer script: --timeout SECONDS.",
            )

    def _let_out(self, passage: Passage) -> None:
        """Raises LabsError, UnknownCall."""
        call = passage.call
        kind(call.service, call.operation)
        self._terms.limits.check(call)
        if call.service == "scheduler" and not getattr(self._own, "calls", False):
            raise LabsError("deadlines are set and lifted for you.", "Leave it out.")
        if passage.kind == "ends":
            return
        cost = self._most(call)
        if call.service == "sagemaker" and call.operation in _CHANGES:
            self._deadlines.demand_time(str(call.request["EndpointName"]), self._change_s(call))
        if (call.service, call.operation) == ("sagemaker", "CreateEndpoint"):
            self._ledger.look(cost)
            name = str(call.request["EndpointName"])
            passage.deadline = name if self._deadlines.set(name) else ""
        try:
            passage.entry = self._ledger.will(call, cost)
        except LabsError:
            self._in_vain(passage)
            raise

    def _most(self, call: Call) -> Cost:
        config = self._config(call) if needs_config(call) else None
        return most(
            call,
            self._prices,
            deadline_hours=self._terms.deadline_hours,
            sweep_hours=self._terms.sweep_hours,
            config=config,
        )

    def _config(self, call: Call) -> dict[str, Any]:
        """The endpoint configuration that a call is about, as the account has it."""
        name = call.request.get("EndpointConfigName")
        if name is None:
            endpoint = call.request.get("EndpointName")
            if endpoint is None:
                endpoint = str(call.request["ResourceId"]).split("/")[1]
            told = self._ask("sagemaker", "describe_endpoint", EndpointName=endpoint)
            name = told["EndpointConfigName"]
        told = self._ask("sagemaker", "describe_endpoint_config", EndpointConfigName=name)
        return dict(with_kept(call, told, lambda: self._has(call)))

    def _has(self, call: Call) -> dict[str, int]:
        """By variant, how many instances an endpoint has or is about to have."""
        told = self._endpoint(call)
        both = (*told.get("ProductionVariants", ()), *told.get("ShadowProductionVariants", ()))
        counts = ("CurrentInstanceCount", "DesiredInstanceCount")
        return {each["VariantName"]: max(each.get(count, 0) for count in counts) for each in both}

    def _change_s(self, call: Call) -> int:
        """How long a change of an endpoint may take."""
        if call.operation != "UpdateEndpoint":
            return provision.SCALE_S
        deployment = call.request.get("DeploymentConfig")
        if deployment is None and call.request.get("RetainDeploymentConfig"):
            deployment = self._endpoint(call).get("LastDeploymentConfig")
        return provision.update_s(deployment or {})

    def _endpoint(self, call: Call) -> dict[str, Any]:
        """The endpoint that a call names, as the account has it; nothing if it is not there."""
        name, gone = call.request["EndpointName"], "ValidationException"
        return self._ask("sagemaker", "describe_endpoint", gone, EndpointName=name) or {}

    # After

    def _done(self, passage: Passage, answer: dict[str, Any]) -> None:
        call = passage.call
        if passage.entry:
            self._ledger.did(passage.entry, call, answer)
        if passage.kind == "ends" or call.operation == "CompleteMultipartUpload":
            self._ledger.taken_back(call, answer)
        if (call.service, call.operation) == ("sagemaker", "DeleteEndpoint"):
            with contextlib.suppress(LabsError):  # it then deletes what is gone
                self._deadlines.lift(str(call.request["EndpointName"]))

    def _not_made(self, passage: Passage, why: str) -> None:
        self._ledger.refused(passage.entry, why)
        passage.entry = ""
        self._in_vain(passage)

    def _in_vain(self, passage: Passage) -> None:
        if passage.deadline:
            self._deadlines.lift_if_vain(passage.deadline)

    @staticmethod
    def _says_gone(call: Call, error: dict[str, Any]) -> bool:
        from botocore.exceptions import ClientError

        from labs.aws.gone import is_gone

        return is_gone(call.service, ClientError({"Error": error}, call.operation))  # type: ignore[typeddict-item]

    # Its own calls

    def _ask(self, service: str, method: str, *unless: str, **request: Any) -> Any:
        """The answer; None for an error of one of these codes. Raises LabsError."""
        from botocore.exceptions import BotoCoreError, ClientError

        before = getattr(self._own, "calls", False)
        self._own.calls = True
        try:
            return getattr(self._client(service), method)(**request)
        except ClientError as error:
            if error.response["Error"]["Code"] in unless:
                return None
            said = str(error).rstrip(".")
            raise LabsError(f"{said}.", "Look at it, then try again.") from None
        except BotoCoreError as error:
            raise LabsError(f"{method}: {error}.", "Is the network there?") from None
        finally:
            self._own.calls = before

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self._make(service)
        return self._clients[service]

    def _keys(self) -> Any:
        from botocore.credentials import Credentials

        keys = self._held
        return Credentials(keys.id, keys.secret, keys.token, method=_OURS)

    def _is_home(self, host: str) -> bool:
        if self._terms.url:
            own = urlsplit(self._terms.url).hostname or ""
            return host == own or host.endswith(f".{own}")  # a bucket may stand before it
        return host.endswith(_AWS)

    @contextlib.contextmanager
    def _only_plainly(self, call: Call, what: str = "was not sent") -> Iterator[None]:
        """Everything that is no bug of ours, as one sentence and the way out."""
        try:
            yield
        except LabsError as error:
            raise NotSent(f"{_name(call)} {what}: {error.message}", error.hint) from None
        except UnknownCall:
            raise NotSent(
                f"{_name(call)} {what}: labs do not know it, nor how to take back what it makes.",
                "Do it in the cloud on this computer: --target offline.",
            ) from None


def _name(call: Call) -> str:
    return f"{call.service}: {call.operation}"
