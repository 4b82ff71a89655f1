"""The exercises of chapter 3, answered in other ways than the book answers them."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from dlbook.exercises import exercises_of, grade


@pytest.fixture(params=[torch.float32, torch.float64], autouse=True)
def _default_type(request: pytest.FixtureRequest) -> Iterator[None]:
    """Grade in both types: the chapter's is float64, that of a reader's own script float32."""
    torch.set_default_dtype(request.param)
    yield
    torch.set_default_dtype(torch.float32)


def with_a_bias(inputs: Tensor, weights: Tensor, threshold: float) -> Tensor:
    return torch.heaviside((inputs * weights).sum(1) + threshold, torch.tensor(0.0))


def from_the_threshold_on(inputs: Tensor, weights: Tensor, threshold: float) -> Tensor:
    return torch.tensor([0.0 if row @ weights < threshold else 1.0 for row in inputs])


def weighted_sums(inputs: Tensor, weights: Tensor, threshold: float) -> Tensor:
    return torch.mv(inputs, weights)


def sums_less_threshold(inputs: Tensor, weights: Tensor, threshold: float) -> Tensor:
    return (inputs * weights).sum(dim=1).sub(threshold)


def by_loops(inputs: Tensor, weights: Tensor, threshold: float) -> Tensor:
    outputs = []
    for row in inputs.tolist():
        total = sum(w * x for w, x in zip(weights.tolist(), row, strict=True))
        outputs.append(float(total > threshold))
    return torch.tensor(outputs)


def all_at_once(inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    weights, bias = torch.zeros(inputs.shape[1]), torch.zeros(())
    errors = labels - (inputs @ weights + bias > 0).int()
    return weights + errors @ inputs, bias + errors.sum()


def pass_where(
    fires: Callable[[float], bool], inputs: Tensor, labels: Tensor
) -> tuple[Tensor, float]:
    weights, bias = np.zeros(inputs.shape[1]), 0.0
    for x, y in zip(inputs.numpy(), labels.numpy(), strict=True):
        error = float(y) - fires(float(weights @ x + bias))
        weights, bias = weights + error * x, bias + error
    return torch.from_numpy(weights), bias


def fires_at_zero(inputs: Tensor, labels: Tensor) -> tuple[Tensor, float]:
    return pass_where(lambda z: not z < 0, inputs, labels)


def in_numpy(inputs: Tensor, labels: Tensor) -> tuple[Tensor, float]:
    return pass_where(lambda z: z > 0, inputs, labels)


def only_adds(inputs: Tensor, labels: Tensor) -> tuple[Tensor, float]:
    weights, bias = torch.zeros_like(inputs[0]), 0.0
    for x, y in zip(inputs, labels, strict=True):
        if y == 1 and x @ weights + bias <= 0:
            weights += x
            bias += 1
    return weights, bias


def every_sample(inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    signs = torch.where(labels == 1, 1.0, -1.0)
    return (signs[:, None] * inputs).sum(0), signs.sum()


def wrong_way(inputs: Tensor, labels: Tensor) -> tuple[Tensor, float]:
    weights, bias = torch.zeros_like(inputs[0]), 0.0
    for x, y in zip(inputs, labels.tolist(), strict=True):
        error = y - float(x @ weights + bias > 0)
        weights -= error * x
        bias -= error
    return weights, bias


def without_bias(inputs: Tensor, labels: Tensor) -> tuple[Tensor, float]:
    weights = torch.zeros_like(inputs[0])
    for x, y in zip(inputs, labels.tolist(), strict=True):
        weights += (y - float(x @ weights > 0)) * x
    return weights, 0.0


def appended_one(inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    weights = torch.zeros(inputs.shape[1] + 1)
    for x, y in zip(torch.nn.functional.pad(inputs, (0, 1), value=1.0), labels, strict=True):
        fires = bool(x @ weights > 0)
        if y == 1 and not fires:
            weights += x
        if y == 0 and fires:
            weights -= x
    return weights[:-1], weights[-1]


def by_autograd(
    cost: Callable[[Tensor, Tensor], Tensor],
    inputs: Tensor,
    labels: Tensor,
    weights: Tensor,
    bias: float,
) -> tuple[Tensor, Tensor]:
    w, b = weights.clone().requires_grad_(), torch.tensor(bias, requires_grad=True)
    cost(torch.sigmoid(inputs @ w + b), labels).backward()  # type: ignore[no-untyped-call]
    assert w.grad is not None
    assert b.grad is not None
    return w.grad, b.grad


def half_mean_square(outputs: Tensor, labels: Tensor) -> Tensor:
    return 0.5 * (outputs - labels).square().mean()


def slope_at_the_output(
    inputs: Tensor, labels: Tensor, weights: Tensor, bias: float
) -> tuple[Tensor, Tensor]:
    a = torch.sigmoid(inputs @ weights + bias)
    delta = (a - labels) * torch.exp(-a) / (1 + torch.exp(-a)) ** 2
    return inputs.T @ delta / len(delta), delta.mean()


def without_bias_in_z(
    inputs: Tensor, labels: Tensor, weights: Tensor, bias: float
) -> tuple[Tensor, Tensor]:
    a = torch.sigmoid(inputs @ weights)
    delta = (a - labels) * a * (1 - a)
    return (delta[:, None] * inputs).mean(0), delta.mean()


def own_slopes_only(scores: Tensor) -> Tensor:
    p = torch.softmax(scores, 0)
    return torch.diag_embed(p * (1 - p))


def products_only(scores: Tensor) -> Tensor:
    p = scores.softmax(0)
    return -p[:, None] @ p[None, :]


def all_positive(scores: Tensor) -> Tensor:
    p = scores.softmax(0).tolist()
    n = range(len(p))
    return torch.tensor([[p[j] * (1 - p[j]) if j == k else p[j] * p[k] for k in n] for j in n])


def of_the_scores(scores: Tensor) -> Tensor:
    return scores * (torch.eye(len(scores)) - scores[:, None])


def by_differences(scores: Tensor) -> Tensor:
    z, h = scores.double(), 1e-6
    columns = []
    for k in range(len(z)):
        move = torch.zeros_like(z)
        move[k] = h
        columns.append(((z + move).softmax(0) - (z - move).softmax(0)) / (2 * h))
    return torch.stack(columns, dim=1)


@pytest.mark.parametrize(
    ("number", "answer", "words"),
    [
        ("3.8", with_a_bias, "they differ in sign"),
        ("3.8", from_the_threshold_on, "equals it is not enough"),
        ("3.8", weighted_sums, "weighted sums came out. "),
        ("3.8", sums_less_threshold, "less the threshold"),
        ("3.9", all_at_once, "weights of the start"),
        ("3.9", fires_at_zero, "exactly 0 does not fire"),
        ("3.9", only_adds, "do not subtract"),
        ("3.9", every_sample, "although the output is right"),
        ("3.9", wrong_way, "the wrong way"),
        ("3.9", without_bias, "The bias stays 0"),
        (
            "3.10",
            lambda *case: by_autograd(lambda a, y: (a - y).square().mean(), *case),
            "twice too large",
        ),
        (
            "3.10",
            lambda *case: by_autograd(lambda a, y: (a - y).square().sum() / 2, *case),
            "added the samples up",
        ),
        (
            "3.10",
            lambda *case: by_autograd(torch.nn.functional.binary_cross_entropy, *case),
            "slope of the sigmoid is missing",
        ),
        (
            "3.10",
            lambda *case: by_autograd(lambda a, y: -half_mean_square(a, y), *case),
            "Every sign",
        ),
        ("3.10", slope_at_the_output, "at the output a"),
        ("3.10", without_bias_in_z, "bias is missing"),
        ("3.11", own_slopes_only, "Only the diagonal"),
        ("3.11", products_only, "on it something is missing"),
        ("3.11", all_positive, "Off the diagonal the sign is wrong"),
        ("3.11", of_the_scores, "multiplied the scores"),
        ("3.11", lambda scores: -by_differences(scores), "Every sign"),
    ],
)
def test_a_wrong_answer_is_told_its_mistake(
    number: str, answer: Callable[..., Any], words: str
) -> None:
    verdict = grade(number, answer)
    assert not verdict.right
    assert words in verdict.hint


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        ("3.8", by_loops),
        ("3.9", in_numpy),
        ("3.9", appended_one),
        ("3.10", lambda *case: by_autograd(half_mean_square, *case)),
        ("3.11", by_differences),
    ],
)
def test_a_right_answer_may_be_written_differently(number: str, answer: Callable[..., Any]) -> None:
    verdict = grade(number, answer)
    assert verdict.right, verdict


@pytest.mark.parametrize("number", exercises_of(3))
def test_each_mistake_gets_its_own_hint_in_either_type(number: str) -> None:
    exercise = exercises_of(3)[number]
    assert grade(number, exercise.solution).right
    for mistake in exercise.mistakes:
        assert grade(number, mistake.function).hint == mistake.hint
