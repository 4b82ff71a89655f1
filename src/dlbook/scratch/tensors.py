"""What tensors can show before anything is learned: patterns counted, reductions with named axes.

An image is a tensor of numbers, and a task such as "is there one vertical line?" divides all
possible images into two sets. Chapter 2 counts both.
"""

from collections.abc import Callable, Sequence
from itertools import combinations

import torch
from torch import Tensor

from dlbook.scratch import _checks

REDUCTIONS: dict[str, Callable[..., Tensor]] = {
    "sum": torch.sum,
    "mean": torch.mean,
    "max": torch.amax,
}
"""The reductions by name."""


def count_patterns(height: int, width: int, channels: int = 1, levels: int = 2) -> int:
    """Count the different images of one size.

    Parameters
    ----------
    height, width : int
        Pixels.
    channels : int
        1 for gray, 3 for color.
    levels : int
        Different values of a number; 256 for 8-bit images.

    Returns
    -------
    int
        levels to the power of the numbers in an image.

    Raises
    ------
    ValueError
        If an argument is below 1.

    Examples
    --------
    >>> count_patterns(3, 3)
    512
    >>> count_patterns(1, 1, channels=3, levels=256)
    16777216
    """
    sizes = {"height": height, "width": width, "channels": channels, "levels": levels}
    for name, value in sizes.items():
        _checks.whole(name, value)
    n_patterns: int = levels ** (height * width * channels)
    return n_patterns


def all_patterns(height: int, width: int) -> Tensor:
    """List every black-and-white image of one size.

    Parameters
    ----------
    height, width : int
        Pixels, at most 20 in all: there are 2 ** (height * width) images.

    Returns
    -------
    Tensor
        Shape (2 ** (height * width), height, width), uint8: 0 for black, 1 for white.

    Raises
    ------
    ValueError
        If an image has no pixel or more than 20.

    Examples
    --------
    >>> all_patterns(1, 2).tolist()
    [[[0, 0]], [[0, 1]], [[1, 0]], [[1, 1]]]
    """
    _checks.whole("height", height)
    _checks.whole("width", width)
    n_pixels = height * width
    if n_pixels > 20:
        raise ValueError(f"height * width must lie from 1 to 20, found {height} * {width}")
    # Image number i has the binary digits of i as its pixels.
    numbers = torch.arange(2**n_pixels).unsqueeze(1)
    pixels = numbers >> torch.arange(n_pixels - 1, -1, -1) & 1
    return pixels.to(torch.uint8).reshape(-1, height, width)


def line_patterns(height: int, width: int, shortest: int | None = None) -> Tensor:
    """List the images that hold one vertical line and nothing else.

    Parameters
    ----------
    height, width : int
        Pixels.
    shortest : int, optional
        Least length of the line in pixels; by default only lines of the full height count.

    Returns
    -------
    Tensor
        Shape (n, height, width), uint8: 0 for black, 1 for white.

    Raises
    ------
    ValueError
        If `shortest` is not from 1 to `height`, or there is no pixel.

    Examples
    --------
    >>> line_patterns(2, 2).tolist()
    [[[1, 0], [1, 0]], [[0, 1], [0, 1]]]
    """
    shortest = height if shortest is None else shortest
    for name, value in {"height": height, "width": width, "shortest": shortest}.items():
        _checks.whole(name, value)
    if shortest > height:
        raise ValueError(f"shortest must lie from 1 to height, {height}, found {shortest}")
    runs = [(i, j) for i, j in combinations(range(height + 1), 2) if j - i >= shortest]
    images = torch.zeros(width * len(runs), height, width, dtype=torch.uint8)
    for number, (column, (top, bottom)) in enumerate((c, r) for c in range(width) for r in runs):
        images[number, top:bottom, column] = 1
    return images


def reduce(tensor: Tensor, axes: Sequence[str], over: Sequence[str], how: str = "sum") -> Tensor:
    """Take axes away from a tensor by name.

    Parameters
    ----------
    tensor : Tensor
        Of any shape; floating-point for a mean.
    axes : sequence of str
        A name for each dimension, such as ``("image", "row", "column")``.
    over : sequence of str
        The axes that disappear.
    how : str
        A key of `REDUCTIONS`.

    Returns
    -------
    Tensor
        Its shape has the sizes of the other axes, in their order.

    Raises
    ------
    ValueError
        If the names do not fit the tensor, `how` is not known, or a mean is asked of whole numbers.

    Examples
    --------
    >>> images = torch.ones(5, 2, 3)
    >>> reduce(images, ("image", "row", "column"), over=("row", "column")).tolist()
    [6.0, 6.0, 6.0, 6.0, 6.0]
    """
    _checks.tensor("tensor", tensor)
    for argument, names in {"axes": axes, "over": over}.items():
        if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
            raise TypeError(f"{argument} must be a sequence of names, found {names!r}")
    if len(axes) != tensor.ndim or len(set(axes)) != len(axes):
        raise ValueError(
            f"axes must name each of the {tensor.ndim} dimensions once, found {tuple(axes)}"
        )
    if not over or set(over) - set(axes) or len(set(over)) != len(over):
        raise ValueError(f"over must hold one or more of {tuple(axes)}, found {tuple(over)}")
    if not isinstance(how, str) or how not in REDUCTIONS:
        raise ValueError(f"how must be one of {', '.join(REDUCTIONS)}; found {how!r}")
    if how == "mean" and not tensor.is_floating_point():
        raise ValueError(f"tensor must be floating-point for a mean, found {tensor.dtype}")
    return REDUCTIONS[how](tensor, dim=[axes.index(name) for name in over])
