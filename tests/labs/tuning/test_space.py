"""The ranges that are searched, and their scales."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from labs.cloud.refusals import Refused
from labs.cloud.tuning.space import Categorical, Numeric, Space

PLACES = st.floats(0, 1)


def integers(name: str = "depth", low: str = "1", high: str = "10", **more: str) -> dict[str, Any]:
    return {"IntegerParameterRanges": [{"Name": name, "MinValue": low, "MaxValue": high, **more}]}


def reals(name: str = "eta", low: str = "0.1", high: str = "0.5", **more: str) -> dict[str, Any]:
    given_ = {"Name": name, "MinValue": low, "MaxValue": high, **more}
    return {"ContinuousParameterRanges": [given_]}


def words(name: str = "booster", *values: str) -> dict[str, Any]:
    return {"CategoricalParameterRanges": [{"Name": name, "Values": [*values]}]}


@st.composite
def ranges(draw: st.DrawFn) -> Numeric:
    """Any range that a request may have."""
    scale = draw(st.sampled_from(["Linear", "Logarithmic", "ReverseLogarithmic"]))
    if scale != "ReverseLogarithmic" and draw(st.booleans()):
        least = 1 if scale == "Logarithmic" else -1000
        low = draw(st.integers(least, 1000))
        return Numeric("n", low, draw(st.integers(low + 1, 3000)), scale, True)
    bounds = {
        "Linear": (-1e6, 1e6),
        "Logarithmic": (1e-9, 1e6),
        "ReverseLogarithmic": (0.0, 0.999999),
    }
    low, high = sorted(draw(st.tuples(*[st.floats(*bounds[scale])] * 2)))
    assume(high - low > 1e-7 * max(abs(low), abs(high)))
    return Numeric("x", low, high, scale, False)


@given(each=ranges(), place=PLACES)
def test_every_place_is_a_value_of_the_range(each: Numeric, place: float) -> None:
    text = each.at(place)
    value = int(text) if each.is_integer else float(text)
    assert each.low <= value <= each.high
    assert each.place(text) is not None


@given(each=ranges(), place=PLACES)
def test_a_value_is_found_again_where_it_lies(each: Numeric, place: float) -> None:
    text = each.at(place)
    found = each.place(text)
    assert found is not None
    assert 0 <= found <= 1
    if each.is_integer:
        assert each.at(found) == text
    else:
        assert float(each.at(found)) == pytest.approx(float(text), rel=1e-6, abs=1e-6)


@given(each=ranges(), one=PLACES, other=PLACES)
def test_a_place_further_on_is_no_smaller_value(each: Numeric, one: float, other: float) -> None:
    first, second = sorted((one, other))
    assert float(each.at(first)) <= float(each.at(second))


@given(each=ranges())
def test_both_ends_of_a_range_can_be_reached(each: Numeric) -> None:
    assert float(each.at(0)) == pytest.approx(each.low)
    assert float(each.at(1)) == pytest.approx(each.high)


def test_each_integer_has_the_same_share_of_a_linear_scale() -> None:
    each = Numeric("depth", 1, 4, "Linear", True)
    found = [each.at(place / 1000) for place in range(1001)]
    assert [found.count(str(value)) for value in (1, 2, 3, 4)] == pytest.approx([250] * 4, abs=2)


def test_the_middle_of_a_logarithmic_scale_is_the_geometric_mean() -> None:
    each = Numeric("eta", 0.0001, 1, "Logarithmic", False)
    assert float(each.at(0.5)) == pytest.approx(0.01)
    assert float(each.at(0.25)) == pytest.approx(0.001)


def test_a_reverse_logarithmic_scale_looks_closely_at_what_is_near_one() -> None:
    each = Numeric("momentum", 0, 0.9999, "ReverseLogarithmic", False)
    assert float(each.at(0.5)) == pytest.approx(0.99)
    assert float(each.at(0.75)) == pytest.approx(0.999)


@pytest.mark.parametrize(
    ("low", "high", "scale"),
    [
        ("0.01", "1", "Logarithmic"),
        ("0.1", "1", "Linear"),
        ("0", "1000", "Linear"),
        ("-5", "5", "Linear"),
    ],
)
def test_auto_is_logarithmic_over_two_orders_of_magnitude(low: str, high: str, scale: str) -> None:
    (each,) = Space.of(reals("eta", low, high, ScalingType="Auto")).ranges
    assert isinstance(each, Numeric)
    assert each.scale == scale


def test_a_space_counts_its_points() -> None:
    both = {**integers(), **words("booster", "gbtree", "dart")}
    assert Space.of(both).count == 20
    assert Space.of(both | reals()).count == math.inf


def test_the_points_of_a_grid_are_all_combinations_once() -> None:
    given_ = {
        "CategoricalParameterRanges": [
            {"Name": "a", "Values": ["1", "2"]},
            {"Name": "b", "Values": ["x", "y", "z"]},
        ]
    }
    points = [tuple(point.values()) for point in Space.of(given_).points()]
    assert points[:4] == [("1", "x"), ("1", "y"), ("1", "z"), ("2", "x")]
    assert len({*points}) == len(points) == 6


def test_a_point_outside_of_the_space_has_no_place_in_it() -> None:
    space = Space.of({**integers(), **words("booster", "gbtree")})
    assert space.place({"depth": "3", "booster": "gbtree", "more": "1"}) is not None
    for foreign in ({"depth": "11"}, {"depth": "2.5"}, {"depth": "x"}, {"booster": "dart"}, {}):
        assert space.place({"depth": "3", "booster": "gbtree"} | foreign) is not None or foreign
    assert space.place({"depth": "11", "booster": "gbtree"}) is None
    assert space.place({"depth": "2.5", "booster": "gbtree"}) is None
    assert space.place({"depth": "3", "booster": "dart"}) is None
    assert space.place({"depth": "3"}) is None


@pytest.mark.parametrize(
    ("given_", "why"),
    [
        (integers(low="5", high="5"), "must be less than its MaxValue"),
        (reals(low="0.5", high="0.1"), r"The MinValue \[0.5\] of hyperparameter \[eta\]"),
        (integers(low="1.5"), r"\[1.5\] .* is not an integer"),
        (reals(high="many"), r"\[many\] .* is not a number"),
        (reals(high="inf"), "is not a number"),
        (reals(high="nan"), "is not a number"),
        (integers(high="9" * 400), "is not an integer"),
        (reals(low="0", ScalingType="Logarithmic"), "Logarithmic scaling .* greater than 0"),
        (integers(ScalingType="ReverseLogarithmic"), "not supported for integer"),
        (reals(high="1.0", ScalingType="ReverseLogarithmic"), "within 0 <= x < 1.0"),
        (words("booster", "dart", "dart"), r"hold \[dart\] more than once"),
        (integers("eta") | reals("eta"), r"more than one range for \[eta\]"),
        (
            {"CategoricalParameterRanges": [{"Name": f"n{n}", "Values": ["1"]} for n in range(30)]}
            | reals(),
            "31 hyperparameters, and at most 30",
        ),
    ],
)
def test_a_range_that_is_none_is_refused(given_: dict[str, Any], why: str) -> None:
    with pytest.raises(Refused, match=why) as refused:
        Space.of(given_)
    assert refused.value.code == "ValidationException"


def test_one_category_is_a_range_too() -> None:
    assert Space.of(words("booster", "dart")).ranges == (Categorical("booster", ("dart",)),)
