"""The output of a convolution, and how many numbers a network learns."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from quizengine.computed.drawn import UNUSABLE, Choice, Drawn, Generator, around, number
from quizengine.content import Reference
from quizengine.question import Trap


def width(n: int, kernel: int, padding: int, stride: int) -> int:
    """floor((n - k + 2p) / s) + 1."""
    return (n - kernel + 2 * padding) // stride + 1


def _convolution(rng: random.Random) -> Drawn:
    n = rng.choice((28, 32, 48, 64, 96, 112, 128, 224))
    depth = rng.choice((1, 3, 8, 16))
    kernel = rng.choice((3, 5, 7, 11))
    padding = rng.choice((1, 2, 3))
    stride = rng.choice((1, 2, 3, 4))
    kernels = rng.choice((6, 12, 24, 32, 64, 96))
    side = width(n, kernel, padding, stride)
    span = n - kernel + 2 * padding
    dropped = "" if span % stride == 0 else " Positions where the kernel does not fit are dropped."
    stem = (
        f"A convolutional layer takes an input of {n} x {n} x {depth} (height x width x channels). "
        f"It has {kernels} kernels of {kernel} x {kernel}, a padding of {padding} on every side "
        f"and a stride of {stride}.{dropped}\n\nWhich shape does its output have?"
    )
    sides = {
        side - 1: "the starting position adds one to the steps of the kernel",
        (n - kernel + padding) // stride + 1: "the padding lies on both sides",
        width(n, kernel, padding, 1): f"the kernel moves by {stride}",
        -(-span // stride) + 1: "the last position, where the kernel does not fit, is dropped",
    }
    sides.pop(side, None)
    other_side, why_side = rng.choice([*sides.items()])
    depths = {
        kernels * depth: f"a kernel spans all {depth} channels of the input and gives one",
        depth: f"each of the {kernels} kernels gives one channel",
    }
    depths.pop(kernels, None)
    other_depth, why_depth = rng.choice([*depths.items()])
    rounded = ", rounded down," if dropped else ""
    formed = f"({n} - {kernel} + 2 x {padding}) / {stride}" if stride > 1 else f"{span}"
    right = f"{formed}{rounded} plus 1 is {side}"

    def volume(side: int, channels: int) -> str:
        return f"{side} x {side} x {number(channels)}"

    # Each size comes twice and each depth comes twice: the commonest says nothing.
    key = Choice(
        volume(side, kernels), f"{right}; each of the {kernels} kernels gives one channel."
    )
    wrong = (
        Choice(volume(other_side, kernels), f"The size is wrong: {why_side}.", "constraint"),
        Choice(volume(side, other_depth), f"The depth is wrong: {why_depth}.", "elsewhere"),
        Choice(
            volume(other_side, other_depth),
            f"Size and depth are wrong: {why_side}, and {why_depth}.",
            "elsewhere",
        ),
    )
    return Drawn(stem, f"a stride of {stride}", key, wrong) if side > 2 else UNUSABLE


def parameters(layers: Sequence[int]) -> int:
    """Weights and biases of a fully connected network with these units, the inputs first."""
    return sum((before + 1) * after for before, after in pairwise(layers))


def _parameters(rng: random.Random) -> Drawn:
    inputs = rng.randrange(8, 65, 4)
    hidden = [rng.choice((8, 12, 16, 24, 32, 48, 64)) for _ in range(rng.choice((1, 2)))]
    outputs = rng.choice((1, 3, 4, 5, 10))
    layers = [inputs, *hidden, outputs]
    weights = sum(before * after for before, after in pairwise(layers))
    sizes = " and ".join(map(str, hidden))
    which = "a hidden layer" if len(hidden) == 1 else "two hidden layers"
    ends = "one output unit" if outputs == 1 else f"{outputs} output units"
    stem = (
        f"A fully connected network has {inputs} inputs, {which} of {sizes} units and {ends}. "
        "Every unit of the hidden and output layers has a bias.\n\n"
        "How many trainable parameters does the network have?"
    )
    terms = " + ".join(f"({before} + 1) x {after}" for before, after in pairwise(layers))
    key = Choice(
        number(parameters(layers)),
        f"{terms} = {number(parameters(layers))}: each unit has a weight for each input and a "
        "bias.",
    )
    none_at_the_end = "the output unit has" if outputs == 1 else "the output units have"
    found: dict[int, tuple[str, Trap]] = {
        weights: (
            "These are the weights alone; the biases are learned as well.",
            "constraint",
        ),
        weights + sum(hidden): (
            f"Here {none_at_the_end} no bias; the stem gives every such unit one.",
            "constraint",
        ),
        weights + len(layers) - 1: (
            "This counts one bias per layer; each unit has its own.",
            "constraint",
        ),
        weights + sum(layers): (
            "Here the inputs have biases too; they are data, and nothing about them is learned.",
            "elsewhere",
        ),
        sum((before + 1) * (after + 1) for before, after in pairwise(layers)): (
            "Here weights lead into the biases too; a bias takes no input.",
            "elsewhere",
        ),
    }
    wrong: dict[float, Choice] = {
        count: Choice(number(count), *told) for count, told in found.items()
    }
    return Drawn(stem, "has a bias", key, around(rng, parameters(layers), wrong))


_TASKS = {"mls-c01": "3.2", "mla-c01": "2.1"}
_WHERE = ("algorithms/neural-networks",)
_DAY = date(2026, 11, 21)
_STRIDE = Reference(
    title="Padding and Stride, Dive into Deep Learning",
    url="https://d2l.ai/chapter_convolutional-neural-networks/padding-and-strides.html",
    as_of="unknown",
)
_CHANNELS = Reference(
    title="Multiple Input and Multiple Output Channels, Dive into Deep Learning",
    url="https://d2l.ai/chapter_convolutional-neural-networks/channels.html",
    as_of="unknown",
)
_PERCEPTRONS = Reference(
    title="Multilayer Perceptrons, Dive into Deep Learning",
    url="https://d2l.ai/chapter_multilayer-perceptrons/mlp.html",
    as_of="unknown",
)
GENERATORS = (
    Generator(
        "output-of-a-convolution", "The output of a convolutional layer",
        _WHERE, _TASKS, ("convolution-output-size",), "medium", _DAY, (_STRIDE, _CHANNELS),
        _convolution,
    ),
    Generator(
        "parameters-of-a-network", "The parameters of a fully connected network",
        _WHERE, _TASKS, ("weights-and-biases-are-learned",), "medium", _DAY, (_PERCEPTRONS,),
        _parameters,
    ),
)  # fmt: skip
