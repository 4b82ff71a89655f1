"""The kernel that runs the pages: SVG figures without dates or random names, no history."""

import logging

c = get_config()  # noqa: F821
c.InlineBackend.figure_formats = {"svg"}
c.InlineBackend.print_figure_kwargs = {
    "bbox_inches": "tight",
    "facecolor": "none",
    "metadata": {"Date": None},
}
c.InlineBackend.rc = {"svg.hashsalt": "dlbook", "svg.fonttype": "none"}
c.HistoryManager.enabled = False
# An error is printed on a terminal that may know no colors.
c.InteractiveShell.colors = "NoColor"
# PyTorch's timer loads what compiles extensions, which warns where CUDA is there without a GPU.
logging.getLogger("torch.utils.cpp_extension").setLevel(logging.ERROR)
