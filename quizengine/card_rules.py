"""The lint rules over single cards."""

from __future__ import annotations

from quizengine import checks
from quizengine.card import Card
from quizengine.rule import Found, Given, Register

_rules = Register()
RULES = _rules.rules


@_rules.card("C001")
def every_topic_of_a_card_exists(card: Card, given: Given) -> Found:
    """`topics` names leaves of topics.toml."""
    yield from checks.topics(card, given)


@_rules.card("C002")
def no_html_and_no_images_on_a_card(card: Card, given: Given) -> Found:
    """Texts hold no HTML and no images: no shell shows them."""
    yield from checks.html_and_images(card)


@_rules.card("C003")
def the_prompt_asks(card: Card, given: Given) -> Found:
    """The prompt ends with a question mark: a bare term does not say what to recall."""
    if not card.prompt.rstrip("`*_ ").endswith("?"):
        yield f"prompt: is no question: {card.prompt[-40:]!r}"


@_rules.card("C004")
def what_a_card_serves_exists(card: Card, given: Given) -> Found:
    """`covers` and the items of `sources` stand in sources.toml and may be asked."""
    yield from checks.covered(card.covers, "covers", given)
    yield from checks.covered([source.item for source in card.sources], "sources", given)


@_rules.card("C005")
def the_verdict_agrees(card: Card, given: Given) -> Found:
    """The verdict on a source item is the one that sources.toml has: learners see it."""
    for source in card.sources:
        item = given.bank.sources.items.get(source.item)
        if item is None and source.item in given.bank.sources:
            yield f"sources: {source.item} is a gap and has no verdict; it belongs in covers"
        elif item is not None and item.verdict != source.verdict:
            yield (
                f"sources: {source.item} is {source.verdict} here "
                f"and {item.verdict} in sources.toml"
            )


@_rules.card("C006")
def no_near_duplicate_prompt(card: Card, given: Given) -> Found:
    """The prompt is not nearly that of another card (TF-IDF cosine of 0.65 or more)."""
    yield from checks.twins(card.id, given.card_twins)


@_rules.card("C007")
def only_canonical_addresses_on_a_card(card: Card, given: Given) -> Found:
    """Addresses are https and the original's own: no mirror, translation, cache, archive or
    stored copy."""
    yield from checks.addresses(card)


@_rules.card("C008", "warning")
def card_verified_within_a_year(card: Card, given: Given) -> Found:
    """`verified_on` is at most 365 days old."""
    yield from checks.age(card, given)


@_rules.card("C009")
def card_verified_in_the_past(card: Card, given: Given) -> Found:
    """`verified_on` is not a day to come."""
    yield from checks.future(card, given)


@_rules.card("C010")
def card_read_before_it_was_verified(card: Card, given: Given) -> Found:
    """No reference is dated after `verified_on`: it cannot have been read by then."""
    yield from checks.reading_dates(card)


@_rules.card("C011")
def the_id_of_a_card_says_what_it_is(card: Card, given: Given) -> Found:
    """The id has two words or more that say what the card is about."""
    yield from checks.id_words(card.id)


@_rules.card("C012")
def the_figure_of_a_card_exists(card: Card, given: Given) -> Found:
    """`figure` names an SVG in questions/figures."""
    yield from checks.figure(card, given)
