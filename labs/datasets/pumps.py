"""2,000 heat pumps, and which of them failed within a year: made up.

No such pump was looked at. The formula below and a fixed seed make the rows as a service firm might
have them: words, numbers of different sizes, and gaps.
"""

import numpy as np
from numpy.typing import NDArray

ROWS, SEED = 2_000, 7
COLUMNS = ("kilowatts", "years", "hours_a_day", "months_unserviced", "site", "refrigerant")
NUMBERS = 4  # so many of them are numbers, the others are words
SITES = {"city": 0.0, "coast": 0.9, "mountain": 0.5, "valley": 0.1}  # what each adds to the odds
REFRIGERANTS = {"R290": 0.0, "R32": 0.2, "R410A": 0.7}


def tables() -> tuple[list[list[str]], list[list[str]], list[list[str]]]:
    """Train (1,200 rows), validation (400) and test (400): the label first, 1 for failed, then
    the COLUMNS; all of it text, a gap is empty."""
    chance = np.random.default_rng(SEED)
    years = np.minimum(chance.gamma(4, 2.5, ROWS), 30)
    hours = np.clip(chance.normal(9, 4, ROWS), 0.5, 24)
    rows = _rows(chance, years, hours, chance.gamma(2, 9, ROWS))
    return rows[:1200], rows[1200:1600], rows[1600:]


def frost() -> list[list[str]]:
    """40 more, from one week of hard frost: all ran day and night, and none of them is new."""
    chance = np.random.default_rng(SEED + 1)
    years, hours = chance.uniform(10, 20, 40), chance.uniform(18, 24, 40)
    return _rows(chance, years, hours, chance.uniform(20, 50, 40))


def as_csv(rows: list[list[str]]) -> bytes:
    """Bytes of CSV: a line a row, no header."""
    return "".join(",".join(row) + "\n" for row in rows).encode()


def unlabelled(rows: list[list[str]]) -> list[list[str]]:
    """The rows without their label: what there is to ask with."""
    return [row[1:] for row in rows]


def _rows(
    chance: np.random.Generator,
    years: NDArray[np.float64],
    hours: NDArray[np.float64],
    months: NDArray[np.float64],
) -> list[list[str]]:
    count = len(years)
    site = chance.choice(list(SITES), count).tolist()
    coolant = chance.choice(list(REFRIGERANTS), count).tolist()
    added = np.array([SITES[a] + REFRIGERANTS[b] for a, b in zip(site, coolant, strict=True)])
    odds = added - 2.2 + 0.13 * (years - 10) + 0.22 * (hours - 9) + 0.05 * (months - 18)
    failed = chance.uniform(size=count) < 1 / (1 + np.exp(-1.5 * odds))
    numbers = [chance.normal(9, 2.5, count).clip(3), years, hours, months]
    gaps = chance.uniform(size=(count, NUMBERS)) < (0, 0.1, 0, 0.15)
    cells = [
        ["" if gap else f"{value:.1f}" for value, gap in zip(*column, strict=True)]
        for column in zip(numbers, gaps.T, strict=True)
    ]
    labels = [str(int(each)) for each in failed]
    return [list(row) for row in zip(labels, *cells, site, coolant, strict=True)]
