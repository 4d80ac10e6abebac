"""The keys of a question's page, as its list of keys says them. exam.js does what stands here."""

from __future__ import annotations

SHORTCUTS = {
    "1-7": "choose; again takes back, where several are asked for",
    "x": "strike the option with the focus out, or bring it back (or right click)",
    "h": "mark the selected words of the question, or take the mark away",
    "s": "say how sure you are: sure, unsure, neither",
    "Backspace": "take the answer back",
    "c": "check it, in practice",
    "n right": "next question",
    "p left": "previous question",
    "u": "next unanswered",
    "l r": "all questions: review and end",
    "e": "end for good; asks first",
    "f": "flag for review",
    "o": "note, to be read at the review; Escape leaves it",
    "t": "hide or show the clock",
    "?": "this list",
}
