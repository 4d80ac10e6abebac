"""Python imports this at its start, where the environment of a lab on AWS puts it on the path: it
hangs labs/aws/door.py into botocore once that is imported.

Where it does not run (`python -I`, another language, the AWS CLI with a Python of its own) there
are no credentials either: they lie in a file that the door alone looks for.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_HERE = os.path.dirname(os.path.abspath(__file__))
_LABS = os.path.dirname(os.path.dirname(os.path.dirname(_HERE)))  # the folder that labs/ lies in


def _door() -> Any:
    """Also for a Python of another environment, which has no labs: they are looked for here."""
    sys.path.append(_LABS)
    try:
        from labs.aws import hook

        try:
            return hook, hook.door()
        except Exception as error:
            why = f"the run that this belonged to is over ({type(error).__name__}: {error})."
            return hook, hook.Shut(why)
    finally:
        sys.path.remove(_LABS)


_HOOK, _INTO = _door()


class _Finder:
    """Hands botocore.session over as the others find it, the door hung into it. Among them may be
    one that asks the others as well: it is not answered."""

    asks = False

    def find_spec(self, name: str, path: Sequence[str] | None, target: Any = None) -> Any:
        if name != "botocore.session" or self.asks:
            return None
        self.asks = True
        try:
            for finder in sys.meta_path:
                spec = None if finder is self else finder.find_spec(name, path, target)
                if spec is not None and spec.loader is not None:
                    _install_after(spec.loader)
                    return spec
        finally:
            self.asks = False
        return None


def _install_after(loader: Any) -> None:
    execute = loader.exec_module

    def exec_module(module: Any) -> None:
        execute(module)
        _HOOK.install(_INTO)

    loader.exec_module = exec_module


sys.meta_path.insert(0, _Finder())


# The sitecustomize that this one stands before


def _chain() -> None:
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    folders = [os.path.abspath(folder) for folder in sys.path]
    after = sys.path[folders.index(_HERE) + 1 :] if _HERE in folders else []
    spec = PathFinder.find_spec("sitecustomize", after)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(module_from_spec(spec))


_chain()
