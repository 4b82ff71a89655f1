"""The exercises of chapter 6: backpropagation."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from dlbook.exercises.grading import Exercise, Mistake
from dlbook.scratch.activations import sigmoid, sigmoid_derivative


def _layers(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Draw errors (m, k) of a layer, its weights (k, j), and weighted inputs (m, j) before it."""
    for m, k, j in ((1, 2, 3), (5, 3, 4), (4, 4, 4)):
        sizes = ((m, k), (k, j), (m, j))
        yield tuple(torch.randn(size, generator=generator) for size in sizes)  # type: ignore[misc]


def _errors_before(errors: Tensor, weights: Tensor, z: Tensor) -> Tensor:
    return (errors @ weights) * sigmoid_derivative(z)


def _batches(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """Draw errors (m, k) of a layer and the activations (m, j) that came in."""
    for m, k, j in ((1, 2, 3), (5, 3, 4), (4, 4, 4)):
        yield torch.randn(m, k, generator=generator), torch.rand(m, j, generator=generator)


def _gradients(errors: Tensor, activations: Tensor) -> tuple[Tensor, Tensor]:
    return errors.T @ activations, errors.sum(0)


def _costs(generator: torch.Generator) -> Iterator[tuple[Callable[[Tensor], Tensor], Tensor]]:
    """Give functions of a vector, and points; float64, so that small differences can be seen."""
    functions: tuple[Callable[[Tensor], Tensor], ...] = (
        lambda v: (v**3).sum(),
        lambda v: (v.sin() * v).sum(),
        lambda v: v.prod().exp(),
    )
    for function in functions:
        yield function, torch.randn(3, generator=generator, dtype=torch.float64)


def _central(cost: Callable[[Tensor], Tensor], point: Tensor, step: float = 1e-5) -> Tensor:
    moves = step * torch.eye(len(point), dtype=point.dtype)
    return torch.stack([(cost(point + m) - cost(point - m)) / (2 * step) for m in moves])


def _one_sided(cost: Callable[[Tensor], Tensor], point: Tensor, step: float = 1e-5) -> Tensor:
    moves = step * torch.eye(len(point), dtype=point.dtype)
    return torch.stack([(cost(point + m) - cost(point)) / step for m in moves])


EXERCISES = {
    "6.9": Exercise(
        task="It takes the errors (m, k) of a layer, the weights (k, j) that lead to it, and the "
        "weighted inputs z (m, j) of the sigmoid layer before; it returns the errors (m, j) of "
        "that layer.",
        solution=_errors_before,
        cases=_layers,
        mistakes=(
            Mistake(
                "The slope is missing: equation 2 multiplies by the derivative of the sigmoid "
                "at z.",
                lambda errors, weights, z: errors @ weights,
            ),
            Mistake(
                "You multiplied by sigmoid(z) itself; equation 2 needs its derivative.",
                lambda errors, weights, z: (errors @ weights) * sigmoid(z),
            ),
            Mistake(
                "The weights are transposed once too often: the rows of a batch are samples, so "
                "the errors stand to the left of the weights as they are.",
                lambda errors, weights, z: (errors @ weights.T) * sigmoid_derivative(z),
            ),
        ),
    ),
    "6.10": Exercise(
        task="It takes the errors (m, k) of a layer and the activations (m, j) that came in; it "
        "returns two tensors, the gradients of the weights (k, j) and of the biases (k,).",
        solution=_gradients,
        cases=_batches,
        mistakes=(
            Mistake(
                "The gradient of the weights is transposed: it has the shape of the weights, one "
                "row for each neuron of the layer.",
                lambda errors, activations: (activations.T @ errors, errors.sum(0)),
            ),
            Mistake(
                "The errors hold the 1/m of the mean already, because they are derivatives of the "
                "mean cost; you divided once more.",
                lambda errors, activations: (
                    errors.T @ activations / len(errors),
                    errors.mean(0),
                ),
            ),
            Mistake(
                "The gradient of the biases adds up over the samples: one number for each neuron.",
                lambda errors, activations: (errors.T @ activations, errors),
            ),
            Mistake(
                "The sum of the bias gradients runs over the wrong dimension: dimension 0 holds "
                "the samples.",
                lambda errors, activations: (errors.T @ activations, errors.sum(1)),
            ),
        ),
    ),
    "6.11": Exercise(
        task="It takes a function from a vector (k,) to a number, and a point (k,) in float64; it "
        "returns the gradient (k,) at that point, by central differences.",
        solution=_central,
        cases=_costs,
        tolerance=1e-8,
        mistakes=(
            Mistake(
                "This is a one-sided difference, whose error shrinks only with h itself. Step "
                "both ways: (C(v + h) - C(v - h)) / 2h.",
                _one_sided,
            ),
            Mistake(
                "The two points lie 2h apart; you divided by h.",
                lambda cost, point: 2 * _central(cost, point),
            ),
            Mistake(
                "You moved all coordinates at once. Each entry of the gradient needs a move of "
                "its own coordinate alone.",
                lambda cost, point: (
                    (cost(point + 1e-5) - cost(point - 1e-5)) / 2e-5 * torch.ones_like(point)
                ),
            ),
        ),
    ),
}
