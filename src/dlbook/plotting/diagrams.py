"""Drawings without axes: how learning goes round, a neuron, a network, a graph."""

from collections.abc import Sequence
from itertools import pairwise

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from dlbook.plotting.style import COLORS, WIDTH
from dlbook.scratch.autograd import Variable, graph


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


def neuron(inputs: Sequence[str], weights: Sequence[str], bias: str, output: str) -> Figure:
    """Draw one neuron: inputs, weights on the edges, bias, sum and output.

    Parameters
    ----------
    inputs
        A text for each input.
    weights
        A text for each weight, as many as inputs.
    bias
        Text of the bias.
    output
        Text at the output.

    Returns
    -------
    Figure
        A diagram; texts may be formulas between dollar signs.

    Raises
    ------
    ValueError
        If there are not as many weights as inputs.
    """
    if len(inputs) != len(weights):
        raise ValueError(f"weights has {len(weights)} entries for {len(inputs)} inputs")
    figure, axis = plt.subplots(figsize=(WIDTH, 0.9 + 0.6 * len(inputs)))
    middle = (len(inputs) - 1) / 2
    axis.set(xlim=(-0.6, 6.2), ylim=(-0.8, len(inputs) + 0.3))
    axis.set_axis_off()
    arrow = {"arrowstyle": "-|>", "linewidth": 1.5, "shrinkA": 14, "shrinkB": 22}
    into = {**arrow, "color": COLORS["weights"]}
    for row, (name, weight) in enumerate(zip(reversed(inputs), reversed(weights), strict=True)):
        axis.annotate("", (3, middle), (0, row), arrowprops=into)
        axis.text(
            1.25,
            row + 0.42 * (middle - row) + 0.12,
            weight,
            color=COLORS["weights"],
            ha="center",
            va="bottom",
        )
        _node(axis, 0, row, name, "data")
    axis.annotate(
        "", (3, middle), (3, len(inputs)), arrowprops={**arrow, "color": COLORS["weights"]}
    )
    axis.text(3, len(inputs) + 0.05, bias, color=COLORS["weights"], ha="center", va="center")
    axis.annotate("", (5.6, middle), (3, middle), arrowprops={**arrow, "color": COLORS["data"]})
    _node(axis, 3, middle, r"$\Sigma$ | $\sigma$", "neutral")
    axis.text(5.65, middle, output, color=COLORS["data"], ha="center", va="center")
    return figure


def layered_network(
    layers: Sequence[Sequence[str]], titles: Sequence[str], colors: Sequence[str] | None = None
) -> Figure:
    """Draw layers of neurons from left to right, each connected to all of the layer before.

    Parameters
    ----------
    layers
        For each layer a text in each of its circles; an empty one is a layer too wide to draw in
        full and shows as dots.
    titles
        A text below each layer.
    colors
        For each layer a concept in `COLORS`.

    Returns
    -------
    Figure
        A diagram.

    Raises
    ------
    ValueError
        If `titles` or `colors` has another length than `layers`.
    """
    colors = ["data", *["weights"] * (len(layers) - 1)] if colors is None else colors
    if not len(titles) == len(colors) == len(layers):
        raise ValueError(
            f"layers, titles and colors must be as many, found {len(layers)}, {len(titles)}, "
            f"{len(colors)}"
        )
    tallest = max(map(len, layers))
    figure, axis = plt.subplots(figsize=(WIDTH, 0.7 + 0.62 * tallest))
    axis.set(xlim=(-0.45, len(layers) - 0.55), ylim=(-1.1, tallest - 0.4))
    axis.set_axis_off()
    places = [
        [(x, (tallest - len(layer)) / 2 + row) for row in reversed(range(len(layer)))]
        for x, layer in enumerate(layers)
    ]
    for before, after in pairwise(places):
        for start in before:
            for end in after:
                axis.plot(*zip(start, end, strict=True), color=COLORS["neutral"], linewidth=0.5)
    for layer, spots, title, color in zip(layers, places, titles, colors, strict=True):
        for text, (x, y) in zip(layer, spots, strict=True):
            if text:
                _node(axis, x, y, text, color)
            else:
                axis.text(x, y, "⋮", ha="center", va="center")
        axis.text(spots[0][0], -0.9, title, ha="center", va="center", fontsize=11)
    return figure


def computation_graph(result: Variable) -> Figure:
    """Draw how a variable was computed: operations from left to right, values and gradients.

    Parameters
    ----------
    result
        A single number, on which `backward` was called.

    Returns
    -------
    Figure
        A diagram; below each name its value, and its gradient after a nabla.
    """
    order = graph(result)
    depth: dict[int, int] = {}
    for variable in order:
        depth[id(variable)] = 1 + max((depth[id(o)] for o, _ in variable.operands), default=-1)
    for variable in order:
        if not variable.operands:
            # What was not computed stands just before its first use.
            uses = [v for v in order if any(o is variable for o, _ in v.operands)]
            depth[id(variable)] = min(depth[id(v)] for v in uses) - 1
    columns: dict[int, list[Variable]] = {}
    for variable in order:
        columns.setdefault(depth[id(variable)], []).append(variable)
    tallest = max(map(len, columns.values()))
    figure, axis = plt.subplots(figsize=(WIDTH, 0.4 + 0.95 * tallest))
    axis.set(xlim=(-0.5, len(columns) - 0.5), ylim=(-0.6, tallest - 0.4))
    axis.set_axis_off()
    spots = {
        id(variable): (column, (tallest - len(members)) / 2 + row)
        for column, members in columns.items()
        for row, variable in enumerate(members)
    }
    arrow = {"arrowstyle": "-|>", "color": COLORS["neutral"], "shrinkA": 20, "shrinkB": 20}
    for variable in order:
        for operand, _ in variable.operands:
            axis.annotate("", spots[id(variable)], spots[id(operand)], arrowprops=arrow)
    for variable in order:
        x, y = spots[id(variable)]
        made = bool(variable.operands)
        _node(axis, x, y + 0.1, variable.name, "neutral" if made else "weights")
        axis.text(
            x,
            y - 0.2,
            f"{variable.data.item():.3g}",
            ha="center",
            va="center",
            fontsize=9,
            color=COLORS["data"],
        )
        axis.text(
            x,
            y - 0.36,
            f"∇ {variable.gradient.item():.3g}",
            ha="center",
            va="center",
            fontsize=9,
            color=COLORS["gradient"],
        )
    return figure


def _node(axis: Axes, x: float, y: float, text: str, color: str) -> None:
    """Draw a text in a frame, a circle if it is short."""
    short = len(text.strip("$")) < 4
    frame = {
        "boxstyle": "circle,pad=0.4" if short else "round,pad=0.4",
        "facecolor": "white",
        "edgecolor": COLORS[color],
        "linewidth": 1.6,
    }
    axis.text(x, y, text, ha="center", va="center", fontsize=10, color=COLORS[color], bbox=frame)
