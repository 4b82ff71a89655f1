"""Drawings without axes: how learning goes round, a neuron, a network, a graph."""

from collections.abc import Sequence
from itertools import pairwise

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch
from matplotlib.text import Text

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
    layers: Sequence[Sequence[str]], titles: Sequence[str], edges: Sequence[str] = ()
) -> Figure:
    """Draw layers of neurons from left to right, each connected to all of the layer before.

    Parameters
    ----------
    layers
        For each layer a short text in each of its circles, from top to bottom.
    titles
        A text below each layer.
    edges
        A text above the lines between each two layers.

    Returns
    -------
    Figure
        A diagram.

    Raises
    ------
    ValueError
        If a layer is empty, there are not as many titles as layers, or not as many edges as gaps.
    """
    fits = len(titles) == len(layers) and len(edges) in (0, len(layers) - 1)
    if not fits or not layers or not all(layers):
        raise ValueError(
            "titles and edges must be as many as layers and as the gaps between them, and no layer "
            f"empty; found layers of {list(map(len, layers))}, {len(titles)} titles and "
            f"{len(edges)} edges"
        )
    tallest, gap = max(map(len, layers)), 8.4 / max(len(layers) - 1, 1)
    radius = min(0.7, 2.0 / tallest + 0.2)
    step = 2.8 * radius
    height = step * tallest + 1.4
    figure, axis = plt.subplots(figsize=(WIDTH, WIDTH * height / 10))
    axis.set(xlim=(0, 10), ylim=(-0.7, height - 0.7), aspect="equal")
    axis.set_axis_off()
    places = [
        [
            (0.8 + gap * x, step * ((tallest + len(layer)) / 2 - row) - radius)
            for row in range(len(layer))
        ]
        for x, layer in enumerate(layers)
    ]
    for before, after in pairwise(places):
        for x1, y1 in before:
            for x2, y2 in after:
                ends = [x1 + radius, x2 - radius], [y1, y2]
                axis.plot(*ends, color=COLORS["weights"], linewidth=1)
    for number, (layer, spots, title) in enumerate(zip(layers, places, titles, strict=True)):
        color = COLORS["data" if number in (0, len(layers) - 1) else "test"]
        for text, spot in zip(layer, spots, strict=True):
            axis.add_patch(Circle(spot, radius, fill=False, color=color, linewidth=1.8))
            axis.text(*spot, text, ha="center", va="center", fontsize=13)
        axis.text(spots[0][0], -0.4, title, ha="center", va="center")
    for number, text in enumerate(edges):
        middle = 0.8 + gap * (number + 0.5)
        axis.text(middle, height - 1.0, text, ha="center", va="center", color=COLORS["weights"])
    return figure


def computation_graph(result: Variable) -> Figure:
    """Draw how a variable was computed: operations from left to right, values and gradients.

    Parameters
    ----------
    result
        A single number computed from single numbers, on which `backward` was called.

    Returns
    -------
    Figure
        A diagram; below each name its value, and its gradient after a nabla.

    Raises
    ------
    ValueError
        If `result` was not computed, or a tensor on the way is not a single number.
    """
    order = graph(result)
    if not result.operands or any(variable.data.numel() != 1 for variable in order):
        raise ValueError(f"result must be computed from single numbers only, found {result}")
    columns = _columns(order)
    tallest = max(map(len, columns.values()))
    figure, axis = plt.subplots(figsize=(WIDTH, 0.4 + 0.95 * tallest))
    axis.set(xlim=(-0.5, len(columns) - 0.5), ylim=(-0.7, tallest - 0.5))
    axis.set_axis_off()
    spots = {
        id(variable): (column, (tallest - len(members)) / 2 + row)
        for column, members in columns.items()
        for row, variable in enumerate(members)
    }
    frames = {}
    for variable in order:
        x, y = spots[id(variable)]
        kind = "neutral" if variable.operands else "weights"
        frames[id(variable)] = _node(axis, x, y, variable.name, kind).get_bbox_patch()
        value, slope = f"{variable.data.item():.3g}", f"∇ {variable.gradient.item():.3g}"
        for text, below, color in ((value, 0.3, "data"), (slope, 0.46, "gradient")):
            axis.text(x, y - below, text, ha="center", va="center", fontsize=9, color=COLORS[color])
    arrow = {"arrowstyle": "-|>", "color": COLORS["neutral"]}
    for variable in order:
        for operand, _ in variable.operands:
            start, end = id(operand), id(variable)
            between = {**arrow, "patchA": frames[start], "patchB": frames[end]}
            axis.annotate("", spots[end], spots[start], arrowprops=between)
    return figure


def _columns(order: Sequence[Variable]) -> dict[int, list[Variable]]:
    """Put each variable one column after its last operand, and inputs before their first use."""
    depth: dict[int, int] = {}
    for variable in order:
        depth[id(variable)] = 1 + max((depth[id(o)] for o, _ in variable.operands), default=-1)
    columns: dict[int, list[Variable]] = {}
    for variable in order:
        uses = [v for v in order if any(o is variable for o, _ in v.operands)]
        first_use = min((depth[id(v)] for v in uses), default=0)
        column = depth[id(variable)] if variable.operands else first_use - 1
        columns.setdefault(column, []).append(variable)
    return columns


def _node(axis: Axes, x: float, y: float, text: str, color: str) -> Text:
    """Draw a text in a frame, a circle if it is short; return the text."""
    short = len(text.strip("$")) < 4
    frame = {
        "boxstyle": "circle,pad=0.4" if short else "round,pad=0.4",
        "facecolor": "white",
        "edgecolor": COLORS[color],
        "linewidth": 1.6,
    }
    ink = COLORS[color]
    return axis.text(x, y, text, ha="center", va="center", fontsize=12, color=ink, bbox=frame)
