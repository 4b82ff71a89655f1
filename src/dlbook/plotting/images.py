"""Pictures: images, weights that look like images, and an image beside its numbers."""

import math
from collections.abc import Sequence

import matplotlib.pyplot as plt
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from dlbook import _checks
from dlbook.plotting.style import COLORS, WIDTH


def show_images(
    images: Tensor, titles: Sequence[object] | None = None, *, columns: int = 6
) -> Figure:
    """Show images in a grid.

    Parameters
    ----------
    images
        Shape (N, 1, H, W) for gray or (N, 3, H, W) for color; 8-bit, or floating-point from 0
        (black) to 1 (white).
    titles
        One short text above each image.
    columns
        Images in a row.

    Returns
    -------
    Figure
        The grid, without axes.

    Raises
    ------
    TypeError, ValueError
        If `images` has another shape, is empty, or `titles` has another length.
    """
    _checks.tensor("images", images)
    if images.ndim != 4 or images.shape[1] not in (1, 3) or len(images) == 0:
        raise ValueError(
            f"images must have shape (N, 1 or 3, H, W), N >= 1, found {tuple(images.shape)}"
        )
    if titles is not None and len(titles) != len(images):
        raise ValueError(f"titles has {len(titles)} entries for {len(images)} images")
    white = 255 if images.dtype == torch.uint8 else 1
    figure, axes = _grid(len(images), columns, taller=0.0 if titles is None else 0.28)
    for index, image in enumerate(images):
        # matplotlib wants the channels last.
        axes[index].imshow(image.permute(1, 2, 0).squeeze(-1).cpu().numpy(), vmin=0, vmax=white)
        if titles is not None:
            axes[index].set_title(str(titles[index]))
    return figure


def show_weights(weights: Tensor, *, columns: int = 8) -> Figure:
    """Show signed images, such as the weights of neurons, on one scale centered on zero.

    Parameters
    ----------
    weights
        Shape (N, H, W), floating-point.
    columns
        Images in a row.

    Returns
    -------
    Figure
        The grid and its color bar; white is zero.

    Raises
    ------
    TypeError, ValueError
        If `weights` is no tensor of that shape, or is empty.
    """
    _checks.tensor("weights", weights)
    if weights.ndim != 3 or weights.numel() == 0:
        raise ValueError(f"weights must have shape (N, H, W), N >= 1, found {tuple(weights.shape)}")
    weights = weights.detach().cpu()
    limit = float(weights.abs().max())
    figure, axes = _grid(len(weights), columns)
    for axis, image in zip(axes, weights.numpy(), strict=False):
        shown = axis.imshow(image, cmap="PuOr", vmin=-limit, vmax=limit)
    figure.colorbar(shown, ax=axes, label="weight", shrink=0.8)
    return figure


def _grid(n_panels: int, columns: int, taller: float = 0.0) -> tuple[Figure, list[Axes]]:
    """Return a figure of square panels without axes, `taller` inches higher in each row."""
    columns = min(columns, n_panels)
    rows = math.ceil(n_panels / columns)
    side = WIDTH / columns
    figure, axes = plt.subplots(
        rows, columns, squeeze=False, figsize=(WIDTH, rows * (side + taller))
    )
    for axis in axes.flat:
        axis.set_axis_off()
    return figure, list(axes.flat)


def image_and_rows(image: Tensor) -> Figure:
    """Draw a gray image beside the vector that flattening makes of it.

    Parameters
    ----------
    image
        Shape (1, H, W), 8-bit.

    Returns
    -------
    Figure
        The image, and below it the values of its H * W pixels, row after row.
    """
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(WIDTH, 2.3), gridspec_kw={"width_ratios": [1, 2.6]}
    )
    height, width = image.shape[-2:]
    left.imshow(image[0].numpy(), vmin=0, vmax=255)
    left.set(xlabel=f"{width} columns", ylabel=f"{height} rows", xticks=[], yticks=[])
    left.grid(visible=False)
    right.plot(image.flatten().numpy(), color=COLORS["data"], linewidth=0.8)
    right.set(xlabel="position in the vector", ylabel="pixel value")
    return figure
