"""Derivatives without calculus: move one number a little and look at what changes.

Slow, and not exact; but it needs no formula, and so it checks every formula of this package.
Chapter 4 introduces it, chapter 6 counts its cost.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from dlbook.scratch import _checks


def central_differences(
    function: Callable[[Tensor], Tensor], point: Tensor, step: float = 1e-5
) -> Tensor:
    """Estimate a gradient from the function's values on both sides of a point.

    Parameters
    ----------
    function : callable
        From a tensor like `point` to a single number.
    point : Tensor
        Where to differentiate, of any shape; float64, or rounding hides the differences.
    step : float
        How far to go to each side.

    Returns
    -------
    Tensor
        (f(x + step) - f(x - step)) / (2 step) for each number x of `point`, of its shape.

    Raises
    ------
    ValueError
        If `point` is not of type float64, or `step` is not above 0.

    Examples
    --------
    >>> point = torch.tensor([1.0, 3.0], dtype=torch.float64)
    >>> gradient = central_differences(lambda x: (x**2).sum(), point)
    >>> [round(slope, 4) for slope in gradient.tolist()]
    [2.0, 6.0]
    """
    _checks.tensor("point", point)
    if not isinstance(step, int | float):
        raise TypeError(f"step must be a number, found {step!r}")
    if point.dtype != torch.float64 or not 0 < step < math.inf:
        raise ValueError(f"point must be float64 and step above 0, found {point.dtype} and {step}")
    gradient = torch.empty_like(point).flatten()
    for k in range(point.numel()):
        shift = torch.zeros_like(point).flatten()
        shift[k] = step
        shift = shift.reshape(point.shape)
        gradient[k] = (function(point + shift) - function(point - shift)) / (2 * step)
    return gradient.reshape(point.shape)
