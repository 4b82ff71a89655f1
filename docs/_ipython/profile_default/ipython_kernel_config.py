# The kernel that runs the pages: figures as SVG that carry no date and no random identifiers.
c = get_config()  # noqa: F821
c.InlineBackend.figure_formats = {"svg"}
c.InlineBackend.print_figure_kwargs = {
    "bbox_inches": "tight",
    "facecolor": "none",
    "metadata": {"Date": None},
}
c.InlineBackend.rc = {"svg.hashsalt": "dlbook", "svg.fonttype": "none"}
