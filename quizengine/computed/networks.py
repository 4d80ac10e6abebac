"""The output of a convolution, and how many numbers a network learns."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from quizengine.computed.drawn import Choice, Drawn, Generator, number
from quizengine.content import Reference


def width(n: int, kernel: int, padding: int, stride: int) -> int:
    """floor((n - k + 2p) / s) + 1."""
    return (n - kernel + 2 * padding) // stride + 1


def _convolution(rng: random.Random) -> Drawn:
    n = rng.choice((28, 32, 48, 64, 96, 112, 128, 224))
    depth = rng.choice((1, 3, 8, 16))
    kernel = rng.choice((3, 5, 7, 11))
    padding = rng.choice((0, 1, 2, 3))
    stride = rng.choice((1, 2, 3, 4))
    kernels = rng.choice((6, 12, 24, 32, 64, 96))

    def volume(side: int, channels: int) -> str:
        return f"{side} x {side} x {channels}"

    side = width(n, kernel, padding, stride)
    stem = (
        f"A convolutional layer takes an input of {n} x {n} x {depth} (height x width x channels). "
        f"It has {kernels} kernels of {kernel} x {kernel}, a padding of {padding} on every side "
        f"and a stride of {stride}.\n\nWhich shape does its output have?"
    )
    formed = f"({n} - {kernel} + 2 x {padding}) / {stride}"
    key = Choice(
        volume(side, kernels),
        f"{formed}, rounded down, plus 1 is {side}; each of the {kernels} kernels gives one "
        "channel.",
    )
    wrong = (
        Choice(
            volume(side, kernels * depth),
            f"A kernel spans all channels of the input, so the depth is {kernels}, not that times "
            f"{depth}.",
            "elsewhere",
        ),
        Choice(
            volume(side - 1, kernels),
            f"{formed} counts the steps of the kernel; its first place comes on top.",
            "elsewhere",
        ),
        Choice(
            volume((n - kernel + padding) // stride + 1, kernels),
            "Here the padding is counted on one side; it lies on both.",
            "constraint",
        ),
        Choice(
            volume(width(n, kernel, padding, 1), kernels),
            f"This is the output at a stride of 1; here the kernel moves by {stride}.",
            "constraint",
        ),
        Choice(
            volume(side, depth),
            f"The depth of the output is the number of kernels, {kernels}, whatever that of the "
            "input is.",
            "elsewhere",
        ),
    )
    usable = kernel > padding and side > 2
    return Drawn(
        stem,
        f"a stride of {stride}",
        key,
        tuple(rng.sample(wrong, len(wrong))) if usable else (),
    )


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
        "How many parameters does training set?"
    )
    terms = " + ".join(f"({before} + 1) x {after}" for before, after in pairwise(layers))
    key = Choice(
        number(parameters(layers)),
        f"{terms} = {number(parameters(layers))}: each unit has a weight for each input and a "
        "bias.",
    )
    wrong = (
        Choice(
            number(weights),
            "These are the weights alone; the biases are learned as well.",
            "constraint",
        ),
        Choice(
            number(weights + sum(hidden)),
            "Here the output units have no bias; the stem gives them one.",
            "constraint",
        ),
        Choice(
            number(weights + len(layers) - 1),
            "This counts one bias a layer; each unit has its own.",
            "constraint",
        ),
        Choice(
            number(weights + sum(layers)),
            "Here the inputs have biases too; they are data, and nothing about them is learned.",
            "elsewhere",
        ),
    )
    return Drawn(stem, "has a bias", key, tuple(rng.sample(wrong, len(wrong))))


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
