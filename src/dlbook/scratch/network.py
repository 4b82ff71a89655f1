"""A feed-forward network, and the four equations of backpropagation over a whole mini-batch.

The rows of a batch are its m samples. Layer l computes z = a w^T + b from the activations a of the
layer before and a' = f(z) from that; the last layer's activations are the outputs. Backward, the
error of a layer is the derivative of the cost with respect to its z. Everything that is computed
on the way stays in a `Trace`, from which figures are drawn. Chapter 6 derives the equations.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from dlbook.scratch import _checks, losses
from dlbook.scratch.activations import ACTIVATIONS, softmax, softmax_jacobian
from dlbook.scratch.optim import Optimizer


class Cost(NamedTuple):
    """A cost with its gradient.

    Attributes
    ----------
    function : callable
        From outputs and targets, both of shape (m, k), to the mean cost of a sample, a scalar.
    gradient : callable
        From the same to the gradient with respect to the outputs, shape (m, k).
    """

    function: Callable[[Tensor, Tensor], Tensor]
    gradient: Callable[[Tensor, Tensor], Tensor]


def _positive(outputs: Tensor) -> Tensor:
    """Keep probabilities away from 0, so that a certain wrong answer costs much, not infinity."""
    return outputs.clamp(min=torch.finfo(outputs.dtype).tiny)


def _log_cost(outputs: Tensor, targets: Tensor) -> Tensor:
    return -(targets * _positive(outputs).log()).sum() / len(outputs)


def _log_cost_gradient(outputs: Tensor, targets: Tensor) -> Tensor:
    return -targets / _positive(outputs) / len(outputs)


COSTS: dict[str, Cost] = {
    "quadratic": Cost(losses.quadratic, losses.quadratic_gradient),
    "cross-entropy": Cost(_log_cost, _log_cost_gradient),
}
"""The costs by name; the cross-entropy is that of outputs that are probabilities."""


@dataclass
class Trace:
    """Every intermediate value of one batch on its way forward and back.

    Attributes
    ----------
    activations : list of Tensor
        The inputs, then the activations of each layer, shapes (m, width).
    weighted_inputs : list of Tensor
        z of each layer, shapes (m, width).
    errors : list of Tensor
        The derivative of the cost with respect to z of each layer, shapes (m, width).
    weight_gradients, bias_gradients : list of Tensor
        The derivatives with respect to the weights and biases of each layer, of their shapes.
    """

    activations: list[Tensor]
    weighted_inputs: list[Tensor] = field(default_factory=list)
    errors: list[Tensor] = field(default_factory=list)
    weight_gradients: list[Tensor] = field(default_factory=list)
    bias_gradients: list[Tensor] = field(default_factory=list)

    @property
    def outputs(self) -> Tensor:
        """The activations of the last layer, shape (m, k)."""
        return self.activations[-1]

    @property
    def gradients(self) -> list[Tensor]:
        """All gradients, in the order of `Network.parameters`."""
        return [*self.weight_gradients, *self.bias_gradients]


class Network:
    """Dense layers with one activation function, and an output function for the last of them.

    Weights are drawn from a normal distribution with standard deviation 1 / sqrt(inputs of the
    neuron), so that z is about as large as the inputs; biases start at 0.

    Parameters
    ----------
    *widths : int
        Numbers of neurons, from the inputs to the outputs, at least two of them.
    hidden : str
        Activation function of the hidden layers, a key of `activations.ACTIVATIONS`.
    output : str
        Output function: a key of `activations.ACTIVATIONS`, or ``"softmax"``.
    cost : str
        A key of `COSTS`.
    seed : int
        Seed of the initial weights.
    dtype : torch.dtype
        Type of all numbers.

    Attributes
    ----------
    weights : list of Tensor
        For each layer, shape (neurons, inputs of the layer).
    biases : list of Tensor
        For each layer, shape (neurons,).

    Raises
    ------
    ValueError
        If there are fewer than two widths, one is below 1, or a name is not known.

    Examples
    --------
    >>> network = Network(2, 3, 1)
    >>> trace = network.forward(torch.zeros(5, 2))
    >>> network.backward(trace, targets=torch.ones(5, 1))
    >>> [tuple(gradient.shape) for gradient in trace.gradients]
    [(3, 2), (1, 3), (3,), (1,)]
    """

    def __init__(
        self,
        *widths: int,
        hidden: str = "sigmoid",
        output: str = "sigmoid",
        cost: str = "quadratic",
        seed: int = 0,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        for width in widths:
            _checks.whole("widths", width)
        _checks.whole("seed", seed, least=0)
        if len(widths) < 2:
            raise ValueError(f"widths must be two or more numbers of at least 1, found {widths}")
        self.widths = widths
        self.hidden = ACTIVATIONS[_known("hidden", hidden, ACTIVATIONS)]
        self.output = _known("output", output, [*ACTIVATIONS, "softmax"])
        self.cost = COSTS[_known("cost", cost, COSTS)]
        generator = torch.Generator().manual_seed(int(seed))
        self.weights = [
            torch.randn(j, k, generator=generator, dtype=dtype) / math.sqrt(k)
            for k, j in pairwise(widths)
        ]
        self.biases = [torch.zeros(j, dtype=dtype) for j in widths[1:]]

    @property
    def parameters(self) -> list[Tensor]:
        """All weights, then all biases: the tensors themselves, for an optimizer to change."""
        return [*self.weights, *self.biases]

    def forward(self, inputs: Tensor) -> Trace:
        """Compute the outputs of a batch.

        Parameters
        ----------
        inputs : Tensor
            Shape (m, widths[0]), of the network's type.

        Returns
        -------
        Trace
            With activations and weighted inputs.

        Raises
        ------
        ValueError
            If the shape is another, or the batch is empty.
        """
        _checks.rows("inputs", inputs, self.widths[0], self.weights[0])
        trace = Trace([inputs])
        for layer, (w, b) in enumerate(zip(self.weights, self.biases, strict=True), start=1):
            z = trace.activations[-1] @ w.T + b
            trace.weighted_inputs.append(z)
            last = layer == len(self.weights)
            trace.activations.append(self._output(z) if last else self.hidden.function(z))
        return trace

    def backward(self, trace: Trace, targets: Tensor) -> None:
        """Compute the errors and the gradients of a batch, by the four equations.

        Parameters
        ----------
        trace : Trace
            What `forward` returned; errors and gradients are put into it.
        targets : Tensor
            The outputs wanted, shape (m, widths[-1]).

        Raises
        ------
        ValueError
            If the shape of `targets` is not that of the outputs.
        """
        if targets.shape != trace.outputs.shape:
            raise ValueError(
                f"targets must have shape {tuple(trace.outputs.shape)}, found "
                f"{tuple(targets.shape)}"
            )
        z = trace.weighted_inputs
        # Equation 1: the error of the last layer.
        error = self._output_error(z[-1], self.cost.gradient(trace.outputs, targets))
        trace.errors = [error]
        for layer in reversed(range(len(self.weights) - 1)):
            # Equation 2: the error of a layer from that of the layer after it.
            error = (error @ self.weights[layer + 1]) * self.hidden.derivative(z[layer])
            trace.errors.insert(0, error)
        # Equation 3: a bias is an input of 1; the gradient sums over the samples.
        trace.bias_gradients = [error.sum(0) for error in trace.errors]
        # Equation 4: activation before the weight times error behind it, summed likewise.
        before = trace.activations[:-1]
        trace.weight_gradients = [
            error.T @ a for error, a in zip(trace.errors, before, strict=True)
        ]

    def _output(self, z: Tensor) -> Tensor:
        return softmax(z) if self.output == "softmax" else ACTIVATIONS[self.output].function(z)

    def _output_error(self, z: Tensor, cost_gradient: Tensor) -> Tensor:
        """Return the derivative of the cost with respect to z of the last layer."""
        if self.output == "softmax":
            # The general case: every output depends on every z of its sample.
            return torch.einsum("mj,mjk->mk", cost_gradient, softmax_jacobian(z))
        return cost_gradient * ACTIVATIONS[self.output].derivative(z)


def train_epoch(
    network: Network,
    inputs: Tensor,
    targets: Tensor,
    optimizer: Optimizer,
    batch_size: int,
    generator: torch.Generator,
) -> float:
    """Make one pass over the samples in a new random order, one step for each mini-batch.

    Parameters
    ----------
    network : Network
        Trained in place.
    inputs : Tensor
        Shape (n, widths[0]).
    targets : Tensor
        The outputs wanted, shape (n, widths[-1]).
    optimizer : Optimizer
        Used for this network only.
    batch_size : int
        Samples of a step; the last batch may be smaller.
    generator : torch.Generator
        Draws the order.

    Returns
    -------
    float
        The mean cost of a sample, each measured just before the step that used it.

    Raises
    ------
    ValueError
        If there are no inputs or not as many targets, a shape does not fit the network, there is a
        NaN, or `batch_size` is below 1.
    """
    _checks.rows("inputs", inputs, network.widths[0], network.weights[0])
    _checks.rows("targets", targets, network.widths[-1], network.weights[0])
    _checks.whole("batch_size", batch_size)
    if len(inputs) != len(targets):
        raise ValueError(
            f"inputs and targets must be as many, found {len(inputs)} and {len(targets)}"
        )
    total = torch.zeros((), dtype=torch.float64)
    for rows in torch.split(torch.randperm(len(inputs), generator=generator), int(batch_size)):
        trace, wanted = network.forward(inputs[rows]), targets[rows]
        network.backward(trace, wanted)
        total += network.cost.function(trace.outputs, wanted) * len(rows)
        optimizer.step(network.parameters, trace.gradients)
    return float(total) / len(inputs)


def _known(argument: str, name: str, names: Iterable[str]) -> str:
    if not isinstance(name, str) or name not in names:
        raise ValueError(f"{argument} must be one of {', '.join(names)}; found {name!r}")
    return name
