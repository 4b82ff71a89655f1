"""The exercises of chapter 4, answered in other ways than the book answers them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from dlbook.exercises import grade
from dlbook.scratch.optim import GradientDescent

Slope = Callable[[Tensor], Tensor]


def uphill(gradient: Slope, start: Tensor, learning_rate: float, n_steps: int) -> Tensor:
    v = start.clone()
    for _ in range(n_steps):
        v += learning_rate * gradient(v)
    return v


def asked_once(gradient: Slope, start: Tensor, learning_rate: float, n_steps: int) -> Tensor:
    v, slope = start, gradient(start)
    for _ in range(n_steps):
        v = v - learning_rate * slope
    return v


def returned_early(gradient: Slope, start: Tensor, learning_rate: float, n_steps: int) -> Tensor:
    v = start
    for _ in range(n_steps):
        v = v.sub(gradient(v), alpha=learning_rate)
        return v
    return v


def counted_from_one(gradient: Slope, start: Tensor, learning_rate: float, n_steps: int) -> Tensor:
    v = start
    for _ in range(1, n_steps):
        v = v - learning_rate * gradient(v)
    return v


def walked_by_the_library(
    gradient: Slope, start: Tensor, learning_rate: float, n_steps: int
) -> Tensor:
    v, optimizer = start.clone(), GradientDescent(learning_rate)
    for _ in range(n_steps):
        optimizer.step([v], [gradient(v)])
    return v


def unshuffled(
    inputs: Tensor, labels: Tensor, size: int, order: Tensor
) -> list[tuple[Tensor, Tensor]]:
    batches = []
    for i in range(0, len(inputs), size):
        batches.append((inputs[i : i + size], labels[i : i + size]))
    return batches


def half_shuffled(
    inputs: Tensor, labels: Tensor, size: int, order: Tensor
) -> list[tuple[Tensor, Tensor]]:
    starts = range(0, len(inputs), size)
    return [(inputs[order[i : i + size]], labels[i : i + size]) for i in starts]


def without_the_rest(
    inputs: Tensor, labels: Tensor, size: int, order: Tensor
) -> list[tuple[Tensor, Tensor]]:
    batches = []
    for number in range(len(inputs) // size):
        rows = order[number * size : (number + 1) * size]
        batches.append((inputs[rows], labels[rows]))
    return batches


def chunk_by_chunk(
    inputs: Tensor, labels: Tensor, size: int, order: Tensor
) -> tuple[tuple[Tensor, Tensor], ...]:
    shuffled = inputs.index_select(0, order), labels.index_select(0, order)
    return tuple(zip(*(torch.split(part, size) for part in shuffled), strict=True))


def negative_log(scores: Tensor, labels: Tensor) -> Tensor:
    return functional.nll_loss(functional.softmax(scores, dim=1).log(), labels)


def by_loops(scores: Tensor, labels: Tensor) -> float:
    total = 0.0
    for row, label in zip(scores, labels, strict=True):
        powers = torch.exp(row)
        total -= float(torch.log(powers[label] / powers.sum()))
    return total / len(labels)


def logarithm_of_a_large_sum(scores: Tensor, labels: Tensor) -> Tensor:
    logs = scores.exp().sum(1).log()
    return (logs - scores.gather(1, labels[:, None])[:, 0]).mean()


def mean_of_one_hot(scores: Tensor, labels: Tensor) -> Tensor:
    one_hot = torch.eye(scores.shape[1])[labels]
    return -(one_hot * functional.log_softmax(scores, dim=1)).mean()


def by_columns(scores: Tensor, labels: Tensor) -> Tensor:
    logs = scores - scores.logsumexp(dim=0)
    return -(functional.one_hot(labels, scores.shape[1]) * logs).sum() / len(labels)


def in_numpy(scores: Tensor, labels: Tensor) -> float:
    z = scores.double().numpy()
    logs = np.logaddexp.reduce(z, axis=1)
    return float(np.mean(logs - z[np.arange(len(z)), labels.numpy()]))


def old_velocity(
    weights: Tensor, velocity: Tensor, gradient: Tensor, learning_rate: float, momentum: float
) -> tuple[Tensor, Tensor]:
    moved = weights.clone()
    moved -= learning_rate * velocity
    return moved, velocity * momentum + gradient


def never_fading(
    weights: Tensor, velocity: Tensor, gradient: Tensor, learning_rate: float, momentum: float
) -> tuple[Tensor, Tensor]:
    velocity = torch.stack([velocity, gradient]).sum(0)
    return weights - velocity * learning_rate, velocity


def averaged(
    weights: Tensor, velocity: Tensor, gradient: Tensor, learning_rate: float, momentum: float
) -> tuple[Tensor, Tensor]:
    velocity = torch.lerp(gradient, velocity, momentum)
    return weights - learning_rate * velocity, velocity


def rate_inside(
    weights: Tensor, velocity: Tensor, gradient: Tensor, learning_rate: float, momentum: float
) -> tuple[Tensor, Tensor]:
    velocity = momentum * velocity + learning_rate * gradient
    return weights - velocity, velocity


def along(
    weights: Tensor, velocity: Tensor, gradient: Tensor, learning_rate: float, momentum: float
) -> tuple[Tensor, Tensor]:
    velocity = gradient.add(velocity, alpha=momentum)
    return weights.add(velocity, alpha=learning_rate), velocity


def rolled_in_numpy(
    weights: Tensor, velocity: Tensor, gradient: Tensor, learning_rate: float, momentum: float
) -> list[Tensor]:
    speed = gradient.numpy() + momentum * velocity.numpy()
    return [torch.from_numpy(weights.numpy() - learning_rate * speed), torch.from_numpy(speed)]


@pytest.mark.parametrize(
    ("number", "answer", "words"),
    [
        ("4.9", uphill, "You walk uphill"),
        ("4.9", asked_once, "gradient at the start for every step"),
        ("4.9", returned_early, "one step only"),
        ("4.9", counted_from_one, "one step too few"),
        ("4.10", unshuffled, "in their old order"),
        ("4.10", half_shuffled, "the labels are not"),
        ("4.10", without_the_rest, "the last batch is missing"),
        ("4.11", negative_log, "comes out infinite"),
        ("4.11", logarithm_of_a_large_sum, "comes out infinite"),
        ("4.11", by_loops, "comes out as NaN"),
        ("4.11", mean_of_one_hot, "divided by the number of all scores"),
        ("4.11", by_columns, "over the wrong dimension"),
        (
            "4.11",
            lambda z, y: functional.cross_entropy(z, y, reduction="sum"),
            "added the samples up",
        ),
        ("4.11", functional.nll_loss, "took the scores themselves"),
        ("4.12", old_velocity, "with the old velocity"),
        ("4.12", never_fading, "kept whole"),
        ("4.12", averaged, "You took a mean"),
        ("4.12", rate_inside, "The learning rate is inside"),
        ("4.12", along, "points uphill"),
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
        ("4.9", walked_by_the_library),
        ("4.10", chunk_by_chunk),
        ("4.11", in_numpy),
        ("4.11", functional.cross_entropy),
        ("4.12", rolled_in_numpy),
    ],
)
def test_a_right_answer_may_be_written_differently(number: str, answer: Callable[..., Any]) -> None:
    verdict = grade(number, answer)
    assert verdict.right, verdict
