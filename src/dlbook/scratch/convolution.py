"""Convolution and pooling, forward and back.

A kernel is a small matrix of weights. It is laid on an image at every place where it fits; there
the pixels below it are multiplied by the weights and summed, and the sums make a new image, the
feature map. The same few weights serve everywhere: so a pattern is found wherever it stands, and
what moves in the image moves in the map. Chapter 11 goes through it step by step.
"""

from collections.abc import Callable, Sequence
from itertools import product

import torch
from torch import Tensor

from dlbook.scratch import _checks

SHARPEN = torch.tensor([[0.0, -1.0, 0.0], [-1.0, 5.0, -1.0], [0.0, -1.0, 0.0]])
"""The kernel that adds to a pixel its differences from its four neighbors, shape (3, 3)."""


def _compass() -> Tensor:
    """Turn the ring around the center of the first kernel, one place at a time."""
    # The ring clockwise from the upper left corner; the first three places are the upper row.
    rows, columns = [0, 0, 0, 1, 2, 2, 2, 1], [0, 1, 2, 2, 2, 1, 0, 0]
    ring = torch.tensor([5.0, 5.0, 5.0, -3.0, -3.0, -3.0, -3.0, -3.0])
    kernels = torch.zeros(8, 3, 3)
    kernels[:, rows, columns] = torch.stack([ring.roll(turns) for turns in range(8)])
    return kernels


KIRSCH = _compass()
"""Kirsch's kernels for edges, shape (8, 3, 3); the sum of each is 0.

The first responds where the image is brighter above, at its north; the others follow clockwise:
north-east, east, and so on to north-west.
"""

Window = int | tuple[int, int]
"""Height and width of a pooling window, or one number for both."""

POOLINGS: dict[str, Callable[[Tensor], Tensor]] = {
    "max": lambda entries: entries.amax(-1),
    "mean": lambda entries: entries.mean(-1),
    "min": lambda entries: entries.amin(-1),
    "median": lambda entries: entries.median(-1).values,
}
"""What pooling makes of the entries of a window, its last dimension, by name.

The median of an even number of entries is the lower of the two in the middle, as in PyTorch.
"""


def output_size(n: int, k: int, stride: int = 1, padding: int = 0) -> int:
    """Count the places of a kernel along one side of an image.

    Parameters
    ----------
    n : int
        Pixels of the image.
    k : int
        Pixels of the kernel or the pooling window.
    stride : int
        Pixels from one place to the next.
    padding : int
        Pixels added at each end.

    Returns
    -------
    int
        floor((n + 2 padding - k) / stride) + 1, the pixels of the feature map.

    Raises
    ------
    ValueError
        If the kernel is larger than the padded image, or a number is too small.

    Examples
    --------
    >>> output_size(28, 5)
    24
    >>> output_size(32, 3, stride=2, padding=1)
    16

    References
    ----------
    V. Dumoulin, F. Visin, "A guide to convolution arithmetic for deep learning", 2016.
    """
    _checks.whole("n", n)
    return _size("k", n, k, stride, padding)


def pad(images: Tensor, width: int) -> Tensor:
    """Surround images with zeros.

    Parameters
    ----------
    images : Tensor
        Shape (N, C, H, W), floating-point.
    width : int
        Pixels added at each of the four sides.

    Returns
    -------
    Tensor
        Shape (N, C, H + 2 width, W + 2 width).

    Raises
    ------
    ValueError
        If the shape is another, a number is not finite, or `width` is below 0.
    """
    _checks.shape("images", images, ("N", "C", "H", "W"))
    _checks.whole("width", width, least=0)
    n, c, height, columns = images.shape
    padded = images.new_zeros(n, c, height + 2 * width, columns + 2 * width)
    padded[:, :, width : width + height, width : width + columns] = images
    return padded


def correlate(
    images: Tensor, kernels: Tensor, biases: Tensor | None = None, stride: int = 1, padding: int = 0
) -> Tensor:
    """Make one feature map with each kernel: what the layers called convolutional compute.

    Parameters
    ----------
    images : Tensor
        Shape (N, C, H, W), floating-point.
    kernels : Tensor
        Shape (K, C, h, w), of the type of the images: each kernel looks at all channels.
    biases : Tensor, optional
        What is added to each map, shape (K,).
    stride : int
        Pixels from one place of the kernel to the next.
    padding : int
        Pixels of zeros added at each side of the images.

    Returns
    -------
    Tensor
        Shape (N, K, H', W'), with H' and W' by `output_size`.

    Raises
    ------
    ValueError
        If a shape or type does not fit, a kernel is larger than the padded images, `stride` is
        below 1 or `padding` below 0, or a number is not finite.

    Examples
    --------
    >>> image = torch.tensor([0.0, 0.0, 1.0, 1.0]).reshape(1, 1, 1, 4)
    >>> kernel = torch.tensor([-1.0, 1.0]).reshape(1, 1, 1, 2)
    >>> correlate(image, kernel).tolist()  # finds the edge
    [[[[0.0, 1.0, 0.0]]]]
    """
    size = _map_size(images, kernels, stride, padding)
    columns = _columns(pad(images, padding), kernels, stride)
    # One row of weights for each kernel, times one column of pixels for each place.
    maps = (kernels.flatten(1) @ columns).reshape(len(images), len(kernels), *size)
    if biases is None:
        return maps
    _checks.shape("biases", biases, (len(kernels),), images)
    return maps + biases.reshape(-1, 1, 1)


def correlate_backward(
    images: Tensor, kernels: Tensor, errors: Tensor, stride: int = 1, padding: int = 0
) -> tuple[Tensor, Tensor, Tensor]:
    """Lead the errors of feature maps back to what `correlate` made them of.

    Parameters
    ----------
    images, kernels, stride, padding
        As in `correlate`.
    errors : Tensor
        The derivative of the cost with respect to each pixel of the maps, shape (N, K, H', W').

    Returns
    -------
    tuple of Tensor
        The derivatives with respect to images, kernels and biases, of the shapes (N, C, H, W),
        (K, C, h, w) and (K,).

    Raises
    ------
    ValueError
        As `correlate`, or if the shape or type of `errors` is not that of the maps.
    """
    rows, columns = _map_size(images, kernels, stride, padding)
    _checks.shape("errors", errors, (len(images), len(kernels), rows, columns), images)
    padded = pad(images, padding)
    by_place = errors.flatten(2)
    # Every weight worked at every place, so its derivative sums pixel times error over all.
    of_kernels = (by_place @ _columns(padded, kernels, stride).mT).sum(0).reshape(kernels.shape)
    # Every pixel of a window passed through one weight, and gets the error times that weight.
    parts = kernels.flatten(1).T @ by_place
    parts = parts.reshape(len(images), *kernels.shape[1:], rows, columns).permute(0, 1, 4, 5, 2, 3)
    inside = [slice(padding, padding + side) for side in images.shape[2:]]
    of_images = _add_windows(parts, padded.shape, stride)[:, :, inside[0], inside[1]]
    return of_images, of_kernels, errors.sum((0, 2, 3))


def convolve(
    images: Tensor, kernels: Tensor, biases: Tensor | None = None, stride: int = 1, padding: int = 0
) -> Tensor:
    """Convolve in the mathematical sense: correlate with kernels turned by half a circle.

    An image of one white pixel then becomes the kernel itself, where `correlate` shows it turned.
    For weights that are learned it makes no difference: they come out turned or not. So deep
    learning leaves the turn out and keeps the name.

    Parameters
    ----------
    images, kernels, biases, stride, padding
        As in `correlate`.

    Returns
    -------
    Tensor
        Shape (N, K, H', W').

    Raises
    ------
    ValueError
        As `correlate`.

    Examples
    --------
    >>> image = torch.tensor([0.0, 0.0, 1.0, 0.0, 0.0]).reshape(1, 1, 1, 5)
    >>> kernel = torch.tensor([1.0, 2.0, 3.0]).reshape(1, 1, 1, 3)
    >>> convolve(image, kernel).tolist(), correlate(image, kernel).tolist()
    ([[[[1.0, 2.0, 3.0]]]], [[[[3.0, 2.0, 1.0]]]])
    """
    _checks.shape("kernels", kernels, ("K", "C", "h", "w"))
    return correlate(images, kernels.flip(2, 3), biases, stride, padding)


def pool(images: Tensor, how: str, window: Window, stride: int) -> Tensor:
    """Replace each window of each channel by one number.

    Parameters
    ----------
    images : Tensor
        Images or feature maps, shape (N, C, H, W), floating-point.
    how : str
        A key of `POOLINGS`.
    window : int or tuple of int
        Height and width of the window in pixels, one number if they are equal.
    stride : int
        Pixels from one window to the next.

    Returns
    -------
    Tensor
        Shape (N, C, H', W'), with H' and W' by `output_size`.

    Raises
    ------
    ValueError
        If the shape is another, `how` is not known, the window is larger than the images,
        `window` or `stride` is below 1, or a number is not finite.

    Examples
    --------
    >>> image = torch.arange(16.0).reshape(1, 1, 4, 4)
    >>> pool(image, "max", window=2, stride=2).tolist()
    [[[[5.0, 7.0], [13.0, 15.0]]]]
    """
    windows = _pool_windows(images, how, window, stride)
    return POOLINGS[how](windows.flatten(4))


def pool_backward(images: Tensor, errors: Tensor, how: str, window: Window, stride: int) -> Tensor:
    """Lead the errors of pooled images back to their pixels.

    A mean divides an error among all pixels of its window. The others give it to the pixel that
    they chose, the first one among equals; the rest of the window could change a little without
    any effect.

    Parameters
    ----------
    images, how, window, stride
        As in `pool`.
    errors : Tensor
        The derivative of the cost with respect to what `pool` returned, shape (N, C, H', W').

    Returns
    -------
    Tensor
        The derivative with respect to the images, shape (N, C, H, W).

    Raises
    ------
    ValueError
        As `pool`, or if the shape or type of `errors` is not that of the pooled images.

    Examples
    --------
    >>> image = torch.tensor([1.0, 4.0, 3.0, 2.0]).reshape(1, 1, 1, 4)
    >>> errors = torch.tensor([10.0, 20.0]).reshape(1, 1, 1, 2)
    >>> pool_backward(image, errors, "max", window=(1, 2), stride=2).tolist()
    [[[[0.0, 10.0, 20.0, 0.0]]]]
    """
    windows = _pool_windows(images, how, window, stride)
    _checks.shape("errors", errors, windows.shape[:4], images)
    entries = windows.flatten(4)
    if how == "mean":
        shares = torch.full_like(entries, 1 / entries.shape[-1])
    else:
        shares = _first_equal(entries, POOLINGS[how](entries))
    parts = (shares * errors.unsqueeze(-1)).reshape(windows.shape)
    return _add_windows(parts, images.shape, stride)


def edge_strength(images: Tensor) -> Tensor:
    """Measure how sharply each place of an image divides bright from dark, in any direction.

    Parameters
    ----------
    images : Tensor
        Shape (N, C, H, W) with H and W at least 3, floating-point.

    Returns
    -------
    Tensor
        The largest response to a kernel of `KIRSCH`, for each channel by itself, shape
        (N, C, H - 2, W - 2). Never below 0 but for rounding: the eight responses sum to 0.

    Raises
    ------
    ValueError
        If the images are too small, their shape is another, or a number is not finite.

    Examples
    --------
    >>> image = torch.tensor([0.0, 0.0, 0.0, 1.0]).expand(1, 1, 3, 4)
    >>> edge_strength(image).tolist()
    [[[[0.0, 15.0]]]]

    References
    ----------
    R. A. Kirsch, "Computer determination of the constituent structure of biological images",
    Computers and Biomedical Research 4, 1971.
    """
    _checks.shape("images", images, ("N", "C", "H", "W"))
    kernels = KIRSCH.to(images).unsqueeze(1)
    # Each channel is looked at as an image of its own.
    strength = correlate(images.flatten(0, 1).unsqueeze(1), kernels).amax(1)
    return strength.reshape(*images.shape[:2], *strength.shape[1:])


def _windows(images: Tensor, height: int, width: int, stride: int) -> Tensor:
    """View every window: shape (N, C, H', W', height, width), without a copy of the pixels."""
    return images.unfold(2, height, stride).unfold(3, width, stride)


def _columns(images: Tensor, kernels: Tensor, stride: int) -> Tensor:
    """Write the pixels below the kernels at each place as a column: shape (N, C h w, H' W')."""
    windows = _windows(images, kernels.shape[2], kernels.shape[3], stride)
    return windows.permute(0, 1, 4, 5, 2, 3).flatten(4).flatten(1, 3)


def _add_windows(parts: Tensor, shape: Sequence[int], stride: int) -> Tensor:
    """Add windows, shape (N, C, H', W', h, w), back into images at their places."""
    images = parts.new_zeros(shape)
    rows, columns, height, width = parts.shape[2:]
    # Windows overlap, but the pixels at one place of all windows are different pixels.
    for i, j in product(range(height), range(width)):
        of_rows = slice(i, i + stride * rows, stride)
        images[:, :, of_rows, j : j + stride * columns : stride] += parts[..., i, j]
    return images


def _first_equal(entries: Tensor, values: Tensor) -> Tensor:
    """Put a 1 at the first of the last dimension's entries that equals the value, else 0."""
    # argmax gives the first place of the largest number.
    places = (entries == values.unsqueeze(-1)).to(torch.uint8).argmax(-1, keepdim=True)
    return torch.zeros_like(entries).scatter(-1, places, 1)


def _pool_windows(images: Tensor, how: str, window: Window, stride: int) -> Tensor:
    _checks.shape("images", images, ("N", "C", "H", "W"))
    if not isinstance(how, str) or how not in POOLINGS:
        raise ValueError(f"how must be one of {', '.join(POOLINGS)}; found {how!r}")
    if isinstance(window, tuple | list) and len(window) != 2:
        raise ValueError(f"window must be a number or a pair (height, width), found {window!r}")
    height, width = window if isinstance(window, tuple | list) else (window, window)
    _size("height of window", images.shape[2], height, stride, 0)
    _size("width of window", images.shape[3], width, stride, 0)
    return _windows(images, height, width, stride)


def _map_size(images: Tensor, kernels: Tensor, stride: int, padding: int) -> tuple[int, int]:
    _checks.shape("images", images, ("N", "C", "H", "W"))
    _checks.shape("kernels", kernels, ("K", images.shape[1], "h", "w"), images)
    height = _size("height of kernels", images.shape[2], kernels.shape[2], stride, padding)
    return height, _size("width of kernels", images.shape[3], kernels.shape[3], stride, padding)


def _size(name: str, n: int, k: int, stride: int, padding: int) -> int:
    _checks.whole(name, k, least=0)
    _checks.whole("stride", stride)
    _checks.whole("padding", padding, least=0)
    if not 1 <= k <= n + 2 * padding:
        raise ValueError(
            f"{name} must lie from 1 to {n + 2 * padding}, the size of the images with their "
            f"padding, found {k}"
        )
    return (n + 2 * padding - k) // stride + 1
