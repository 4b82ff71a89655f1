"""Every figure that more than one page draws, in one style.

A color stands for one concept throughout the book, axes carry names and units, and backgrounds are
transparent so that figures read on light and dark pages. Pages import this module; the rest of the
library does not. Each function returns its figure; chapter 1 uses them first.
"""

import html
import math
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import torch
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from dlbook import _checks
from dlbook.evaluation import Evaluation
from dlbook.training import History

WIDTH = 5.8
"""Width of a figure, in inches, as wide as the text column of the site."""

COLORS = {
    "data": "#0072B2",
    "weights": "#8E4C9E",
    "gradient": "#00805E",
    "error": "#C44E00",
    "train": "#9A6A00",
    "validation": "#0F8B8D",
    "test": "#3D3D3D",
    "neutral": "#767676",
}
"""One color for one concept, on every page; distinguishable with color-vision deficiency."""

CYCLE = ("data", "error", "gradient", "weights", "train", "validation", "test")
"""Order in which lines without a concept of their own take the colors."""

MARKERS = "osD^vPX"
"""Marker shapes, in the same order, so that no figure depends on color alone."""

STYLE: dict[str, Any] = {
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.labelsize": 12,
    "axes.prop_cycle": cycler(color=[COLORS[name] for name in CYCLE]),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 12,
    "figure.constrained_layout.use": True,
    "figure.dpi": 100,
    "figure.facecolor": "none",
    "figure.figsize": (WIDTH, 3.2),
    "font.size": 12,
    "grid.alpha": 0.3,
    "image.cmap": "gray",
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "lines.markersize": 5,
    "savefig.facecolor": "none",
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
}
"""The book's settings of matplotlib."""


def use_style() -> None:
    """Give matplotlib the book's style from here on."""
    plt.style.use(STYLE)


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


def feedback_loop() -> Figure:
    """Draw how learning goes round: predictions, loss, gradients, and the optimizer's update.

    Returns
    -------
    Figure
        A diagram without axes.
    """
    figure, axis = plt.subplots(figsize=(WIDTH, 3.9))
    axis.set(xlim=(0, 10), ylim=(0, 6.6))
    axis.set_axis_off()
    boxes = {
        "inputs": (1.5, 5.7, "inputs\n(a batch)", "data"),
        "layers": (5.0, 5.7, "layers\nwith weights", "weights"),
        "scores": (8.5, 5.7, "predictions", "data"),
        "labels": (8.5, 0.9, "labels", "data"),
        "loss": (8.5, 3.3, "loss", "error"),
        "gradients": (5.0, 3.3, "gradients", "gradient"),
        "optimizer": (1.5, 3.3, "optimizer", "weights"),
    }
    for x, y, text, color in boxes.values():
        box = FancyBboxPatch(
            (x - 1.25, y - 0.6),
            2.5,
            1.2,
            boxstyle="round,pad=0.05",
            facecolor="none",
            edgecolor=COLORS[color],
            linewidth=1.8,
        )
        axis.add_patch(box)
        axis.text(x, y, text, ha="center", va="center", color=COLORS[color])
    arrows = [
        ((2.8, 5.7), (3.7, 5.7), "", (0, 0)),
        ((6.3, 5.7), (7.2, 5.7), "", (0, 0)),
        ((8.5, 5.0), (8.5, 4.0), "", (0, 0)),
        ((8.5, 1.6), (8.5, 2.6), "", (0, 0)),
        ((7.2, 3.3), (6.3, 3.3), "backpropagation", (6.7, 2.3)),
        ((3.7, 3.3), (2.8, 3.3), "", (0, 0)),
        ((1.9, 4.0), (4.2, 5.0), "update", (2.55, 4.75)),
    ]
    for start, end, text, place in arrows:
        arrow = {"arrowstyle": "-|>", "color": COLORS["neutral"], "linewidth": 1.5}
        axis.annotate("", xy=end, xytext=start, arrowprops=arrow)
        axis.text(*place, text, ha="center", va="center", fontsize=10, color=COLORS["neutral"])
    return figure


def learning_curves(history: History, *, held_back: str = "validation") -> Figure:
    """Draw loss and accuracy after each epoch.

    Parameters
    ----------
    history
        As `dlbook.training.fit` returns it.
    held_back
        What the validation samples are: "validation" or "test".

    Returns
    -------
    Figure
        Two panels: loss in nats, accuracy as a fraction.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(WIDTH, 2.8))
    panels = (
        (left, "loss (nats)", history.train_loss, history.validation_loss),
        (right, "accuracy (fraction)", history.train_accuracy, history.validation_accuracy),
    )
    for axis, label, train, validation in panels:
        epochs = range(1, len(train) + 1)
        axis.plot(epochs, train, "o-", color=COLORS["train"], label="training")
        if validation:
            axis.plot(epochs, validation, "s--", color=COLORS[held_back], label=held_back)
        axis.set(xlabel="epoch", ylabel=label)
        _whole_ticks(axis)
    left.legend()
    return figure


def lines(
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    *,
    x: str,
    y: str,
    title: str = "",
    axis: Axes | None = None,
    log_x: bool = False,
) -> Figure:
    """Draw named curves with a marker at each point.

    Parameters
    ----------
    curves
        Name of each curve to its (x values, y values).
    x, y
        Names of the axes, with units.
    title
        Text above the panel.
    axis
        Panel to draw in; a new figure by default.
    log_x
        Logarithmic scale for x.

    Returns
    -------
    Figure
        The figure that holds the panel.
    """
    if axis is None:
        axis = plt.subplots()[1]
    for (name, (xs, ys)), marker in zip(curves.items(), MARKERS, strict=False):
        axis.plot(xs, ys, marker=marker, label=name)
    axis.set(xlabel=x, ylabel=y, title=title)
    if log_x:
        axis.set_xscale("log")
    elif all(float(value).is_integer() for xs, _ in curves.values() for value in xs):
        _whole_ticks(axis)
    axis.legend()
    figure = axis.get_figure()
    assert isinstance(figure, Figure)
    return figure


def _whole_ticks(axis: Axes) -> None:
    """Mark only whole numbers on the x axis."""
    axis.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=2))


def dots(
    results: Mapping[str, Sequence[float]],
    *,
    x: str = "test accuracy (fraction)",
    color: str = "test",
) -> Figure:
    """Compare settings: a row for each, a dot for each run, a bar at the mean.

    Parameters
    ----------
    results
        Name of each setting to the values of its runs.
    x
        Name of the axis, with unit.
    color
        Concept in `COLORS`.

    Returns
    -------
    Figure
        The rows from top to bottom in the order given, each labeled with its mean.
    """
    figure, axis = plt.subplots(figsize=(WIDTH, 0.9 + 0.42 * len(results)))
    for row, values in enumerate(results.values()):
        mean = sum(values) / len(values)
        axis.plot(values, [row] * len(values), "o", color=COLORS[color], alpha=0.6)
        axis.plot([mean], [row], "|", color=COLORS[color], markersize=16, markeredgewidth=2)
        axis.text(1.02, row, f"{mean:.3f}", va="center", transform=axis.get_yaxis_transform())
    axis.set(xlabel=x, ylim=(len(results) - 0.5, -0.5))
    axis.set_yticks(range(len(results)), list(results))
    axis.margins(x=0.08)
    return figure


def confusion_matrix(confusion: Tensor, classes: Sequence[str]) -> Figure:
    """Draw a confusion matrix; the color of a cell shows its share of the true class.

    Parameters
    ----------
    confusion
        Counts, shape (C, C): row is the true class, column the predicted one.
    classes
        Names of the C classes.

    Returns
    -------
    Figure
        The matrix with its counts; the color scale is for the mistakes, the diagonal is left out.

    Raises
    ------
    ValueError
        If the shape does not fit `classes`.
    """
    n_classes = len(classes)
    if confusion.shape != (n_classes, n_classes):
        raise ValueError(
            f"confusion must have shape ({n_classes}, {n_classes}), found {tuple(confusion.shape)}"
        )
    shares = confusion / confusion.sum(1, keepdim=True).clamp(min=1)
    mistakes = shares.masked_fill(torch.eye(n_classes, dtype=torch.bool), float("nan"))
    figure, axis = plt.subplots(figsize=(WIDTH, 0.84 * WIDTH))
    image = axis.imshow((mistakes * 100).numpy(), cmap="Oranges", vmin=0)
    dark = mistakes > 0.6 * mistakes.nan_to_num().max()
    for row in range(n_classes):
        for column in range(n_classes):
            axis.text(
                column,
                row,
                str(int(confusion[row, column])),
                ha="center",
                va="center",
                fontsize=10,
                fontweight="bold" if row == column else "normal",
                color="white" if dark[row, column] else "black",
            )
    axis.set(xlabel="predicted class", ylabel="true class")
    axis.set_xticks(range(n_classes), classes, rotation=0 if max(map(len, classes)) < 3 else 60)
    axis.set_yticks(range(n_classes), classes)
    axis.grid(visible=False)
    figure.colorbar(image, label="mistakes, share of the true class (%)", shrink=0.8)
    return figure


def precision_recall(result: Evaluation, classes: Sequence[str]) -> Figure:
    """Draw precision and recall of each class.

    Parameters
    ----------
    result
        As `dlbook.evaluation.evaluate` returns it.
    classes
        Names of the C classes.

    Returns
    -------
    Figure
        One column per class.
    """
    figure, axis = plt.subplots(figsize=(WIDTH, 2.8))
    places = torch.arange(len(classes))
    axis.plot(places - 0.12, result.precision, "o", color=COLORS["data"], label="precision")
    axis.plot(places + 0.12, result.recall, "s", color=COLORS["error"], label="recall")
    axis.set(xlabel="class", ylabel="fraction")
    axis.set_xticks(range(len(classes)), classes)
    figure.legend(loc="outside upper right", ncols=2)
    return figure


def scatter_classes(panels: Mapping[str, Tensor], labels: Tensor, classes: Sequence[str]) -> Figure:
    """Draw points of the plane, each as the name of its class, in one panel per representation.

    Parameters
    ----------
    panels
        Title of each panel to its points, shape (N, 2).
    labels
        Class numbers, shape (N,).
    classes
        Short names of the classes.

    Returns
    -------
    Figure
        The panels side by side, without units: the directions are principal components.
    """
    figure, axes = plt.subplots(1, len(panels), squeeze=False, figsize=(WIDTH, 3.4))
    palette = plt.get_cmap("tab10")
    for axis, (title, points) in zip(axes.flat, panels.items(), strict=True):
        for label, (x, y) in zip(labels.tolist(), points.tolist(), strict=True):
            axis.text(
                x,
                y,
                classes[label],
                color=palette(label % 10),
                fontsize=8,
                ha="center",
                va="center",
            )
        low, high = points.amin(0), points.amax(0)
        axis.set(xlim=(float(low[0]), float(high[0])), ylim=(float(low[1]), float(high[1])))
        axis.set(title=title, xlabel="first component", xticks=[], yticks=[])
        axis.grid(visible=False)
    axes[0, 0].set_ylabel("second component")
    return figure


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


class Table:
    """A small table of results that a notebook shows as HTML and a terminal as text.

    Parameters
    ----------
    header
        Names of the columns.
    rows
        Texts or numbers, one sequence per row, as long as the header.

    Raises
    ------
    ValueError
        If a row has another length than the header.
    """

    def __init__(self, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        for row in rows:
            if len(row) != len(header):
                raise ValueError(f"rows: {row} does not fit the header of {len(header)} columns")
        self.header = list(header)
        self.rows = [[str(cell) for cell in row] for row in rows]

    def __repr__(self) -> str:
        lines = [self.header, *self.rows]
        widths = [max(len(row[column]) for row in lines) for column in range(len(self.header))]
        padded = ([c.ljust(w) for c, w in zip(row, widths, strict=True)] for row in lines)
        return "\n".join("  ".join(row).rstrip() for row in padded)

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(cell)}</th>" for cell in self.header)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
            for row in self.rows
        )
        return (
            '<div class="pst-scrollable-table-container"><table class="table">'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )
