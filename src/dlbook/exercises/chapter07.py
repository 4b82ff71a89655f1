"""The exercises of chapter 7: wheat seeds, three ways."""

from collections.abc import Iterator
from functools import partial
from itertools import accumulate, pairwise

import torch
from torch import Tensor

from dlbook.exercises.grading import Exercise, Mistake
from dlbook.scratch import plain

Matrix = list[list[float]]
Folds = list[tuple[list[int], list[int]]]


def _layers(generator: torch.Generator) -> Iterator[tuple[Matrix, list[float], list[float]]]:
    """Draw weights of j neurons with k inputs, their biases, and a sample."""
    for j, k in ((2, 3), (3, 3), (10, 7)):
        sizes = ((j, k), (j,), (k,))
        yield tuple(torch.randn(size, generator=generator).tolist() for size in sizes)  # type: ignore[misc]


def _outputs(weights: Matrix, biases: list[float], inputs: list[float]) -> list[float]:
    return plain.forward([plain.Layer(weights, biases)], inputs)[-1]


def _weighted_inputs(weights: Matrix, biases: list[float], inputs: list[float]) -> list[float]:
    return [
        sum(w * a for w, a in zip(row, inputs, strict=True)) + b
        for row, b in zip(weights, biases, strict=True)
    ]


def _by_columns(weights: Matrix, biases: list[float], inputs: list[float]) -> list[float]:
    columns = [list(column) for column in zip(*weights, strict=True)]
    sums = [sum(w * a for w, a in zip(column, inputs, strict=False)) for column in columns]
    return [plain.sigmoid(z + b) for z, b in zip(sums, biases, strict=False)]


def _steps(generator: torch.Generator) -> Iterator[tuple[list[float], list[float], list[float]]]:
    """Draw inputs (k), outputs between 0 and 1 (j), and targets (j)."""
    for k, j in ((3, 2), (3, 3), (7, 4)):
        inputs, outputs = (torch.rand(n, generator=generator).tolist() for n in (k, j))
        yield inputs, outputs, [float(label == 1) for label in range(j)]


def _gradients(
    inputs: list[float], outputs: list[float], targets: list[float]
) -> tuple[Matrix, list[float]]:
    # The weights of the only layer lead back to nothing; their number is all that matters.
    layer = plain.Layer([[0.0] * len(inputs)] * len(outputs), [0.0] * len(outputs))
    (gradient,) = plain.backward([layer], [inputs, outputs], targets)
    return gradient.weights, gradient.biases


def _from_errors(errors: list[float], inputs: list[float]) -> tuple[Matrix, list[float]]:
    return [[error * a for a in inputs] for error in errors], errors


def _tables(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """Draw training rows and test rows, some of these beyond the extremes of the others."""
    for n, m, k in ((5, 3, 2), (4, 4, 3), (20, 6, 7)):
        units = 10 * torch.rand(k, generator=generator) + 1
        train = (torch.rand(n, k, generator=generator) + 1) * units
        yield train, (1.5 * torch.rand(m, k, generator=generator) + 0.75) * units


def _between(rows: Tensor, seen: Tensor) -> Tensor:
    lowest, highest = seen.amin(0), seen.amax(0)
    return (rows - lowest) / (highest - lowest)


def _scaled(train: Tensor, test: Tensor) -> tuple[Tensor, Tensor]:
    return _between(train, train), _between(test, train)


def _scaled_before(train: Tensor, test: Tensor) -> tuple[Tensor, Tensor]:
    both = torch.cat([train, test])
    return _between(train, both), _between(test, both)


def _over_all_columns(train: Tensor, test: Tensor) -> tuple[Tensor, Tensor]:
    return _between(train, train.flatten()), _between(test, train.flatten())


def _standardized(train: Tensor, test: Tensor, correction: int = 1) -> tuple[Tensor, Tensor]:
    mean, deviation = train.mean(0), train.std(0, correction=correction)
    return (train - mean) / deviation, (test - mean) / deviation


def _sizes(generator: torch.Generator) -> Iterator[tuple[int, int]]:
    """Give numbers of samples, not all a multiple of the number of folds."""
    yield from ((6, 3), (7, 3), (23, 5))


def _dealt(n: int, k: int) -> Folds:
    return [
        ([row for row in range(n) if row % k != fold], list(range(fold, n, k))) for fold in range(k)
    ]


def _blocks(n: int, k: int) -> Folds:
    # The first n % k folds have one row more.
    ends = [0, *accumulate(n // k + (fold < n % k) for fold in range(k))]
    tests = [list(range(start, stop)) for start, stop in pairwise(ends)]
    return [([row for row in range(n) if row not in test], test) for test in tests]


def _equal_blocks(n: int, k: int) -> Folds:
    tests = [list(range(fold * (n // k), (fold + 1) * (n // k))) for fold in range(k)]
    return [([row for row in range(n) if row not in test], test) for test in tests]


EXERCISES = {
    "7.8": Exercise(
        task="It takes the weights of a layer, a list of j rows of k numbers, its biases, a list "
        "of j numbers, and the inputs, a list of k numbers; it returns the list of the j outputs "
        "of its sigmoid neurons.",
        solution=_outputs,
        cases=_layers,
        mistakes=(
            Mistake(
                "These are the weighted inputs z. The neuron gives out sigmoid(z).",
                _weighted_inputs,
            ),
            Mistake(
                "The biases are missing: each neuron adds its own to the weighted sum.",
                lambda weights, biases, inputs: _outputs(weights, [0.0] * len(biases), inputs),
            ),
            Mistake(
                "The bias was added once for each input. It stands outside of the sum.",
                lambda weights, biases, inputs: _outputs(
                    weights, [b * len(inputs) for b in biases], inputs
                ),
            ),
            Mistake(
                "You went down the columns of the weights. A neuron is a row: one weight for each "
                "input.",
                _by_columns,
            ),
        ),
    ),
    "7.9": Exercise(
        task="It takes the inputs of the last layer, a list of k numbers, its outputs and the "
        "targets, lists of j numbers; it returns the derivatives of half the squared error, for "
        "the weights a list of j rows of k numbers, for the biases a list of j numbers.",
        solution=_gradients,
        cases=_steps,
        mistakes=(
            Mistake(
                "The slope of the sigmoid is missing. With the outputs at hand it is a (1 - a).",
                lambda inputs, outputs, targets: _from_errors(
                    [a - y for a, y in zip(outputs, targets, strict=True)], inputs
                ),
            ),
            Mistake(
                "Every sign is turned around: the derivative of half of (a - y) squared is a - y. "
                "The minus sign belongs to the step, not to the gradient.",
                lambda inputs, outputs, targets: _from_errors(
                    [(y - a) * a * (1 - a) for a, y in zip(outputs, targets, strict=True)], inputs
                ),
            ),
            Mistake(
                "Everything is twice too large: the cost is half the squared error, and the half "
                "cancels the 2.",
                lambda inputs, outputs, targets: _from_errors(
                    [2 * (a - y) * a * (1 - a) for a, y in zip(outputs, targets, strict=True)],
                    inputs,
                ),
            ),
            Mistake(
                "The gradient of the weights is transposed: it has the form of the weights, one "
                "row for each neuron.",
                lambda inputs, outputs, targets: (
                    [
                        list(column)
                        for column in zip(*_gradients(inputs, outputs, targets)[0], strict=True)
                    ],
                    _gradients(inputs, outputs, targets)[1],
                ),
            ),
        ),
    ),
    "7.10": Exercise(
        task="It takes training rows (n, k) and test rows (m, k); it returns both, scaled so that "
        "each column of the training rows runs from 0 to 1. The test must have no say in it.",
        solution=_scaled,
        cases=_tables,
        mistakes=(
            Mistake(
                "This is the leak: the extremes of the test rows helped to scale. Take smallest "
                "and largest of the training rows alone.",
                _scaled_before,
            ),
            Mistake(
                "The test rows were scaled by their own extremes. So equal grains get different "
                "numbers in training and test; use the numbers of the training rows for both.",
                lambda train, test: (_between(train, train), _between(test, test)),
            ),
            Mistake(
                "You took the extremes of the whole table. Each column has its own unit, and "
                "needs its own.",
                _over_all_columns,
            ),
            *(
                Mistake(
                    "Mean and standard deviation are a scaling too, but here the smallest "
                    "training value is to become 0 and the largest 1.",
                    function,
                )
                for function in (_standardized, partial(_standardized, correction=0))
            ),
            Mistake(
                "You cut the test values off at 0 and 1. A grain may be larger than all that were "
                "seen in training; leave it so.",
                lambda train, test: (_between(train, train), _between(test, train).clamp(0, 1)),
            ),
        ),
    ),
    "7.11": Exercise(
        task="It takes the number n of samples and the number k of folds; it returns a list of k "
        "pairs, the row numbers to train on and those to test on, each a list in rising order. "
        "Test rows of fold i are i, i + k, i + 2k and so on, as cards are dealt.",
        solution=_dealt,
        cases=_sizes,
        mistakes=(
            Mistake(
                "Training and test are in the wrong order within each pair.",
                lambda n, k: [(test, train) for train, test in _dealt(n, k)],
            ),
            Mistake(
                "The test rows are among the training rows too. A network must not be tested on "
                "what it has seen.",
                lambda n, k: [(list(range(n)), test) for _, test in _dealt(n, k)],
            ),
            Mistake(
                "These folds are blocks of neighbors. A table that is sorted by variety would be "
                "trained without one and tested on it: deal the rows like cards.",
                _blocks,
            ),
            Mistake(
                "These folds are blocks of neighbors, and the rows that are left over are never "
                "tested. Deal the rows like cards: then every one has its fold.",
                _equal_blocks,
            ),
        ),
    ),
}
