"""12,000 readings of 40 sensors in a machine, and how hot its bearing was: made up.

No such machine was measured. A formula, which stands below, and a fixed seed make the rows: enough
of them that it matters how they come to a training job.
"""

import numpy as np
from numpy.typing import NDArray

ROWS, SENSORS, SEED = 12_000, 40, 7


def table() -> NDArray[np.float64]:
    """The rows, shape (12000, 41): the label first, in degrees, then what the sensors say."""
    chance = np.random.default_rng(SEED)
    readings = chance.normal(size=(ROWS, SENSORS))
    weights = chance.normal(size=SENSORS)
    heat = 60 + readings @ weights + chance.normal(scale=0.5, size=ROWS)
    return np.column_stack([heat, readings])


def as_csv(rows: NDArray[np.float64]) -> bytes:
    """Bytes of CSV: a line a row, no header, six significant digits."""
    return "".join(",".join(f"{value:.6g}" for value in row) + "\n" for row in rows).encode()
