"""Figures: what they show, and that they name their axes."""

from collections.abc import Iterator

import matplotlib.pyplot as plt
import pytest
import torch
from matplotlib.axes import Axes
from matplotlib.path import Path
from matplotlib.text import Annotation

from dlbook import plotting
from dlbook.evaluation import Evaluation
from dlbook.scratch.autograd import Variable
from dlbook.training import History

IMAGES = torch.randint(256, (5, 1, 4, 6), dtype=torch.uint8)
HISTORY = History([1.0, 0.5], [0.6, 0.8], [0.9, 0.6], [0.5, 0.7])
RESULT = Evaluation(loss=0.5, confusion=torch.tensor([[3, 1], [2, 4]]))


@pytest.fixture(autouse=True)
def _style() -> Iterator[None]:
    with plt.rc_context():
        plotting.use_style()
        yield
    plt.close("all")


def test_show_images_shows_each_image_in_its_place() -> None:
    figure = plotting.show_images(IMAGES, titles=[7, 1, 2, 3, 4], columns=3)
    shown = [axis for axis in figure.axes if axis.images]
    assert [axis.get_title() for axis in shown] == ["7", "1", "2", "3", "4"]
    for axis, image in zip(shown, IMAGES, strict=True):
        assert (axis.images[0].get_array() == image[0].numpy()).all()  # height 4, width 6


def test_show_images_shows_color_as_color() -> None:
    figure = plotting.show_images(torch.rand(2, 3, 4, 6))
    shown = figure.axes[0].images[0].get_array()
    assert shown is not None
    assert shown.shape == (4, 6, 3)


@pytest.mark.parametrize("images", [IMAGES[0], IMAGES[:0], torch.zeros(2, 2, 4, 4)])
def test_show_images_names_the_shape_it_wants(images: torch.Tensor) -> None:
    with pytest.raises(ValueError, match=r"images must have shape \(N, 1 or 3, H, W\)"):
        plotting.show_images(images)


def test_show_images_wants_a_title_for_each_image() -> None:
    with pytest.raises(ValueError, match="titles has 1 entries for 5 images"):
        plotting.show_images(IMAGES, titles=["one"])


def test_show_weights_centers_the_scale_on_zero() -> None:
    figure = plotting.show_weights(torch.tensor([[[0.0, -3.0]], [[1.0, 2.0]]]))
    assert figure.axes[0].images[0].get_clim() == (-3, 3)
    assert figure.axes[-1].get_ylabel() == "weight"


def test_show_weights_names_the_shape_it_wants() -> None:
    with pytest.raises(ValueError, match=r"weights must have shape \(N, H, W\)"):
        plotting.show_weights(torch.zeros(2, 2))


def test_learning_curves_draw_the_history() -> None:
    loss, accuracy = plotting.learning_curves(HISTORY).axes
    assert [list(line.get_ydata()) for line in loss.lines] == [[1.0, 0.5], [0.9, 0.6]]
    assert [list(line.get_ydata()) for line in accuracy.lines] == [[0.6, 0.8], [0.5, 0.7]]
    assert (loss.get_xlabel(), loss.get_ylabel()) == ("epoch", "loss (nats)")


def test_learning_curves_without_validation() -> None:
    loss, _ = plotting.learning_curves(History([1.0], [0.6])).axes
    assert len(loss.lines) == 1


def test_dots_label_each_row_with_its_mean() -> None:
    (axis,) = plotting.dots({"one": [0.5, 0.7], "two": [0.9]}).axes
    assert [text.get_text() for text in axis.texts] == ["0.600", "0.900"]
    assert [label.get_text() for label in axis.get_yticklabels()] == ["one", "two"]
    assert axis.get_xlabel() == "test accuracy (fraction)"


def test_lines_draw_into_the_panel_they_are_given() -> None:
    figure, axis = plt.subplots()
    drawn = plotting.lines({"a": ([1, 2], [3.0, 4.0])}, x="epoch", y="loss (nats)", axis=axis)
    assert drawn is figure
    assert list(axis.lines[0].get_ydata()) == [3.0, 4.0]
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("epoch", "loss (nats)")


def test_confusion_matrix_writes_every_count() -> None:
    axis = plotting.confusion_matrix(RESULT.confusion, ["no", "yes"]).axes[0]
    assert [text.get_text() for text in axis.texts] == ["3", "1", "2", "4"]
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("predicted class", "true class")


def test_confusion_matrix_must_fit_the_classes() -> None:
    with pytest.raises(ValueError, match=r"confusion must have shape \(3, 3\)"):
        plotting.confusion_matrix(RESULT.confusion, ["a", "b", "c"])


def test_precision_recall_draws_both() -> None:
    (axis,) = plotting.precision_recall(RESULT, ["no", "yes"]).axes
    precision, recall = (list(line.get_ydata()) for line in axis.lines)
    assert precision == pytest.approx([3 / 5, 4 / 5])
    assert recall == pytest.approx([3 / 4, 4 / 6])


def test_scatter_classes_writes_each_point_as_its_class() -> None:
    panels = {"pixels": torch.rand(3, 2), "hidden": torch.rand(3, 2)}
    figure = plotting.scatter_classes(panels, torch.tensor([1, 0, 1]), ["no", "yes"])
    assert [axis.get_title() for axis in figure.axes] == ["pixels", "hidden"]
    assert [text.get_text() for text in figure.axes[1].texts] == ["yes", "no", "yes"]


def test_image_and_rows_draws_the_flattened_pixels() -> None:
    left, right = plotting.image_and_rows(IMAGES[0]).axes
    assert (left.get_xlabel(), left.get_ylabel()) == ("6 columns", "4 rows")
    assert list(right.lines[0].get_ydata()) == IMAGES[0].flatten().tolist()


def test_feedback_loop_names_its_parts() -> None:
    (axis,) = plotting.feedback_loop().axes
    words = " ".join(text.get_text() for text in axis.texts)
    for part in ("inputs", "layers", "predictions", "labels", "loss", "gradients", "optimizer"):
        assert part in words


def test_figures_have_transparent_backgrounds() -> None:
    figure = plotting.dots({"one": [0.5]})
    assert figure.get_facecolor()[3] == 0
    assert figure.axes[0].get_facecolor()[3] == 0


def test_table_as_html_escapes_and_as_text_aligns() -> None:
    table = plotting.Table(["what", "n"], [["a < b", 3], ["c", 10]])
    assert repr(table) == "what   n\na < b  3\nc      10"
    shown = table._repr_html_()
    assert "<td>a &lt; b</td><td>3</td>" in shown


def test_table_as_html_says_where_its_cells_may_break() -> None:
    rows = [["dlbook.scratch.network", "0.5 ± 0.1"], ["Adam at 1e-3", "-7.1e-06"]]
    shown = plotting.Table(["what", "n"], rows)._repr_html_()
    assert "dlbook.<wbr/>scratch.<wbr/>network" in shown
    assert "0.5&#160;±&#160;0.1" in shown
    assert '<td>Adam at <span class="held">1e-3</span></td>' in shown
    assert '<td><span class="held">-7.1e-06</span></td>' in shown


def test_table_rows_must_fit_the_header() -> None:
    with pytest.raises(ValueError, match="rows"):
        plotting.Table(["what", "n"], [["only one"]])


def texts(axis: Axes) -> list[str]:
    return [text.get_text() for text in axis.texts]


def test_valleys_draw_each_path_from_its_start() -> None:
    path = torch.tensor([[1.0, 0.5], [0.5, 0.2], [0.0, 0.0]])
    figure = plotting.valleys(
        lambda v1, v2: v1**2 + v2**2, {"a": path, "b": -path, "c": path}, v1=(-2, 2), v2=(-1, 1)
    )
    used = [axis for axis in figure.axes if axis.axison]
    assert [axis.get_title() for axis in used] == ["a", "b", "c"]
    walked, start = used[1].lines
    assert walked.get_xydata().tolist() == (-path).tolist()
    assert start.get_xydata().tolist() == [[-1.0, -0.5]]
    assert used[0].get_xlim() == (-2, 2)
    # The third panel stands alone in its row: the one above the gap names its axis too.
    assert [axis.get_xlabel() for axis in used] == ["", "v1", "v1"]


def test_decision_boundaries_mark_the_classes() -> None:
    points = torch.tensor([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]], dtype=torch.float64)
    labels = torch.tensor([0, 1, 1])
    figure = plotting.decision_boundaries({"x1": lambda p: p[:, 0]}, points, labels)
    crosses, circles = figure.axes[0].lines
    assert (len(crosses.get_xdata()), len(circles.get_xdata())) == (1, 2)
    assert (crosses.get_marker(), circles.get_marker()) == ("x", "o")
    (shade,) = (c for c in figure.axes[0].collections if len(c.get_paths()[0].vertices))
    assert shade.get_paths()[0].get_extents().x0 == pytest.approx(0.5, abs=0.02)


def test_decision_boundaries_of_several_classes_shade_each_region() -> None:
    points = torch.tensor([[-1.0, 0.0], [0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    labels = torch.tensor([0, 1, 2, 2])
    centers = torch.tensor([-1.0, 0.0, 1.0])
    figure = plotting.decision_boundaries(
        {"nearest": lambda p: -(p[:, :1] - centers).abs()}, points, labels
    )
    (axis,) = figure.axes
    assert [len(line.get_xdata()) for line in axis.lines] == [1, 1, 2]
    assert len({line.get_marker() for line in axis.lines}) == 3
    left, middle, right = (c.get_paths()[0].get_extents() for c in axis.collections)
    assert (left.x1, middle.x0) == pytest.approx((-0.5, -0.5), abs=0.02)
    assert (middle.x1, right.x0) == pytest.approx((0.5, 0.5), abs=0.02)
    with pytest.raises(ValueError, match="labels: 6 classes"):
        plotting.decision_boundaries({"any": lambda p: p[:, 0]}, points, labels + 3)


def test_a_neuron_shows_its_parts() -> None:
    (axis,) = plotting.neuron(["x1", "x2"], ["w1", "w2"], "bias", "output").axes
    assert {"x1", "x2", "w1", "w2", "bias", "output"} <= set(texts(axis))
    with pytest.raises(ValueError, match="weights has 1 entries for 2 inputs"):
        plotting.neuron(["x1", "x2"], ["w1"], "b", "a")


def test_a_network_joins_each_neuron_to_all_before() -> None:
    layers = [["a", "b"], ["c", "d", "e"], ["f"]]
    (axis,) = plotting.layered_network(layers, ["x", "h", "y"], ["w1", "w2"]).axes
    assert len(axis.lines) == 2 * 3 + 3 * 1
    assert len(axis.patches) == 6
    assert {*"abcdefxhy", "w1", "w2"} == set(texts(axis))
    for titles, edges in (["x"], []), (["x", "h", "y"], ["w1"]):
        with pytest.raises(
            ValueError, match=rf"\[2, 3, 1\], {len(titles)} titles and {len(edges)}"
        ):
            plotting.layered_network(layers, titles, edges)
    with pytest.raises(ValueError, match="no layer empty"):
        plotting.layered_network([["a"], []], ["x", "y"])


def test_no_arrow_of_a_graph_runs_over_a_number() -> None:
    values = {"w": 0.5, "x": 2.0, "b": -0.5}
    w, x, b = (Variable(torch.tensor(value), name) for name, value in values.items())
    cost = 0.5 * ((w * x + b).apply("sigmoid") + -1.0) ** 2
    cost.backward()
    figure = plotting.computation_graph(cost)
    figure.canvas.draw()
    drawn = figure.axes[0].texts
    curves = [each.arrow_patch.get_path() for each in drawn if isinstance(each, Annotation)]
    arrows = [Path(curve.vertices[[0, 2]]) for curve in curves]  # from the start to the tip
    numbers = [each.get_window_extent() for each in drawn if each.get_fontsize() == 9]
    assert len(arrows) == 10
    assert len(numbers) == 22
    for arrow in arrows:
        assert not any(arrow.intersects_bbox(number) for number in numbers)


def test_a_graph_shows_names_values_and_gradients() -> None:
    w, x = Variable(torch.tensor(3.0), "w"), Variable(torch.tensor(2.0), "x")
    product = w * x
    product.backward()
    (axis,) = plotting.computation_graph(product).axes
    shown = texts(axis)
    assert {"w", "x", "×", "6", "∇ 1", "∇ 3", "∇ 2"} <= set(shown)
    places = {text.get_text(): text.get_position()[0] for text in axis.texts}
    assert places["w"] == places["x"] < places["×"]
    with pytest.raises(ValueError, match="single numbers only"):
        plotting.computation_graph(w)
