"""Who may come in: a link that works once gives the browser a cookie that it keeps.

Both are made with secrets that lie beside the record (see running.py). Whoever can read those can
make a link, as `quizengine serve --link` does; nobody else can.
"""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256

NONCE = 32  # hex digits
TICKETS = 10_000  # used ones that are remembered; each was made by the learner


def new_secret() -> str:
    """256 bits as hex."""
    return secrets.token_hex(32)


def proof(secret: str, what: str, of: str) -> str:
    """That somebody who knows the secret said this: HMAC-SHA256 as hex."""
    return hmac.new(bytes.fromhex(secret), _bytes(f"{what}:{of}"), sha256).hexdigest()


def _bytes(text: str) -> bytes:
    return text.encode(errors="replace")  # whatever a stranger sent


def ticket(secret: str) -> str:
    """What a link carries; it opens the door once."""
    nonce = secrets.token_hex(NONCE // 2)
    return nonce + proof(secret, "ticket", nonce)


class Door:
    """`tickets` is the secret that links are made with, new for each run of the server; `cookies`
    the one that browsers stay signed in with, also over a new start."""

    def __init__(self, tickets: str, cookies: str) -> None:
        self._tickets, self._cookies = tickets, cookies
        self._used: set[str] = set()

    def take(self, ticket: str) -> bool:
        """Whether the ticket is good. From here on it is not."""
        nonce = ticket[:NONCE]
        whole = nonce + proof(self._tickets, "ticket", nonce)
        good = hmac.compare_digest(_bytes(whole), _bytes(ticket))
        if not good or nonce in self._used or len(self._used) >= TICKETS:
            return False
        self._used.add(nonce)
        return True

    def cookie(self, port: str) -> tuple[str, str]:
        """(name, value) of the cookie. Cookies do not tell ports apart, so the name does: it is
        the port in the browser's address, which a tunnel may have changed."""
        return f"quizengine-{port}", proof(self._cookies, "cookie", "")

    def is_known(self, cookie: str) -> bool:
        return hmac.compare_digest(_bytes(self.cookie("")[1]), _bytes(cookie))

    def alive(self, challenge: str) -> str:
        """The answer that only the server that wrote the file of secrets can give."""
        return proof(self._tickets, "alive", challenge)
