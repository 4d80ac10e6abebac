"""Light, dark, high contrast. Nothing is told by colour alone."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from textual.theme import Theme

Colours: TypeAlias = Literal["dark", "light", "contrast"]
COLOURS: tuple[Colours, ...] = get_args(Colours)


def theme(name: Colours) -> Theme:
    match name:
        case "dark":
            return Theme(
                name="dark",
                primary="#24507a",
                secondary="#24507a",
                accent="#f0b429",
                foreground="#e4e7eb",
                background="#14181d",
                surface="#1b2128",
                panel="#232b34",
                success="#57b97c",
                warning="#f0b429",
                error="#ff8f8f",
                dark=True,
                variables={"quiet": "#a9b4c0", "code": "#8fc7ff", "bar": "#e4e7eb"},
            )
        case "light":
            return Theme(
                name="light",
                primary="#1d4e7f",
                secondary="#1d4e7f",
                accent="#8f3900",
                foreground="#16191d",
                background="#fbfaf7",
                surface="#f1efe9",
                panel="#e4e1d8",
                success="#1c6b3c",
                warning="#7a4d00",
                error="#a11d2b",
                dark=False,
                variables={"quiet": "#55595f", "code": "#0b4a86", "bar": "#ffffff"},
            )
        case "contrast":
            return Theme(
                name="contrast",
                primary="#ffffff",
                secondary="#ffffff",
                accent="#ffff00",
                foreground="#ffffff",
                background="#000000",
                surface="#000000",
                panel="#303030",
                success="#00ff7f",
                warning="#ffff00",
                error="#ff9090",
                dark=True,
                variables={"quiet": "#ffffff", "code": "#00ffff", "bar": "#000000"},
            )
