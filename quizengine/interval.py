"""How far a share that was seen may lie from the true one."""

from __future__ import annotations

import math

Z90 = 1.6449  # two-sided 90 % of the normal distribution


def wilson(right: int, count: int, z: float = Z90) -> tuple[float, float]:
    """Wilson's score interval of a share, in 0..1; rounding never puts the share outside.

    Source: E. B. Wilson (1927), J. Am. Stat. Assoc. 22, 209-212.
    """
    share = right / count
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = (
        z
        * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
        / (1 + z * z / count)
    )
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))
