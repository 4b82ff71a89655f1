"""Optimizers: what to do with a gradient, and how long the steps are.

All of them move the parameters against the gradient; they differ in what they remember of the
gradients before. Each `step` changes the parameters in place, by the same numbers as PyTorch's
optimizer of that name. A schedule gives the learning rate of each step. Chapter 4 compares them.
"""

import math
from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch import Tensor

from dlbook.scratch import _checks

Schedule = Callable[[int], float]
"""The learning rate as a function of the number of steps already made."""


class Optimizer(Protocol):
    """Anything with a `step`."""

    def step(self, parameters: Sequence[Tensor], gradients: Sequence[Tensor]) -> None:
        """Change the parameters in place.

        Parameters
        ----------
        parameters : sequence of Tensor
            What to change, of any shapes; the same tensors at every step.
        gradients : sequence of Tensor
            The gradient of the loss with respect to each parameter, of its shape.
        """


class GradientDescent:
    """Move against the gradient: w <- w - rate g.

    With `momentum` the step follows a decaying sum of the gradients, v <- momentum v + g, like a
    ball that rolls.

    Parameters
    ----------
    learning_rate : float or Schedule
        The length of a step per unit of gradient.
    momentum : float
        How much of the previous direction is kept, in [0, 1).

    Raises
    ------
    TypeError, ValueError
        If a parameter is no number, or out of range; from `step`, if the shapes of parameters and
        gradients differ.

    Examples
    --------
    >>> weights, gradient = torch.tensor([1.0, 2.0]), torch.tensor([2.0, -4.0])
    >>> GradientDescent(learning_rate=0.5).step([weights], [gradient])
    >>> weights.tolist()
    [0.0, 4.0]
    """

    def __init__(self, learning_rate: float | Schedule, momentum: float = 0.0) -> None:
        self.rate = _schedule(learning_rate)
        self.momentum = _fraction("momentum", momentum)
        self.n_steps = 0
        self._velocity: list[Tensor] = []

    def step(self, parameters: Sequence[Tensor], gradients: Sequence[Tensor]) -> None:
        """Change the parameters in place.

        Parameters
        ----------
        parameters : sequence of Tensor
            What to change, of any shapes; the same tensors at every step.
        gradients : sequence of Tensor
            The gradient of the loss with respect to each parameter, of its shape.
        """
        _check_shapes(parameters, gradients)
        rate = self.rate(self.n_steps)
        self.n_steps += 1
        if self.momentum:
            self._velocity = self._velocity or [torch.zeros_like(w) for w in parameters]
            for v, g in zip(self._velocity, gradients, strict=True):
                v.mul_(self.momentum).add_(g)
            gradients = self._velocity
        for w, g in zip(parameters, gradients, strict=True):
            w.sub_(g, alpha=rate)


class RMSprop:
    """Divide each step by the recent size of the gradient, so that all weights move at one pace.

    v <- decay v + (1 - decay) g^2, then w <- w - rate g / (sqrt(v) + epsilon).

    Parameters
    ----------
    learning_rate : float or Schedule
        The length of a step.
    decay : float
        How much of the running mean of the squared gradient is kept, in [0, 1); PyTorch calls it
        alpha, Keras rho.
    epsilon : float
        Above 0; keeps the divisor from 0.

    Raises
    ------
    TypeError, ValueError
        If a parameter is no number, or out of range; from `step`, if the shapes of parameters and
        gradients differ.

    Examples
    --------
    >>> weights, gradient = torch.tensor([5.0, 5.0]), torch.tensor([2.0, 2000.0])
    >>> RMSprop(learning_rate=0.1).step([weights], [gradient])
    >>> [round(w, 3) for w in weights.tolist()]
    [4.0, 4.0]

    References
    ----------
    T. Tieleman, G. Hinton, "Lecture 6.5: rmsprop", COURSERA, 2012.
    """

    def __init__(
        self, learning_rate: float | Schedule, decay: float = 0.99, epsilon: float = 1e-8
    ) -> None:
        self.rate = _schedule(learning_rate)
        self.decay = _fraction("decay", decay)
        self.epsilon = _above_zero("epsilon", epsilon)
        self.n_steps = 0
        self._square: list[Tensor] = []

    def step(self, parameters: Sequence[Tensor], gradients: Sequence[Tensor]) -> None:
        """Change the parameters in place.

        Parameters
        ----------
        parameters : sequence of Tensor
            What to change, of any shapes; the same tensors at every step.
        gradients : sequence of Tensor
            The gradient of the loss with respect to each parameter, of its shape.
        """
        _check_shapes(parameters, gradients)
        rate = self.rate(self.n_steps)
        self.n_steps += 1
        self._square = self._square or [torch.zeros_like(w) for w in parameters]
        for w, g, v in zip(parameters, gradients, self._square, strict=True):
            v.mul_(self.decay).add_((1 - self.decay) * g**2)
            w.sub_(rate * g / (v.sqrt() + self.epsilon))


class Adam:
    """Join momentum and RMSprop, and correct both for their start at zero.

    m <- beta1 m + (1 - beta1) g and v <- beta2 v + (1 - beta2) g^2; after t steps
    w <- w - rate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon).

    Parameters
    ----------
    learning_rate : float or Schedule
        The length of a step.
    beta1, beta2 : float
        How much is kept of the running means of the gradient and of its square, in [0, 1).
    epsilon : float
        Above 0; keeps the divisor from 0.

    Raises
    ------
    TypeError, ValueError
        If a parameter is no number, or out of range; from `step`, if the shapes of parameters and
        gradients differ.

    Examples
    --------
    >>> weights, gradient = torch.tensor([1.0, 1.0]), torch.tensor([2000.0, -2.0])
    >>> Adam(learning_rate=0.25).step([weights], [gradient])
    >>> [round(w, 3) for w in weights.tolist()]
    [0.75, 1.25]

    References
    ----------
    D. P. Kingma, J. Ba, "Adam: A method for stochastic optimization", ICLR 2015.
    """

    def __init__(
        self,
        learning_rate: float | Schedule = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
    ) -> None:
        self.rate = _schedule(learning_rate)
        self.beta1, self.beta2 = _fraction("beta1", beta1), _fraction("beta2", beta2)
        self.epsilon = _above_zero("epsilon", epsilon)
        self.n_steps = 0
        self._mean: list[Tensor] = []
        self._square: list[Tensor] = []

    def step(self, parameters: Sequence[Tensor], gradients: Sequence[Tensor]) -> None:
        """Change the parameters in place.

        Parameters
        ----------
        parameters : sequence of Tensor
            What to change, of any shapes; the same tensors at every step.
        gradients : sequence of Tensor
            The gradient of the loss with respect to each parameter, of its shape.
        """
        _check_shapes(parameters, gradients)
        rate = self.rate(self.n_steps)
        self.n_steps += 1
        self._mean = self._mean or [torch.zeros_like(w) for w in parameters]
        self._square = self._square or [torch.zeros_like(w) for w in parameters]
        for w, g, m, v in zip(parameters, gradients, self._mean, self._square, strict=True):
            m.mul_(self.beta1).add_((1 - self.beta1) * g)
            v.mul_(self.beta2).add_((1 - self.beta2) * g**2)
            mean = m / (1 - self.beta1**self.n_steps)
            square = v / (1 - self.beta2**self.n_steps)
            w.sub_(rate * mean / (square.sqrt() + self.epsilon))


def step_decay(initial: float, factor: float, every: int) -> Schedule:
    """Multiply the learning rate by a factor once every so many steps.

    Parameters
    ----------
    initial : float
        The learning rate of the first step.
    factor : float
        What it is multiplied by.
    every : int
        After how many steps; 1 gives exponential decay.

    Returns
    -------
    Schedule
        From the number of steps already made to the learning rate.

    Raises
    ------
    TypeError, ValueError
        If an argument is no number, or out of range; the message names it.

    Examples
    --------
    >>> rate = step_decay(1.0, factor=0.5, every=10)
    >>> [rate(n_steps) for n_steps in (0, 9, 10, 20)]
    [1.0, 1.0, 0.5, 0.25]
    """
    _above_zero("initial", initial)
    _above_zero("factor", factor)
    _checks.whole("every", every)
    return lambda n_steps: initial * factor ** (n_steps // every)


def cosine(initial: float, total: int) -> Schedule:
    """Lower the learning rate along half a cosine, to 0 after all steps.

    Parameters
    ----------
    initial : float
        The learning rate of the first step.
    total : int
        How many steps there are.

    Returns
    -------
    Schedule
        From the number of steps already made to the learning rate.

    Raises
    ------
    TypeError, ValueError
        If an argument is no number, or out of range; the message names it.

    Examples
    --------
    >>> rate = cosine(1.0, total=100)
    >>> [round(rate(n_steps), 3) for n_steps in (0, 50, 100)]
    [1.0, 0.5, 0.0]
    """
    _above_zero("initial", initial)
    _checks.whole("total", total)
    return lambda n_steps: initial * (1 + math.cos(math.pi * n_steps / total)) / 2


def _schedule(learning_rate: float | Schedule) -> Schedule:
    """Return a schedule as it is, and a number as the schedule that never changes."""
    if callable(learning_rate):
        return learning_rate
    _above_zero("learning_rate", learning_rate)
    return lambda n_steps: learning_rate


def _number(name: str, value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} must be a number, found {value!r}")


def _above_zero(name: str, value: float) -> float:
    _number(name, value)
    if not 0 < value < math.inf:
        raise ValueError(f"{name} must be above 0 and finite, found {value}")
    return value


def _fraction(name: str, value: float) -> float:
    _number(name, value)
    if not 0 <= value < 1:
        raise ValueError(f"{name} must lie in [0, 1), found {value}")
    return value


def _check_shapes(parameters: Sequence[Tensor], gradients: Sequence[Tensor]) -> None:
    for name, values in {"parameters": parameters, "gradients": gradients}.items():
        if not all(isinstance(v, Tensor) and v.is_floating_point() for v in values):
            raise TypeError(f"{name} must be floating-point tensors")
    shapes = [tuple(w.shape) for w in parameters], [tuple(g.shape) for g in gradients]
    if shapes[0] != shapes[1]:
        raise ValueError(f"gradients must have the shapes {shapes[0]}, found {shapes[1]}")
