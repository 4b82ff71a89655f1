"""Rosenblatt's rule against its bound, and the line detector against every image."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from dlbook.scratch.perceptron import (
    column_detector,
    fires,
    learn,
    line_detector,
    novikoff_bound,
)
from dlbook.scratch.tensors import all_patterns, line_patterns

CORNERS = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=torch.float64)
AND = torch.tensor([0, 0, 0, 1])
XOR = torch.tensor([0, 1, 1, 0])


def separable(n: int, k: int, seed: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Draw samples around a plane, all of them with a weighted sum of at least 0.1 in size."""
    chance = torch.Generator().manual_seed(seed)
    weights = torch.randn(k, generator=chance, dtype=torch.float64)
    bias = torch.randn((), generator=chance, dtype=torch.float64)
    inputs = torch.randn(n, k, generator=chance, dtype=torch.float64)
    z = inputs @ weights + bias
    inputs += 0.1 * (z.sign() / weights.norm()).unsqueeze(1) * weights / weights.norm()
    return inputs, (z > 0).long(), weights, bias


@given(n=st.integers(1, 20), k=st.integers(1, 4), seed=st.integers(0, 10_000))
def test_the_rule_comes_to_rest_within_novikoffs_bound(n: int, k: int, seed: int) -> None:
    inputs, labels, weights, bias = separable(n, k, seed)
    bound = novikoff_bound(inputs, labels, weights, bias)
    learned = learn(inputs, labels, max_passes=int(bound) + 2)
    assert learned.mistakes[-1] == 0
    assert sum(learned.mistakes) <= bound
    assert torch.equal(fires(inputs, learned.weights, learned.bias).long(), labels)


def test_every_mistake_adds_or_subtracts_its_input() -> None:
    learned = learn(CORNERS, AND, max_passes=1)
    # Only (1, 1) is a mistake of the zero unit.
    assert learned.path.tolist() == [[0, 0, 0], [1, 1, 1]]
    assert learned.mistakes == [1]


def test_xor_is_never_learned() -> None:
    learned = learn(CORNERS, XOR, max_passes=200)
    assert len(learned.mistakes) == 200
    assert min(learned.mistakes) > 0


@pytest.mark.parametrize(("height", "width"), [(1, 2), (2, 2), (3, 3), (2, 4)])
def test_the_line_detector_is_right_about_every_image(height: int, width: int) -> None:
    images = all_patterns(height, width)
    lines = {tuple(i.flatten().tolist()) for i in line_patterns(height, width)}
    wanted = [float(tuple(i.flatten().tolist()) in lines) for i in images]
    assert line_detector(images).tolist() == wanted


def test_a_column_detector_fires_for_one_image() -> None:
    images = all_patterns(3, 3).flatten(1).double()
    fired = fires(images, *column_detector(3, 3, 1))
    assert images[fired == 1].tolist() == [[0, 1, 0, 0, 1, 0, 0, 1, 0]]


def test_threshold_and_bias_are_one_number_with_two_signs() -> None:
    chance = torch.Generator().manual_seed(0)
    inputs = torch.randn(50, 3, generator=chance)
    weights, threshold = torch.randn(3, generator=chance), 0.7
    assert torch.equal(inputs @ weights > threshold, fires(inputs, weights, -threshold) == 1)


def test_the_bound_takes_labels_of_any_type() -> None:
    weights, bias = torch.ones(2, dtype=torch.float64), -1.5
    bounds = {
        novikoff_bound(CORNERS, AND.to(t), weights, bias) for t in (torch.uint8, torch.float64)
    }
    assert len(bounds) == 1


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ValueError, match=r"inputs must have shape \(n, 3\)"):
        fires(CORNERS, torch.ones(3), 0)
    with pytest.raises(ValueError, match=r"inputs must have shape \(n, k\).*\(0, 2\)"):
        learn(CORNERS[:0], AND[:0], max_passes=1)
    with pytest.raises(ValueError, match="labels must be 0 or 1, found 2"):
        learn(CORNERS, 2 * AND, max_passes=1)
    with pytest.raises(ValueError, match="inputs must hold floating-point numbers"):
        learn(all_patterns(1, 2).flatten(1), AND, max_passes=1)
    with pytest.raises(ValueError, match=r"weights, shape .* holds NaN"):
        fires(CORNERS, torch.tensor([0, torch.nan]).double(), 0)
    with pytest.raises(ValueError, match=r"weights and bias must have shapes .* \(2,\) and \(4,\)"):
        fires(CORNERS, torch.ones(2).double(), torch.ones(4))
    with pytest.raises(ValueError, match=r"labels must have shape \(4,\)"):
        learn(CORNERS, AND[:3], max_passes=1)
    with pytest.raises(ValueError, match=r"inputs.*NaN"):
        learn(CORNERS * torch.nan, AND, max_passes=1)
    with pytest.raises(ValueError, match="max_passes"):
        learn(CORNERS, AND, max_passes=0)
    with pytest.raises(ValueError, match="4 of 4 samples lie on their plane"):
        novikoff_bound(CORNERS, AND, torch.zeros(2, dtype=torch.float64), 0.0)
    with pytest.raises(ValueError, match="must separate the labels"):
        novikoff_bound(CORNERS, XOR, torch.ones(2, dtype=torch.float64), 0.0)
    with pytest.raises(ValueError, match="column must lie from 0 to 2, found 3"):
        column_detector(3, 3, 3)
    with pytest.raises(ValueError, match="height must be at least 1"):
        column_detector(0, 3, 1)
    with pytest.raises(ValueError, match="images must have shape"):
        line_detector(CORNERS)
    with pytest.raises(ValueError, match="images must have shape"):
        line_detector(torch.zeros(0, 3, 3))
    with pytest.raises(ValueError, match="images must be 0 or 1, found 255"):
        line_detector(255 * all_patterns(2, 2))
