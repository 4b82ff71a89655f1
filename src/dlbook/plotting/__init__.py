"""Every figure that more than one page draws, in one style.

A color stands for one concept throughout the book, axes carry names and units, and backgrounds are
transparent so that figures read on light and dark pages. Pages import this module; the rest of the
library does not. Each function returns its figure; chapter 1 uses them first.
"""

from dlbook.plotting.charts import (
    confusion_matrix,
    decision_boundaries,
    dots,
    learning_curves,
    lines,
    precision_recall,
    scatter_classes,
    valleys,
)
from dlbook.plotting.diagrams import computation_graph, feedback_loop, layered_network, neuron
from dlbook.plotting.images import image_and_rows, show_images, show_weights
from dlbook.plotting.style import COLORS, CYCLE, MARKERS, WIDTH, use_style
from dlbook.plotting.table import Table

__all__ = [
    "COLORS",
    "CYCLE",
    "MARKERS",
    "WIDTH",
    "Table",
    "computation_graph",
    "confusion_matrix",
    "decision_boundaries",
    "dots",
    "feedback_loop",
    "image_and_rows",
    "layered_network",
    "learning_curves",
    "lines",
    "neuron",
    "precision_recall",
    "scatter_classes",
    "show_images",
    "show_weights",
    "use_style",
    "valleys",
]
