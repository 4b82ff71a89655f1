"""Lists and floats against tensors: gradients, and weights after several steps."""

import math
import random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from dlbook.scratch import plain
from dlbook.scratch.network import Network
from dlbook.scratch.optim import GradientDescent

SIDES = st.integers(1, 4)


def both(widths: list[int], seed: int) -> tuple[list[plain.Layer], Network]:
    """Give a plain network and a network of tensors the same weights."""
    network = Network(*widths, seed=seed, dtype=torch.float64)
    layers = [
        plain.Layer(w.tolist(), b.tolist())
        for w, b in zip(network.weights, network.biases, strict=True)
    ]
    return layers, network


def same(layers: list[plain.Layer], weights: list[Tensor], biases: list[Tensor]) -> None:
    for layer, *tensors in zip(layers, weights, biases, strict=True):
        for ours, theirs in zip(layer, tensors, strict=True):
            ours = torch.tensor(ours, dtype=torch.float64)
            torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-10)


@given(widths=st.lists(SIDES, min_size=2, max_size=4), seed=st.integers(0, 1000))
def test_gradients_are_those_of_the_tensors(widths: list[int], seed: int) -> None:
    layers, network = both(widths, seed)
    chance = torch.Generator().manual_seed(seed)
    x, y = (torch.randn(1, k, generator=chance).double() for k in (widths[0], widths[-1]))
    trace = network.forward(x)
    network.backward(trace, y)
    activations = plain.forward(layers, x[0].tolist())
    gradients = plain.backward(layers, activations, y[0].tolist())
    same(gradients, trace.weight_gradients, trace.bias_gradients)


def test_training_takes_the_steps_that_the_tensors_take() -> None:
    layers, network = both([2, 3, 2], 0)
    samples, labels = [[0.5, -1.0], [1.5, 0.25], [-0.5, 0.75]], [0, 1, 1]
    plain.train(layers, samples, labels, lambda passes: 0.5 / (1 + passes), n_steps=7, seed=3)

    draw, order = random.Random(3), [0, 1, 2]
    for step in range(7):
        if step % 3 == 0:
            draw.shuffle(order)
        k = order[step % 3]
        trace = network.forward(torch.tensor([samples[k]], dtype=torch.float64))
        network.backward(trace, torch.eye(2, dtype=torch.float64)[labels[k]].unsqueeze(0))
        GradientDescent(0.5 / (1 + step // 3)).step(network.parameters, trace.gradients)
    same(layers, network.weights, network.biases)


def test_training_separates_two_classes() -> None:
    layers = plain.new_network(1, 2, 2, seed=1)
    samples = [[value / 10] for value in range(-10, 11) if value]
    labels = [int(sample[0] > 0) for sample in samples]
    plain.train(layers, samples, labels, lambda passes: 1.0, n_steps=100 * len(samples))
    assert plain.predict(layers, samples) == labels


def test_the_sigmoid_does_not_overflow() -> None:
    assert plain.sigmoid(1e4) == 1
    assert plain.sigmoid(-1e4) == 0
    assert plain.sigmoid(0) == 0.5
    assert plain.sigmoid(-3) == pytest.approx(1 / (1 + math.exp(3)), rel=1e-15)


def test_bad_arguments_are_named() -> None:
    layers = plain.new_network(2, 3)
    train = lambda samples, labels: plain.train(layers, samples, labels, lambda p: 0.1, 1)  # noqa: E731
    with pytest.raises(ValueError, match="widths"):
        plain.new_network(3)
    with pytest.raises(ValueError, match="samples is empty"):
        train([], [])
    with pytest.raises(ValueError, match="rows of 2 finite numbers, found in row 1"):
        train([[1.0, 2.0], [1.0]], [0, 1])
    with pytest.raises(ValueError, match="rows of 2 finite numbers, found in row 0"):
        train([[1.0, math.nan]], [0])
    with pytest.raises(ValueError, match="class numbers from 0 to 2"):
        train([[1.0, 2.0]], [3])
    with pytest.raises(ValueError, match="class numbers from 0 to 2"):
        train([[1.0, 2.0]], [0.5])
    with pytest.raises(ValueError, match="n_steps must be at least 1"):
        plain.train(layers, [[1.0, 2.0]], [0], lambda p: 0.1, 0)
    with pytest.raises(ValueError, match="labels must be 1 class numbers"):
        train([[1.0, 2.0]], [])
    with pytest.raises(ValueError, match="rows of 2"):
        plain.predict(layers, [[1.0]])
