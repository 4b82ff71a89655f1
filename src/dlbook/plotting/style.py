"""One look for all figures: sizes, fonts, and a color for each concept."""

from typing import Any

import matplotlib.pyplot as plt
from cycler import cycler

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
