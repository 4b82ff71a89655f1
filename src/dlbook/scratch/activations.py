"""Activation functions, each with its formula and its derivative beside it.

An activation function is applied to every number of a layer by itself; softmax alone looks at a
whole row. Without them a network of many layers could be replaced by one, as chapter 1 shows by
experiment. None of them fails at large z, and PyTorch's autograd finds the derivatives given here:
an exponential is taken of numbers at which it cannot overflow.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from dlbook.scratch import _checks


class Activation(NamedTuple):
    """An activation function with what the book says of it.

    Attributes
    ----------
    function : callable
        From the weighted inputs z, of any shape, to the activations, of the same shape.
    derivative : callable
        From z to the derivative of the function at each z.
    formula : str
        The function of z in LaTeX.
    """

    function: Callable[[Tensor], Tensor]
    derivative: Callable[[Tensor], Tensor]
    formula: str


def sigmoid(z: Tensor) -> Tensor:
    """Squash numbers into the open interval (0, 1).

    Parameters
    ----------
    z : Tensor
        Weighted inputs, of any shape, floating-point.

    Returns
    -------
    Tensor
        1 / (1 + exp(-z)), but at least the smallest normal number of the type, of the shape of
        `z`.

    Examples
    --------
    >>> sigmoid(torch.tensor([-1000.0, 0.0, 1000.0]))
    tensor([1.1755e-38, 5.0000e-01, 1.0000e+00])
    """
    # Infinity in the denominator would give 0, but no slope: autograd multiplies 0 by infinity.
    smallest = math.log(torch.finfo(z.dtype).tiny)
    return 1 / (1 + torch.exp(-z.clamp(min=smallest)))


def sigmoid_derivative(z: Tensor) -> Tensor:
    """Differentiate the sigmoid: at most 1/4, and close to 0 away from z = 0.

    Parameters
    ----------
    z : Tensor
        Weighted inputs, of any shape, floating-point.

    Returns
    -------
    Tensor
        sigmoid(z) (1 - sigmoid(z)), of the shape of `z`.
    """
    # The same for z and -z, without the loss of digits in 1 - sigmoid(z).
    small = torch.exp(-z.abs())
    return small / (1 + small) ** 2


def tanh(z: Tensor) -> Tensor:
    """Squash numbers into the open interval (-1, 1).

    Parameters
    ----------
    z : Tensor
        Weighted inputs, of any shape, floating-point.

    Returns
    -------
    Tensor
        (exp(z) - exp(-z)) / (exp(z) + exp(-z)), of the shape of `z`.
    """
    # expm1(x) is exp(x) - 1, exact for small x too. Beyond 20, tanh is 1 in every type.
    power = torch.expm1(2 * z.clamp(-20, 20))
    return power / (power + 2)


def tanh_derivative(z: Tensor) -> Tensor:
    """Differentiate tanh: 1 at z = 0, and close to 0 away from it.

    Parameters
    ----------
    z : Tensor
        Weighted inputs, of any shape, floating-point.

    Returns
    -------
    Tensor
        1 - tanh(z) squared, of the shape of `z`.
    """
    # tanh is a stretched sigmoid: tanh(z) = 2 sigmoid(2z) - 1.
    return 4 * sigmoid_derivative(2 * z)


def linear(z: Tensor) -> Tensor:
    """Return the weighted inputs as they are.

    Parameters
    ----------
    z : Tensor
        Weighted inputs, of any shape, floating-point.

    Returns
    -------
    Tensor
        A copy of `z`, of its shape.
    """
    return z.clone()


def linear_derivative(z: Tensor) -> Tensor:
    """Differentiate the linear function.

    Parameters
    ----------
    z : Tensor
        Weighted inputs, of any shape, floating-point.

    Returns
    -------
    Tensor
        Ones, of the shape of `z`.
    """
    return torch.ones_like(z)


def relu(z: Tensor) -> Tensor:
    """Set negative numbers to 0: the rectified linear unit.

    Parameters
    ----------
    z : Tensor
        Weighted inputs, of any shape, floating-point.

    Returns
    -------
    Tensor
        max(0, z), of the shape of `z`.
    """
    return z.clamp(min=0)


def relu_derivative(z: Tensor) -> Tensor:
    """Differentiate ReLU; at the kink z = 0, where it has no derivative, 0 is taken as in PyTorch.

    Parameters
    ----------
    z : Tensor
        Weighted inputs, of any shape, floating-point.

    Returns
    -------
    Tensor
        1 where z > 0, else 0, of the shape of `z`.
    """
    return (z > 0).to(z.dtype)


def leaky_relu(z: Tensor, slope: float = 0.01) -> Tensor:
    """Let a little of the negative numbers through.

    Parameters
    ----------
    z : Tensor
        Weighted inputs, of any shape, floating-point.
    slope : float
        By what negative numbers are multiplied.

    Returns
    -------
    Tensor
        z where z > 0, else slope z, of the shape of `z`.
    """
    return torch.where(z > 0, z, slope * z)


def leaky_relu_derivative(z: Tensor, slope: float = 0.01) -> Tensor:
    """Differentiate the leaky ReLU; at z = 0 the slope is taken, as in PyTorch.

    Parameters
    ----------
    z : Tensor
        Weighted inputs, of any shape, floating-point.
    slope : float
        By what negative numbers are multiplied.

    Returns
    -------
    Tensor
        1 where z > 0, else `slope`, of the shape of `z`.
    """
    return torch.where(z > 0, torch.ones_like(z), slope)


def gelu(z: Tensor) -> Tensor:
    """Weigh numbers by the share of a standard normal distribution below them.

    Parameters
    ----------
    z : Tensor
        Weighted inputs, of any shape, floating-point.

    Returns
    -------
    Tensor
        z times the normal distribution function at z, of the shape of `z`.
    """
    return z * _normal_share(z)


def gelu_derivative(z: Tensor) -> Tensor:
    """Differentiate GELU.

    Parameters
    ----------
    z : Tensor
        Weighted inputs, of any shape, floating-point.

    Returns
    -------
    Tensor
        The normal distribution function at z plus z times its density, of the shape of `z`.
    """
    density = torch.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    return _normal_share(z) + z * density


def _normal_share(z: Tensor) -> Tensor:
    """Return the share of a standard normal distribution below z."""
    return (1 + torch.erf(z / math.sqrt(2))) / 2


def softmax(z: Tensor, dim: int = -1) -> Tensor:
    """Turn scores into probabilities: positive, and of sum 1 along a dimension.

    Parameters
    ----------
    z : Tensor
        Scores, of any shape, floating-point.
    dim : int
        The dimension along which the probabilities sum to 1.

    Returns
    -------
    Tensor
        exp(z) divided by its sum along `dim`, of the shape of `z`.

    Raises
    ------
    ValueError
        If `z` has no entries along `dim`.

    Examples
    --------
    >>> softmax(torch.tensor([1000.0, 1000.0])).tolist()
    [0.5, 0.5]
    """
    _checks.tensor("z", z)
    if isinstance(dim, bool) or not isinstance(dim, int):
        raise TypeError(f"dim must be a whole number, found {dim!r}")
    if not z.is_floating_point() or not -z.ndim <= dim < z.ndim:
        raise ValueError(
            f"z must be floating-point and dim one of its {z.ndim} dimensions, found {z.dtype} "
            f"and {dim}"
        )
    if z.shape[dim] == 0:
        raise ValueError(f"z: shape {tuple(z.shape)} has no scores along dimension {dim}")
    # A shift of all scores changes nothing; with the largest at 0 no exponential overflows.
    powers = torch.exp(z - z.amax(dim, keepdim=True))
    return powers / powers.sum(dim, keepdim=True)


def softmax_jacobian(z: Tensor) -> Tensor:
    """Differentiate softmax over the last dimension: each output depends on every score.

    Parameters
    ----------
    z : Tensor
        Scores, shape (..., C), floating-point.

    Returns
    -------
    Tensor
        Shape (..., C, C); entry (j, k) is the derivative of output j with respect to score k,
        p_j (1 - p_k) where j = k and -p_j p_k elsewhere.

    Raises
    ------
    ValueError
        If `z` has no scores.

    Examples
    --------
    >>> softmax_jacobian(torch.zeros(2)).tolist()
    [[0.25, -0.25], [-0.25, 0.25]]
    """
    p = softmax(z)
    return torch.diag_embed(p) - p.unsqueeze(-1) * p.unsqueeze(-2)


ACTIVATIONS: dict[str, Activation] = {
    "sigmoid": Activation(sigmoid, sigmoid_derivative, r"\frac{1}{1 + e^{-z}}"),
    "tanh": Activation(tanh, tanh_derivative, r"\frac{e^z - e^{-z}}{e^z + e^{-z}}"),
    "linear": Activation(linear, linear_derivative, "z"),
    "ReLU": Activation(relu, relu_derivative, r"\max(0, z)"),
    "leaky ReLU": Activation(leaky_relu, leaky_relu_derivative, r"\max(0.01 z, z)"),
    "GELU": Activation(gelu, gelu_derivative, r"z \, \Phi(z)"),
}
"""The activation functions of single numbers, by name."""
