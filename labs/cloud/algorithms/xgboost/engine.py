"""How the xgboost library is loaded."""

from __future__ import annotations

import os
import sys

ONLY_FOR_ITS_WRAPPERS = ("sklearn", "pandas")


def prepare() -> None:
    """Let idle threads sleep. Call it before the first `import xgboost`: OpenMP reads it then.

    They would spin otherwise. On two busy cores the same training then took up to ten times as
    long.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def load_lean() -> None:
    """Import xgboost without its wrappers for scikit-learn and pandas, in a third of the time.

    For a process of our own: XGBClassifier and its like are missing there from then on.
    scikit-learn itself can still be imported later.
    """
    prepare()
    held_off = [name for name in ONLY_FOR_ITS_WRAPPERS if name not in sys.modules]
    for name in held_off:
        sys.modules[name] = None  # type: ignore[assignment]  # importing it fails
    try:
        import xgboost  # noqa: F401
    finally:
        for name in held_off:
            del sys.modules[name]
