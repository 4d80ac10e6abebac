"""A multi-model variant: each invocation names its model, which is fetched and loaded for it.

Source: Amazon SageMaker's documentation, "Multi-model endpoints" (read 2026-11). An instance's
memory and disk limit what is kept there; here it is a number of models and of bytes.
"""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping

from labs.cloud.acting import Denied
from labs.cloud.endpoint import Variant
from labs.cloud.inputs import Location
from labs.cloud.ports import Model, Talking, World
from labs.cloud.refusals import Refused
from labs.cloud.served import end, heard_by, kept
from labs.cloud.traffic import Traffic

TARGET_MODEL = "x-amzn-sagemaker-target-model"
MOST_LOADED = 8  # models in memory; the one that was not asked for longest goes first
MOST_FETCHED = 256 << 20  # bytes of archives on the disk, as it were; likewise
_OF_MANY = {"SAGEMAKER_MULTI_MODEL": "true"}  # as SageMaker tells the container
Read = Callable[[str, str], bytes | None]  # bucket, key


class MultiModel:
    """A `served.Served`. An archive that was fetched is not looked at again in S3 until it had to
    give way: put a new version under a new name, as on AWS."""

    is_quick = False

    def __init__(
        self,
        endpoint: str,
        variant: Variant,
        read: Read,
        world: World,
        traffic: Traffic,
        *,
        most_loaded: int = MOST_LOADED,
        most_fetched: int = MOST_FETCHED,
    ) -> None:
        self.variant, self.traffic = variant, traffic
        self._endpoint, self._read, self._world = endpoint, read, world
        self._most_loaded, self._most_fetched = most_loaded, most_fetched
        self._container = variant.containers[0]
        self._lock = threading.Lock()  # never held while anything is read from S3
        self._fetched: OrderedDict[str, bytes] = OrderedDict()
        self._loaded: OrderedDict[str, Model] = OrderedDict()
        self._loading: dict[str, threading.Lock] = {}

    def model(self, headers: Mapping[str, str]) -> Model:
        target = headers.get(TARGET_MODEL)
        if target is None:
            raise Refused(
                "ValidationError",
                f"The request is missing a target model header: {self._endpoint} is a multi-model "
                "endpoint, and TargetModel names the archive of the model that is to answer.",
            )
        with self._lock:
            model = self._loaded.get(target)
            if model is not None:
                self._loaded.move_to_end(target)
        self.traffic.measure(self._world.now(), {"ModelCacheHit": float(model is not None)})
        return self._load(target) if model is None else model

    def done(self) -> None:
        pass

    def load(self) -> None:
        """Nothing: which models there are is not known before one is asked for."""

    def archives(self) -> list[bytes]:
        return []

    def at(self, variant: Variant) -> MultiModel:
        served = MultiModel(self._endpoint, variant, self._read, self._world, self.traffic)
        with self._lock:
            served._fetched, served._loaded = self._fetched.copy(), self._loaded.copy()
        return served

    def close(self) -> None:
        with self._lock:
            models = [*self._loaded.values()]
        for model in models:
            end(model)

    def _load(self, target: str) -> Model:
        """Fetch, try and load a model. Raises Refused, BadArchive or BadModel."""
        ticks, host, algorithm = self._world.ticks, self._world.host, self._container.algorithm
        begun = ticks()
        archive = self._archive(target)
        with self._one_at_a_time(target):
            with self._lock:
                model = self._loaded.get(target)
            if model is None:  # else another invocation loaded it meanwhile
                host.check(algorithm, archive)
                since = ticks()
                environment = {**self._container.environment, **_OF_MANY}
                model = host.load(algorithm, archive, environment)
                if isinstance(model, Talking):
                    heard = heard_by(self.traffic, self._world, self.variant.containers)
                    model.listen(functools.partial(heard, target))
                model = kept(model)
                took = {"ModelLoadingTime": (ticks() - since) / 1000}
                self.traffic.measure(self._world.now(), took)
                self._keep(target, model)
        waited = {"ModelLoadingWaitTime": (ticks() - begun) / 1000}
        self.traffic.measure(self._world.now(), waited)
        return model

    def _archive(self, target: str) -> bytes:
        """A model's archive, from S3 unless it is still there. Raises Refused."""
        with self._lock:
            if target in self._fetched:
                self._fetched.move_to_end(target)
                return self._fetched[target]
        assert self._container.data is not None
        where = Location.at(self._container.data) / target.lstrip("/")
        begun = self._world.ticks()
        why = ""
        try:
            archive = self._read(where.bucket, where.key)
        except Denied as error:
            archive, why = None, f" {error}"
        if archive is None:
            raise Refused(
                "ValidationError",
                f"Failed to download model data (bucket: {where.bucket}, key: {where.key}). Please "
                "ensure that there is an object located at the URL and that the role passed to "
                f"CreateModel has permissions to download the model.{why}",
            )
        took = {"ModelDownloadingTime": (self._world.ticks() - begun) / 1000}
        self.traffic.measure(self._world.now(), took)
        if self._container.caches:
            with self._lock:
                self._fetched[target] = archive
                while sum(map(len, self._fetched.values())) > self._most_fetched:
                    self._fetched.popitem(last=False)
        return archive

    def _one_at_a_time(self, target: str) -> threading.Lock:
        with self._lock:
            return self._loading.setdefault(target, threading.Lock())

    def _keep(self, target: str, model: Model) -> None:
        if not self._container.caches:
            return
        begun, gone = self._world.ticks(), 0
        with self._lock:
            self._loaded[target] = model
            while len(self._loaded) > self._most_loaded:
                self._loaded.popitem(last=False)
                gone += 1
        if gone:
            took = {"ModelUnloadingTime": (self._world.ticks() - begun) / 1000}
            self.traffic.measure(self._world.now(), took)
