"""Has a fault: it reads your test and declares the wrong model the winner. Find out why, and repair
this file.

Run it: quizengine lab run fault.py (once step 4 is done)
"""

import math

from ready import kept_rows, report

LEVEL = 0.05


def p_value(rows):
    """Of two shares of buyers, two-sided: 1 if nothing can be said."""
    bought = {letter: [row[3] for row in rows if row[1] == letter] for letter in "AB"}
    a, b = bought["A"], bought["B"]
    share = sum(a + b) / len(rows)
    if not a or not b or share in (0, 1):
        return 1.0
    error = math.sqrt(share * (1 - share) * (1 / len(a) + 1 / len(b)))
    return math.erfc(abs(sum(b) / len(b) - sum(a) / len(a)) / error / math.sqrt(2))


def winner(rows):
    """The variant whose share of buyers is higher."""
    shares = {}
    for letter in "AB":
        bought = [row[3] for row in rows if row[1] == letter]
        shares[letter] = sum(bought) / max(1, len(bought))
    return max(shares, key=shares.get)


def verdict(rows):
    """Who has won, after how many visitors, and with which p."""
    for seen in range(100, len(rows) + 1, 100):
        p = p_value(rows[:seen])
        if p < LEVEL:
            return {"winner": winner(rows[:seen]), "visitors": seen, "p": p}
    return {"winner": None, "visitors": len(rows), "p": p_value(rows)}


if __name__ == "__main__":
    report("verdict", verdict(kept_rows()))
