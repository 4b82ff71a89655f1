"""Charts with axes: curves, comparisons, confusion, points and boundaries."""

from collections.abc import Callable, Mapping, Sequence
from itertools import cycle

import matplotlib.pyplot as plt
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from dlbook.evaluation import Evaluation
from dlbook.plotting.style import COLORS, MARKERS, WIDTH
from dlbook.training import History


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
    for (name, (xs, ys)), marker in zip(curves.items(), cycle(MARKERS), strict=False):
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


def valleys(
    cost: Callable[[Tensor, Tensor], Tensor],
    paths: Mapping[str, Tensor],
    *,
    v1: tuple[float, float],
    v2: tuple[float, float],
    columns: int = 2,
    names: tuple[str, str] = ("v1", "v2"),
) -> Figure:
    """Draw paths through a cost of two parameters, each in a panel of its own.

    Parameters
    ----------
    cost
        From the two parameters, tensors of one shape, to the cost, of that shape.
    paths
        Title of each panel to the points of its path, shape (steps + 1, 2).
    v1, v2
        The lowest and the highest value that is drawn of each parameter.
    columns
        Panels in a row.
    names
        Names of the axes.

    Returns
    -------
    Figure
        Lines of equal cost, darker where it is low; a path starts at a square.
    """
    grid = torch.meshgrid(torch.linspace(*v1, 121), torch.linspace(*v2, 121), indexing="xy")
    heights = cost(*grid).numpy()
    figure, axes = _panels(len(paths), columns, 2.1, names)
    for axis, (title, path) in zip(axes, paths.items(), strict=True):
        axis.contour(*(g.numpy() for g in grid), heights, levels=12, cmap="Greys_r", linewidths=0.7)
        x, y = path.T.numpy()
        axis.plot(x, y, "o-", color=COLORS["weights"], markersize=3, linewidth=1.2)
        axis.plot(x[:1], y[:1], "s", color=COLORS["weights"], markersize=7)
        axis.set(xlim=v1, ylim=v2, title=title)
    return figure


def decision_boundaries(
    outputs: Mapping[str, Callable[[Tensor], Tensor]],
    points: Tensor,
    labels: Tensor,
    *,
    columns: int = 3,
    names: tuple[str, str] = ("x1", "x2"),
) -> Figure:
    """Draw where classifiers of the plane change their mind, each in a panel of its own.

    Parameters
    ----------
    outputs
        Title of each panel to a function from points, shape (n, 2), to the output. Shape (n,) for
        two classes, class 1 where it is above 1/2; or (n, C), the class of the largest of C scores.
    points
        Samples, shape (n, 2).
    labels
        Class numbers, shape (n,); for an output of shape (n,), 0 or 1. At most five classes.
    columns
        Panels in a row.
    names
        Names of the axes.

    Returns
    -------
    Figure
        The samples, circles for class 1 and crosses for 0. The side of class 1 is shaded; of more
        than two classes each has a shape of its own, and each region the color of its class.

    Raises
    ------
    ValueError
        If there are more classes than shapes to draw them by.
    """
    n_classes = max(int(labels.max()) + 1, 2)
    looks = (("x", "error"), ("o", "data"), ("^", "gradient"), ("s", "weights"), ("D", "train"))
    if n_classes > len(looks):
        raise ValueError(f"labels: {n_classes} classes, at most {len(looks)} can be drawn")
    low, high = points.amin(0), points.amax(0)
    margin = 0.1 * (high - low)
    ends = zip((low - margin).tolist(), (high + margin).tolist(), strict=True)
    sides = [torch.linspace(start, end, 121, dtype=points.dtype) for start, end in ends]
    grid = torch.meshgrid(*sides, indexing="xy")
    plane = torch.stack([g.flatten() for g in grid], dim=1)
    figure, axes = _panels(len(outputs), columns, 1.9, names)
    for axis, (title, output) in zip(axes, outputs.items(), strict=True):
        scores = output(plane)
        found = (scores > 0.5).long() if scores.ndim == 1 else scores.argmax(1)
        for label, (marker, color) in enumerate(looks[:n_classes]):
            if label > 0 or n_classes > 2:
                # One class at a time: lines between the numbers 0 and 2 would pass through 1.
                shade = (found == label).double().reshape(grid[0].shape).numpy()
                axis.contourf(
                    *(g.numpy() for g in grid),
                    shade,
                    levels=[0.5, 1.5],
                    colors=[COLORS[color]],
                    alpha=0.18,
                )
            x, y = points[labels == label].T.numpy()
            axis.plot(x, y, marker, color=COLORS[color], markersize=4)
        axis.set_title(title)
    return figure


def _panels(
    n_panels: int, columns: int, height: float, names: tuple[str, str]
) -> tuple[Figure, list[Axes]]:
    """Return panels with common axes, named at the left and at the bottom only."""
    columns = min(columns, n_panels)
    rows = -(-n_panels // columns)
    figure, axes = plt.subplots(
        rows,
        columns,
        squeeze=False,
        sharex=True,
        sharey=True,
        figsize=(WIDTH, 0.5 + height * rows),
    )
    for axis in axes.flat[n_panels - columns : n_panels]:
        # The last panel of its column, even where the grid goes on below it without one.
        axis.set_xlabel(names[0])
        axis.tick_params(labelbottom=True)
    for axis in axes[:, 0]:
        axis.set_ylabel(names[1])
    for axis in axes.flat:
        axis.grid(visible=False)
    for axis in axes.flat[n_panels:]:
        axis.set_axis_off()
    return figure, list(axes.flat[:n_panels])
