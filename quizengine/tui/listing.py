"""A list to choose from, as the navigator and the matches use it."""

from __future__ import annotations

from textual.widgets import OptionList


class Listing(OptionList):
    """In a window too small to show any option there is no page to turn: Textual 8.2 would look
    up lines that were never laid out."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("page_down", "page_up") and not self.scrollable_content_region:
            return False
        return super().check_action(action, parameters)
