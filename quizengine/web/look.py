"""How a browser is to show the pages: colours, size of text, keys. Each browser has its own look,
in a cookie that holds three words and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

Colours: TypeAlias = Literal["auto", "light", "dark", "contrast", "sepia"]
Size: TypeAlias = Literal["100", "115", "130", "150", "200"]
Keys: TypeAlias = Literal["on", "alt", "off"]

COOKIE = "quizengine-look"
COLOURS: dict[Colours, str] = {
    "auto": "As the system",
    "light": "Light",
    "dark": "Dark",
    "contrast": "High contrast",
    "sepia": "Sepia",
}
SIZES: dict[Size, str] = {size: f"{size} %" for size in get_args(Size)}
KEYS: dict[Keys, str] = {"on": "Single keys", "alt": "With Alt", "off": "Off"}


@dataclass(frozen=True)
class Look:
    """`keys`: the shortcuts are single keys, need Alt, or are off (WCAG 2.1.4)."""

    colours: Colours = "auto"
    size: Size = "100"
    keys: Keys = "on"

    def changed(self, said: Mapping[str, object]) -> Look:
        """With what was said of it; whatever is not a look is left as it was."""
        look = self
        for colours in COLOURS:
            look = replace(look, colours=colours) if said.get("colours") == colours else look
        for size in SIZES:
            look = replace(look, size=size) if said.get("size") == size else look
        for keys in KEYS:
            look = replace(look, keys=keys) if said.get("keys") == keys else look
        return look

    def cookie(self) -> str:
        return f"{self.colours}.{self.size}.{self.keys}"


def of(cookies: Mapping[str, str]) -> Look:
    """The look a browser asks for; the usual one where it asks for none that there is."""
    words = cookies.get(COOKIE, "").split(".")
    return Look().changed(dict(zip(("colours", "size", "keys"), words, strict=False)))
