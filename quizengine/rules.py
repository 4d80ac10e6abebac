"""The lint: rules over single questions here, over cards in card_rules.py, over the whole bank in
bias.py.

A rule's number is for ever, its docstring is its row in docs/lint.md, and tests/unit/test_rules.py
has a good and a bad example of each. The models (question.py, card.py) refuse what has the wrong
shape; these rules look at what the shape cannot show.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date

from quizengine import bias, card_rules, checks
from quizengine.bank import LoadedBank
from quizengine.closure import closed, speaks_of_an_existing_customer
from quizengine.content import CardId, ExamCode
from quizengine.question import Question
from quizengine.rule import Found, Given, Problem, Register, Rule, in_order
from quizengine.texts import choices, key_texts, reasons, texts

FEWEST_WORDS = 8  # of a why

_rules = Register()
_COUNTS = {2: "TWO", 3: "THREE", 4: "FOUR"}
_PLACES = re.compile(
    r"\b(?i:option|answer|choice)s? (?:[A-G]|[1-7])\b"
    r"|(?i:\bthe (?:first|second|third|fourth|fifth|last|previous|next)"
    r"(?: two| three)? (?:option|answer|choice)s?\b)"
    r"|(?i:\b(?:option|answer|choice)s? (?:above|below)\b)"
    r"|(?<![\w`])\([A-G]\)"
)
_LETTERS = re.compile(r"\b(?i:both|either|neither|only) [A-G] (?:and|or|nor) ([A-G])\b")
_ALL_OR_NONE = re.compile(
    r"\b(?:all|any|both|either|neither|none|two) of (?:the|these|those) "
    r"(?:above|below|options|answers|choices|other options|other answers)\b"
    r"|^\W*(?:all|both|neither|none) of (?:them|these|those|the others)\W*$",
    re.IGNORECASE,
)


@_rules.question("Q001")
def every_topic_exists(question: Question, given: Given) -> Found:
    """`topics` names leaves of topics.toml: a wrong name would measure nothing."""
    yield from checks.topics(question, given)


@_rules.question("Q002")
def every_card_exists(question: Question, given: Given) -> Found:
    """`cards` names cards of the bank: they become due when the question is missed."""
    for card in question.cards:
        if card not in given.cards:
            yield f"cards: there is no card {card!r}"


@_rules.question("Q003")
def every_task_exists(question: Question, given: Given) -> Found:
    """The question serves an exam, and each task it names is one of that exam's guide."""
    for code, task in question.exams.items():
        exam = given.bank.exams.get(ExamCode(code))
        if exam is None:
            yield f"exams: there is no exam {code!r}"
        elif task not in exam.tasks:
            yield f"exams: {code} has no task {task}"
    if not question.exams:
        yield "exams: the question serves no exam"


@_rules.question("Q004")
def decides_stands_in_the_stem(question: Question, given: Given) -> Found:
    """`decides` is an exact part of the stem: the review marks it there."""
    if question.decides not in question.stem:
        yield f"decides: not a part of the stem: {question.decides!r}"


@_rules.question("Q005")
def no_html_and_no_images(question: Question, given: Given) -> Found:
    """Texts hold no HTML and no images: no shell shows them."""
    yield from checks.html_and_images(question)


@_rules.question("Q006")
def the_stem_says_how_many(question: Question, given: Given) -> Found:
    """The stem of a `multiple` says "(Select TWO.)", or as many as are right, once; no other
    kind says it."""
    said = re.findall(r"\(Select (\w+)\.\)", question.stem)
    wanted = [_COUNTS.get(question.wanted, "?")] if question.kind == "multiple" else []
    if said != wanted:
        yield f"stem: says {said or 'no (Select ...)'} where {wanted or 'nothing'} is right"


@_rules.question("Q007")
def no_letters_or_positions(question: Question, given: Given) -> Found:
    """No text names an option by a letter or a place: the form shuffles them."""
    for where, text in texts(question):
        found = _PLACES.search(text) or _LETTERS.search(text)
        if found is None:
            continue
        letter = found.groups()[0] if found.re is _LETTERS else None
        if letter is not None and re.search(rf"\b{letter}\b", question.stem):
            continue  # the case itself has an A and a B
        yield f"{where}: the form shuffles, so {found.group()!r} names nothing"


@_rules.question("Q008")
def read_before_it_was_verified(question: Question, given: Given) -> Found:
    """No reference is dated after `verified_on`: it cannot have been read by then."""
    yield from checks.reading_dates(question)


@_rules.question("Q009")
def the_id_says_what_it_is(question: Question, given: Given) -> Found:
    """The id has two words or more that say what the question is about: an id is for ever, and
    a mere number tells an author nothing."""
    yield from checks.id_words(question.id)


@_rules.question("Q010")
def no_card_has_the_id(question: Question, given: Given) -> Found:
    """Questions and cards do not share an id: `bank show ID` has to mean one of them."""
    if CardId(question.id) in given.cards:
        yield "id: a card has it already"


@_rules.question("Q011")
def no_near_duplicate(question: Question, given: Given) -> Found:
    """Stem and key are not nearly those of another question (TF-IDF cosine of 0.55 or more): a
    form with both asks once and counts twice."""
    yield from checks.twins(question.id, given.question_twins)


@_rules.question("Q012")
def no_all_or_none_of_the_above(question: Question, given: Given) -> Found:
    """No choice means "all of the above" or "none of the above": the form shuffles, and one known
    option gives the key away."""
    for where, text in choices(question):
        if found := _ALL_OR_NONE.search(text):
            yield f"{where}: says {found.group()!r}; name what is meant"


@_rules.question("Q013")
def every_why_teaches(question: Question, given: Given) -> Found:
    """Every `why` has 8 words or more and is said once: the reason for this option."""
    whys = list(reasons(question))
    times = Counter(why.casefold() for _, why in whys)
    for where, why in whys:
        if len(why.split()) < FEWEST_WORDS:
            yield f"{where}: {why!r} has fewer than {FEWEST_WORDS} words"
        elif times[why.casefold()] > 1:
            yield f"{where}: another option has the same reason"


@_rules.question("Q014")
def only_canonical_addresses(question: Question, given: Given) -> Found:
    """Addresses are https and the original's own: no mirror, translation, cache, archive or
    stored copy."""
    yield from checks.addresses(question)


@_rules.question("Q015", "warning")
def verified_within_a_year(question: Question, given: Given) -> Found:
    """`verified_on` is at most 365 days old: services change faster than that."""
    if question.withdrawn is None:
        yield from checks.age(question, given)


@_rules.question("Q016")
def verified_in_the_past(question: Question, given: Given) -> Found:
    """`verified_on` is not a day to come."""
    yield from checks.future(question, given)


@_rules.question("Q017")
def what_it_covers_exists(question: Question, given: Given) -> Found:
    """`covers` names items and gaps of sources.toml, and none that is not to be asked."""
    yield from checks.covered(question.covers, "covers", given)


@_rules.question("Q018")
def the_key_is_open_to_new_customers(question: Question, given: Given) -> Found:
    """No right choice names a service, or a part of one, that services.toml knows as ended or
    closed to new customers on `verified_on`, unless the stem says "existing customer"."""
    if question.withdrawn is not None or speaks_of_an_existing_customer(question):
        return
    for shut, service, text in closed(key_texts(question), question.verified_on, given.spellings):
        yield f"key: a new account cannot use {shut} ({service.state}): {text[:60]!r}"


@_rules.question("Q019")
def the_lab_exists(question: Question, given: Given) -> Found:
    """`lab` names a lab of the catalogue."""
    if question.lab is not None and question.lab not in given.bank.labs:
        yield f"lab: there is no lab {question.lab!r}"


@_rules.question("Q020")
def the_figure_exists(question: Question, given: Given) -> Found:
    """`figure` names an SVG in questions/figures."""
    yield from checks.figure(question, given)


@_rules.question("Q021")
def no_two_choices_say_the_same(question: Question, given: Given) -> Found:
    """No two choices have the same words: then neither could be the key."""
    said: dict[str, str] = {}
    for where, text in choices(question):
        words = " ".join(re.findall(r"[^\W_]+|[^\w\s.,;:!?]", text.casefold()))
        if words in said:
            yield f"{where}: says the same as {said[words]}"
        said.setdefault(words, where)


@_rules.question("Q022")
def the_stem_asks(question: Question, given: Given) -> Found:
    """The stem of a `single` or `multiple` ends with a whole question, before "(Select TWO.)"."""
    if question.kind in ("single", "multiple"):
        asked = re.sub(r"\(Select \w+\.\)\s*$", "", question.stem).rstrip()
        if not asked.endswith("?"):
            yield f"stem: does not end with a question: {asked[-40:]!r}"


@_rules.question("Q023")
def the_proof_exists(question: Question, given: Given) -> Found:
    """`proof` names a script in questions/proofs that shows the key by running it."""
    if question.proof is not None and question.proof not in given.bank.proofs:
        yield f"proof: there is no script {question.proof!r} in questions/proofs"


RULES = (*_rules.rules, *card_rules.RULES, *bias.RULES)


def lint(bank: LoadedBank, *, today: date) -> list[Problem]:
    """Every problem: errors first, then warnings; those of the bank as a whole last."""
    given = Given(bank, today)
    return in_order(problem for rule in RULES for problem in rule.problems(given))


def unloadable(lines: Iterable[str]) -> list[Problem]:
    """What the loader said of files, each as `file: key: what is wrong`, as problems."""
    parts = (line.partition(": ") for line in lines)
    return [Problem("", "", "error", where, message) for where, _, message in parts]


__all__ = ["RULES", "Problem", "Rule", "lint", "unloadable"]
