"""The perceptron: a unit that fires or does not, and Rosenblatt's rule by which it learns.

It computes w . x + b and fires where that is above 0. Written with a threshold instead, it fires
where w . x exceeds -b. The rule changes the weights only after a mistake, and stops changing them
if any weights make no mistake: Novikoff's bound says how soon. Chapter 3 explains all of it.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from dlbook.scratch import _checks


def fires(inputs: Tensor, weights: Tensor, bias: Tensor | float) -> Tensor:
    """Compute the output of a threshold unit.

    Parameters
    ----------
    inputs : Tensor
        Shape (n, k), floating-point.
    weights : Tensor
        Shape (k,), or (k, units) for several units side by side.
    bias : Tensor or float
        A scalar, or shape (units,).

    Returns
    -------
    Tensor
        1 where the weighted sum plus the bias is above 0, else 0; shape (n,) or (n, units).

    Raises
    ------
    ValueError
        If the shapes do not fit, there is no input, or a number is NaN or not floating-point.

    Examples
    --------
    >>> inputs = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> fires(inputs, torch.tensor([1.0, 1.0]), bias=-1.5).tolist()  # AND
    [0.0, 0.0, 0.0, 1.0]
    """
    _checks.finite("weights", weights)
    if isinstance(bias, Tensor) and bias.ndim:
        _checks.finite("bias", bias)
        bias = bias.to(weights.dtype)
    else:
        bias = _checks.scalar("bias", bias, weights)
    if weights.ndim not in (1, 2) or bias.shape not in ((), weights.shape[1:]):
        raise ValueError(
            "weights and bias must have shapes (k,) and (), or (k, units) and (units,); found "
            f"{tuple(weights.shape)} and {tuple(bias.shape)}"
        )
    _checks.rows("inputs", inputs, len(weights), weights)
    return (inputs @ weights + bias > 0).to(inputs.dtype)


@dataclass
class Learned:
    """What Rosenblatt's rule arrived at, and how.

    Attributes
    ----------
    weights : Tensor
        Shape (k,).
    bias : Tensor
        A scalar.
    mistakes : list of int
        Mistakes in each pass over the samples; the last is 0 if the rule has come to rest.
    path : Tensor
        Weights and bias after each pass, the start first; shape (passes + 1, k + 1).
    """

    weights: Tensor
    bias: Tensor
    mistakes: list[int]
    path: Tensor


def learn(inputs: Tensor, labels: Tensor, *, max_passes: int) -> Learned:
    """Learn by Rosenblatt's rule: after each mistake, add or subtract the input.

    Parameters
    ----------
    inputs : Tensor
        Samples, shape (n, k), floating-point. They are taken in this order in each pass.
    labels : Tensor
        1 where the unit should fire and 0 where not, shape (n,).
    max_passes : int
        Passes to make at most; a pass without a mistake is the last.

    Returns
    -------
    Learned
        Weights and bias, from a start at 0, with the mistakes of each pass.

    Raises
    ------
    ValueError
        If a shape is wrong, a label is neither 0 nor 1, there is a NaN, or no pass is allowed.

    Examples
    --------
    >>> inputs = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> learned = learn(inputs, torch.tensor([0, 1, 1, 1]), max_passes=10)  # OR
    >>> fires(inputs, learned.weights, learned.bias).tolist()
    [0.0, 1.0, 1.0, 1.0]
    >>> learned.mistakes[-1]
    0

    References
    ----------
    F. Rosenblatt, "The perceptron", Psychological Review 65, 1958.
    """
    _checks.rows("inputs", inputs)
    _checks.one_for_each("labels", labels, len(inputs))
    _checks.zeros_and_ones("labels", labels)
    _checks.whole("max_passes", max_passes)
    extended = _with_one(inputs)
    weights = torch.zeros_like(extended[0])
    mistakes, path = [], [weights.clone()]
    for _ in range(max_passes):
        mistakes.append(0)
        for x, label in zip(extended, labels.tolist(), strict=True):
            error = label - int(x @ weights > 0)  # 1: should have fired; -1: should not have
            if error:
                weights += error * x
                mistakes[-1] += 1
        path.append(weights.clone())
        if mistakes[-1] == 0:
            break
    return Learned(weights[:-1], weights[-1], mistakes, torch.stack(path))


def novikoff_bound(inputs: Tensor, labels: Tensor, weights: Tensor, bias: Tensor | float) -> float:
    """Bound the mistakes that Rosenblatt's rule makes in all, from any separating plane.

    Parameters
    ----------
    inputs : Tensor
        Shape (n, k), floating-point.
    labels : Tensor
        0 or 1, shape (n,).
    weights : Tensor
        Of a plane with every sample strictly on its own side, shape (k,).
    bias : Tensor or float
        Its bias, a scalar.

    Returns
    -------
    float
        (R / margin) squared: R is the length of the longest input with a 1 appended, the margin
        how far the closest one lies from the plane of the weights with the bias appended.

    Raises
    ------
    ValueError
        If a sample lies on the plane or on the wrong side, or a shape is wrong.

    Examples
    --------
    >>> inputs, labels = torch.tensor([[0.0], [1.0]]), torch.tensor([0, 1])
    >>> bound = novikoff_bound(inputs, labels, weights=torch.tensor([2.0]), bias=-1.0)
    >>> round(bound, 3)
    10.0

    References
    ----------
    A. B. J. Novikoff, "On convergence proofs on perceptrons", 1962.
    """
    _checks.rows("inputs", inputs)
    _checks.one_for_each("labels", labels, len(inputs))
    _checks.zeros_and_ones("labels", labels)
    _checks.shape("weights", weights, (inputs.shape[1],), inputs)
    extended = _with_one(inputs)
    unit = torch.cat([weights, _checks.scalar("bias", bias, weights).reshape(1)])
    signs = torch.where(labels == 1, 1.0, -1.0).to(inputs.dtype)
    sides = signs * (extended @ unit) / unit.norm()
    n_wrong = int((~(sides > 0)).sum())
    if n_wrong:
        raise ValueError(
            f"weights and bias must separate the labels; {n_wrong} of {len(inputs)} samples lie on "
            "their plane or on its wrong side"
        )
    return float((extended.norm(dim=1).max() / sides.min()) ** 2)


def _with_one(inputs: Tensor) -> Tensor:
    """Append an input of 1, whose weight is the bias."""
    return torch.cat([inputs, torch.ones_like(inputs[:, :1])], dim=1)


def column_detector(height: int, width: int, column: int) -> tuple[Tensor, Tensor]:
    """Build a unit that fires for one image only: a vertical line in one column.

    Parameters
    ----------
    height, width : int
        Pixels of the image.
    column : int
        Where the line stands, from 0.

    Returns
    -------
    tuple of Tensor
        Weights, shape (height * width,), and the bias, float64: 1 for a pixel of the line and -1
        for any other, so that only the line itself reaches a sum of `height`.

    Raises
    ------
    ValueError
        If there is no pixel or no such column.

    Examples
    --------
    >>> weights, bias = column_detector(2, 2, column=0)
    >>> weights.tolist(), bias.item()
    ([1.0, -1.0, 1.0, -1.0], -1.5)
    """
    _checks.whole("height", height)
    _checks.whole("width", width)
    _checks.whole("column", column, least=0)
    if not 0 <= column < width:
        raise ValueError(f"column must lie from 0 to {width - 1}, found {column}")
    weights = torch.full((height, width), -1.0, dtype=torch.float64)
    weights[:, column] = 1
    return weights.flatten(), torch.tensor(0.5 - height, dtype=torch.float64)


def line_detector(images: Tensor) -> Tensor:
    """Say which images hold one vertical line of full height and nothing else, with two layers.

    Parameters
    ----------
    images : Tensor
        Shape (n, height, width); 0 for black, 1 for white.

    Returns
    -------
    Tensor
        1 for a line, else 0, shape (n,), float64.

    Raises
    ------
    ValueError
        If the shape is another, there is no pixel, or one is neither 0 nor 1.

    Notes
    -----
    The first layer has a `column_detector` for each column, the second a unit that computes OR.

    Examples
    --------
    >>> line, corner = [[1, 0], [1, 0]], [[1, 1], [1, 0]]
    >>> line_detector(torch.tensor([line, corner])).tolist()
    [1.0, 0.0]
    """
    _checks.tensor("images", images)
    if images.ndim != 3 or images.numel() == 0:
        raise ValueError(f"images must have shape (n, h, w), found {tuple(images.shape)}")
    _checks.zeros_and_ones("images", images)
    height, width = images.shape[1:]
    detectors = [column_detector(height, width, column) for column in range(width)]
    weights = torch.stack([w for w, _ in detectors], dim=1)
    biases = torch.stack([b for _, b in detectors])
    hidden = fires(images.flatten(1).double(), weights, biases)
    return fires(hidden, torch.ones(width, dtype=torch.float64), -0.5)
