"""Which centre is the closest to a row, and how far it is."""

from __future__ import annotations

import numpy as np

from labs.cloud.algorithms.recordio import Array

AT_ONCE = 1 << 22  # distances that are in memory at the same time


def nearest(rows: Array, centres: Array) -> tuple[Array, Array]:
    """The closest centre's number, and the square of its distance: both of shape (rows,).

    Both arguments have shape (any, features); the sums are of 64-bit floats.
    """
    wide, rows = centres.astype(np.float64), rows.astype(np.float64)
    squares = (wide**2).sum(axis=1)
    step = max(1, AT_ONCE // len(centres))
    parts = [rows[at : at + step] for at in range(0, len(rows), step)]
    # A row's own square is left out: it is the same for every centre.
    closest = np.concatenate([(squares - 2 * (part @ wide.T)).argmin(axis=1) for part in parts])
    return closest, ((rows - wide[closest]) ** 2).sum(axis=1)
