"""The exercises of chapter 4: learning is descent."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from dlbook.exercises.grading import Exercise, Mistake
from dlbook.scratch.activations import softmax
from dlbook.scratch.losses import cross_entropy


def _slopes(
    generator: torch.Generator,
) -> Iterator[tuple[Callable[[Tensor], Tensor], Tensor, float, int]]:
    """Give gradients of a few costs, with a start, a learning rate and a number of steps."""
    gradients: tuple[Callable[[Tensor], Tensor], ...] = (
        lambda v: v * torch.tensor([1.0, 4.0]),
        lambda v: v + v.sin(),
        lambda v: v - v.mean().cos(),
    )
    for gradient, size, n_steps in zip(gradients, (2, 3, 5), (3, 4, 10), strict=True):
        yield gradient, torch.randn(size, generator=generator), 0.1, n_steps


def _descend(
    gradient: Callable[[Tensor], Tensor], start: Tensor, learning_rate: float, n_steps: int
) -> Tensor:
    point = start
    for _ in range(n_steps):
        point = point - learning_rate * gradient(point)
    return point


def _orders(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor, int, Tensor]]:
    """Draw inputs (n, k), labels (n,), a batch size that need not divide n, and an order (n,)."""
    for n, k, size in ((7, 2, 3), (5, 4, 2), (6, 3, 3)):
        inputs = torch.randn(n, k, generator=generator)
        labels = torch.randint(100, (n,), generator=generator)
        yield inputs, labels, size, torch.randperm(n, generator=generator)


def _mini_batches(
    inputs: Tensor, labels: Tensor, size: int, order: Tensor
) -> list[tuple[Tensor, Tensor]]:
    return [(inputs[rows], labels[rows]) for rows in torch.split(order, size)]


def _scores(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """Draw scores (m, k) and labels (m,); the last scores are too large for an exponential."""
    for m, k in ((2, 3), (5, 4), (4, 4)):
        yield torch.randn(m, k, generator=generator), torch.randint(k, (m,), generator=generator)
    yield 1000 * torch.tensor([[1.0, -1.0, 0.0], [-1.0, 1.0, 0.5]]), torch.tensor([0, 0])


def _cross_entropy(scores: Tensor, labels: Tensor) -> float:
    return cross_entropy(scores, labels).item()


def _minus_mean(logarithms: Tensor, labels: Tensor) -> float:
    """Take minus the mean of the numbers that stand at the label of each row."""
    return -logarithms[torch.arange(len(labels)), labels].mean().item()


def _rolls(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor, Tensor, float, float]]:
    """Draw weights, their velocity and gradient, of one shape, a learning rate and a momentum."""
    for shape, rate, momentum in (((3,), 0.1, 0.9), ((2, 4), 0.5, 0.8), ((4, 1), 0.3, 0.5)):
        weights, velocity, gradient = (torch.randn(shape, generator=generator) for _ in range(3))
        yield weights, velocity, gradient, rate, momentum


def _momentum_step(
    weights: Tensor, velocity: Tensor, gradient: Tensor, learning_rate: float, momentum: float
) -> tuple[Tensor, Tensor]:
    velocity = momentum * velocity + gradient
    return weights - learning_rate * velocity, velocity


EXERCISES = {
    "4.9": Exercise(
        task="It takes a function from a point to the gradient there, a start (k,), a learning "
        "rate and a number of steps; it returns the point (k,) after these steps of gradient "
        "descent.",
        solution=_descend,
        cases=_slopes,
        mistakes=(
            Mistake(
                "You walk uphill: the gradient points to where the cost grows, and the step goes "
                "against it.",
                lambda gradient, start, rate, n_steps: _descend(gradient, start, -rate, n_steps),
            ),
            Mistake(
                "You used the gradient at the start for every step. It changes on the way: ask "
                "for it again at each new point.",
                lambda gradient, start, rate, n_steps: start - n_steps * rate * gradient(start),
            ),
            Mistake(
                "You made one step only. Is `return` indented, so that it ends the loop?",
                lambda gradient, start, rate, n_steps: _descend(gradient, start, rate, 1),
            ),
            Mistake(
                "You made one step too few.",
                lambda gradient, start, rate, n_steps: _descend(gradient, start, rate, n_steps - 1),
            ),
        ),
    ),
    "4.10": Exercise(
        task="It takes inputs (n, k), labels (n,), a batch size and an order, the numbers 0 to "
        "n - 1 shuffled (n,); it returns a list of pairs, the inputs and the labels of each "
        "mini-batch.",
        solution=_mini_batches,
        cases=_orders,
        mistakes=(
            Mistake(
                "The samples come in their old order; take them in the order that is given.",
                lambda inputs, labels, size, order: list(
                    zip(inputs.split(size), labels.split(size), strict=True)
                ),
            ),
            Mistake(
                "The inputs are shuffled and the labels are not, so that an input meets the label "
                "of another.",
                lambda inputs, labels, size, order: list(
                    zip(inputs[order].split(size), labels.split(size), strict=True)
                ),
            ),
            Mistake(
                "Where the size does not divide the number of samples, the last batch is missing: "
                "it is smaller, but an epoch uses every sample.",
                lambda inputs, labels, size, order: _mini_batches(
                    inputs, labels, size, order[: len(order) // size * size]
                ),
            ),
        ),
    ),
    "4.11": Exercise(
        task="It takes scores (m, k) and labels (m,), whole numbers from 0 to k - 1; it returns "
        "the mean cross-entropy of the softmax of the scores, a number.",
        solution=_cross_entropy,
        cases=_scores,
        mistakes=(
            Mistake(
                "For large scores it comes out infinite: an exponential became 0 or infinite "
                "before its logarithm was taken. Write the logarithm of the fraction as a "
                "difference, and subtract the largest score of a row from the row first.",
                lambda scores, labels: _minus_mean(softmax(scores).log(), labels),
            ),
            Mistake(
                "For large scores it comes out as NaN, because infinity is divided by infinity. "
                "Subtract the largest score of a row from the row before any exponential.",
                lambda scores, labels: _minus_mean(
                    (scores.exp() / scores.exp().sum(1, keepdim=True)).log(), labels
                ),
            ),
            Mistake(
                "You added the samples up; the cost is their mean.",
                lambda scores, labels: len(labels) * _cross_entropy(scores, labels),
            ),
            Mistake(
                "You divided by the number of all scores. The mean runs over the samples: each "
                "has one label, and so one term.",
                lambda scores, labels: _cross_entropy(scores, labels) / scores.shape[1],
            ),
            Mistake(
                "The probabilities add up to 1 over the wrong dimension: those of one sample "
                "stand in a row.",
                lambda scores, labels: _minus_mean(scores.log_softmax(0), labels),
            ),
            Mistake(
                "You took the scores themselves for logarithms of probabilities; they have to go "
                "through softmax first.",
                _minus_mean,
            ),
        ),
    ),
    "4.12": Exercise(
        task="It takes weights, the velocity u and the gradient, all of one shape, a learning "
        "rate and a momentum; it returns two tensors, the new weights and the new velocity.",
        solution=_momentum_step,
        cases=_rolls,
        mistakes=(
            Mistake(
                "The weights moved with the old velocity; the gradient goes into it first.",
                lambda weights, velocity, gradient, rate, momentum: (
                    weights - rate * velocity,
                    momentum * velocity + gradient,
                ),
            ),
            Mistake(
                "The old velocity is kept whole. Momentum says how much of it is left, so that "
                "old gradients fade.",
                lambda weights, velocity, gradient, rate, momentum: _momentum_step(
                    weights, velocity, gradient, rate, 1.0
                ),
            ),
            Mistake(
                "You took a mean, which gives the gradient the share 1 - momentum. That is how "
                "Adam does it; here the gradients add up.",
                lambda weights, velocity, gradient, rate, momentum: _momentum_step(
                    weights, velocity, (1 - momentum) * gradient, rate, momentum
                ),
            ),
            Mistake(
                "The learning rate is inside the velocity. Others write it so; here the velocity "
                "holds gradients only, and the rate multiplies the step of the weights.",
                lambda weights, velocity, gradient, rate, momentum: (
                    weights - (momentum * velocity + rate * gradient),
                    momentum * velocity + rate * gradient,
                ),
            ),
            Mistake(
                "The weights move along the velocity, which points uphill; they have to move "
                "against it.",
                lambda weights, velocity, gradient, rate, momentum: _momentum_step(
                    weights, velocity, gradient, -rate, momentum
                ),
            ),
        ),
    ),
}
