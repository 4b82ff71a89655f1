"""A network with one hidden layer or more, in nothing but lists and floats.

No tensors and no packages beyond Python's own: a layer is a list of rows of weights with a list
of biases, and training goes through the samples one by one. Chapter 7 reads wheat seeds with it,
and finds the same weights as with tensors and with PyTorch.
"""

import math
import random
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

Row = Sequence[float]


class Layer(NamedTuple):
    """The weights and biases of a layer, or their gradients.

    Attributes
    ----------
    weights : list of list of float
        One row for each neuron, one entry for each of its inputs.
    biases : list of float
        One for each neuron.
    """

    weights: list[list[float]]
    biases: list[float]


def new_network(*widths: int, seed: int = 0) -> list[Layer]:
    """Draw the weights of a network.

    Parameters
    ----------
    *widths : int
        Numbers of neurons, from the inputs to the outputs.
    seed : int
        Seed of the draw.

    Returns
    -------
    list of Layer
        Normal weights with standard deviation 1 / sqrt(inputs), biases 0.

    Raises
    ------
    ValueError
        If there are fewer than two widths, or one is below 1.
    """
    if len(widths) < 2 or min(widths) < 1:
        raise ValueError(f"widths must be two or more numbers of at least 1, found {widths}")
    draw = random.Random(seed)
    return [
        Layer([[draw.gauss(0, 1 / math.sqrt(k)) for _ in range(k)] for _ in range(j)], [0.0] * j)
        for k, j in pairwise(widths)
    ]


def sigmoid(z: float) -> float:
    """Squash a number into the open interval (0, 1).

    Parameters
    ----------
    z : float
        The weighted input.

    Returns
    -------
    float
        1 / (1 + exp(-z)), without overflow.
    """
    small = math.exp(-abs(z))
    return (1 if z >= 0 else small) / (1 + small)


def forward(network: Sequence[Layer], inputs: Row) -> list[list[float]]:
    """Compute the activations of every layer for one sample.

    Parameters
    ----------
    network : sequence of Layer
        The layers.
    inputs : sequence of float
        The measurements of the sample.

    Returns
    -------
    list of list of float
        The inputs, then the activations of each layer.
    """
    activations = [list(inputs)]
    for weights, biases in network:
        before = activations[-1]
        activations.append(
            [
                sigmoid(sum([w * a for w, a in zip(row, before, strict=True)], b))
                for row, b in zip(weights, biases, strict=True)
            ]
        )
    return activations


def backward(network: Sequence[Layer], activations: Sequence[Row], targets: Row) -> list[Layer]:
    """Compute the gradient of half the squared error of one sample, by the four equations.

    Parameters
    ----------
    network : sequence of Layer
        The layers.
    activations : sequence of sequence of float
        What `forward` returned.
    targets : sequence of float
        The outputs wanted.

    Returns
    -------
    list of Layer
        The derivatives with respect to the weights and biases of each layer.

    Examples
    --------
    >>> network = [Layer(weights=[[1.0, -1.0]], biases=[0.0])]
    >>> backward(network, forward(network, [2.0, 2.0]), targets=[0.0])
    [Layer(weights=[[0.25, 0.25]], biases=[0.125])]
    """
    # Equation 1. The slope of the sigmoid is a (1 - a).
    errors = [(a - y) * a * (1 - a) for a, y in zip(activations[-1], targets, strict=True)]
    gradients: list[Layer] = []
    for layer in reversed(range(len(network))):
        before = activations[layer]
        # Equations 4 and 3.
        gradients.insert(0, Layer([[error * a for a in before] for error in errors], errors))
        if layer > 0:
            # Equation 2: column k of the weights leads back to neuron k.
            columns = zip(*network[layer].weights, strict=True)
            errors = [
                sum([w * error for w, error in zip(column, errors, strict=True)]) * a * (1 - a)
                for column, a in zip(columns, before, strict=True)
            ]
    return gradients


def descend(network: Sequence[Layer], gradients: Sequence[Layer], learning_rate: float) -> None:
    """Move the weights and biases against their gradient, in place.

    Parameters
    ----------
    network : sequence of Layer
        What to change.
    gradients : sequence of Layer
        What `backward` returned.
    learning_rate : float
        Length of the step per unit of gradient.
    """
    for layer, gradient in zip(network, gradients, strict=True):
        for row, slopes in zip(
            [*layer.weights, layer.biases], [*gradient.weights, gradient.biases], strict=True
        ):
            row[:] = [w - learning_rate * g for w, g in zip(row, slopes, strict=True)]


def train(
    network: Sequence[Layer],
    samples: Sequence[Row],
    labels: Sequence[int],
    learning_rate: Callable[[int], float],
    n_steps: int,
    seed: int = 0,
) -> None:
    """Train on one sample at a time, in a new random order in each pass.

    Parameters
    ----------
    network : sequence of Layer
        Trained in place.
    samples : sequence of sequence of float
        One row of measurements for each sample.
    labels : sequence of int
        Class numbers from 0; the output wanted is 1 for the class and 0 for the others.
    learning_rate : callable
        From the number of passes completed to the learning rate.
    n_steps : int
        Samples to learn from in all; a pass takes as many as there are samples.
    seed : int
        Seed of the orders.

    Raises
    ------
    ValueError
        If a row has not one finite number for each input, there are no samples or not as many
        labels, a label is not one of the classes, or there is no step.
    """
    n_inputs, n_classes = len(network[0].weights[0]), len(network[-1].biases)
    _check_samples(samples, n_inputs)
    if n_steps < 1:
        raise ValueError(f"n_steps must be at least 1, found {n_steps}")
    if len(labels) != len(samples) or not all(label in range(n_classes) for label in labels):
        raise ValueError(
            f"labels must be {len(samples)} class numbers from 0 to {n_classes - 1}, found "
            f"{len(labels)} from {min(labels, default=None)} to {max(labels, default=None)}"
        )
    draw = random.Random(seed)
    order = list(range(len(samples)))
    for step in range(n_steps):
        passes, place = divmod(step, len(order))
        if place == 0:
            draw.shuffle(order)
        sample, label = samples[order[place]], labels[order[place]]
        targets = [float(k == label) for k in range(n_classes)]
        gradients = backward(network, forward(network, sample), targets)
        descend(network, gradients, learning_rate(passes))


def predict(network: Sequence[Layer], samples: Sequence[Row]) -> list[int]:
    """Name the class of each sample: the neuron with the largest output.

    Parameters
    ----------
    network : sequence of Layer
        The layers.
    samples : sequence of sequence of float
        One row of measurements for each sample.

    Returns
    -------
    list of int
        Class numbers from 0.

    Raises
    ------
    ValueError
        If there are no samples, or a row has not one finite number for each input.

    Examples
    --------
    >>> network = [Layer(weights=[[1.0], [-1.0]], biases=[0.0, 0.0])]
    >>> predict(network, [[2.0], [-3.0]])
    [0, 1]
    """
    _check_samples(samples, len(network[0].weights[0]))
    outputs = [forward(network, sample)[-1] for sample in samples]
    return [max(range(len(output)), key=output.__getitem__) for output in outputs]


def _check_samples(samples: Sequence[Row], n_inputs: int) -> None:
    if len(samples) == 0:
        raise ValueError(f"samples is empty; expected rows of {n_inputs} numbers")
    for number, row in enumerate(samples):
        if len(row) != n_inputs or not all(math.isfinite(value) for value in row):
            raise ValueError(
                f"samples must be rows of {n_inputs} finite numbers, found in row {number}: "
                f"{list(row)}"
            )
