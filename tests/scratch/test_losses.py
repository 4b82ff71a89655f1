"""Loss functions against PyTorch's, their gradients against autograd, in float64."""

import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from dlbook.scratch import losses

Loss = Callable[[Tensor, Tensor], Tensor]
REGRESSIONS: dict[str, tuple[Loss, Loss, Loss]] = {
    "quadratic": (
        losses.quadratic,
        losses.quadratic_gradient,
        lambda a, y: functional.mse_loss(a, y) * a.shape[1] / 2,
    ),
    "mean squared error": (
        losses.mean_squared_error,
        losses.mean_squared_error_gradient,
        functional.mse_loss,
    ),
    "binary cross-entropy": (
        losses.binary_cross_entropy,
        losses.binary_cross_entropy_gradient,
        functional.binary_cross_entropy_with_logits,
    ),
}
SIDES = st.integers(1, 4)


def assert_agrees(
    loss: Loss, gradient: Loss, reference: Loss, outputs: Tensor, targets: Tensor
) -> None:
    outputs.requires_grad_()
    expected = reference(outputs, targets)
    (slope,) = torch.autograd.grad(expected, outputs)
    exact = {"rtol": 1e-10, "atol": 1e-12}
    torch.testing.assert_close(loss(outputs, targets), expected, **exact)
    torch.testing.assert_close(gradient(outputs.detach(), targets), slope, **exact)


@pytest.mark.parametrize("name", REGRESSIONS)
@given(n=SIDES, k=SIDES, seed=st.integers(0, 100))
def test_losses_of_numbers_are_pytorchs(name: str, n: int, k: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    outputs = 3 * torch.randn(n, k, dtype=torch.float64, generator=generator)
    targets = torch.rand(n, k, dtype=torch.float64, generator=generator)
    assert_agrees(*REGRESSIONS[name], outputs, targets)


@given(n=SIDES, k=SIDES, seed=st.integers(0, 100))
def test_cross_entropy_is_pytorchs(n: int, k: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    scores = 3 * torch.randn(n, k, dtype=torch.float64, generator=generator)
    labels = torch.randint(k, (n,), generator=generator)
    assert_agrees(
        losses.cross_entropy,
        losses.cross_entropy_gradient,
        functional.cross_entropy,
        scores,
        labels,
    )


def test_a_certain_wrong_answer_costs_much_but_not_everything() -> None:
    scores = torch.tensor([[1e4, -1e4]])
    assert losses.cross_entropy(scores, torch.tensor([1])).item() == 2e4
    assert losses.binary_cross_entropy(scores, torch.tensor([[0.0, 1.0]])).item() == 1e4


def test_equal_scores_cost_the_logarithm_of_the_number_of_classes() -> None:
    loss = losses.cross_entropy(torch.zeros(5, 10), torch.arange(5))
    assert loss.item() == pytest.approx(math.log(10))


@pytest.mark.parametrize("name", REGRESSIONS)
@pytest.mark.parametrize(
    "shapes", [((2, 3), (2,)), ((0, 3), (0, 3)), ((3,), (3,)), ((2, 3), (3, 2))]
)
def test_wrong_shapes_are_refused(name: str, shapes: tuple[tuple[int, ...], ...]) -> None:
    for function in REGRESSIONS[name][:2]:
        with pytest.raises(ValueError, match=r"(outputs|scores) and targets must have one shape"):
            function(*map(torch.zeros, shapes))


@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan])
def test_targets_that_are_no_probabilities_are_refused(value: float) -> None:
    for function in (losses.binary_cross_entropy, losses.binary_cross_entropy_gradient):
        with pytest.raises(ValueError, match="targets must lie from 0 to 1"):
            function(torch.zeros(1, 1), torch.tensor([[value]]))


@pytest.mark.parametrize(
    ("labels", "problem"),
    [([0, 3], "labels must lie from 0 to 2"), ([-1, 0], "found values from -1"), ([0], "shapes")],
)
def test_wrong_labels_are_refused(labels: list[int], problem: str) -> None:
    for function in (losses.cross_entropy, losses.cross_entropy_gradient):
        with pytest.raises(ValueError, match=problem):
            function(torch.zeros(2, 3), torch.tensor(labels))
