"""
A small tensor is stretched to fit a large one
==============================================

A column and a row have different shapes, and yet they can be added: PyTorch repeats each of them
until both have the shape of a table. This is called broadcasting. It saves loops and memory, and
one has to know which dimension is repeated.

Chapter 2 gives the rule for all shapes.
"""

# %%
# A column plus a row
# -------------------
#
# Two sizes fit if they are equal or if one of them is 1. Where it is 1, the tensor is repeated
# along that dimension.

import matplotlib.pyplot as plt
import torch

from dlbook import plotting
from dlbook.data import load
from dlbook.scratch.tensors import reduce

plotting.use_style()
column = torch.tensor([[10], [20], [30], [40]])
row = torch.tensor([[1, 2, 3, 4, 5]])
table = column + row
print(tuple(column.shape), "+", tuple(row.shape), "=", tuple(table.shape))

# %%
# Dark: the numbers that are stored. Pale: where they are read again.

panels = (("column", column), ("row", row), ("column + row", table))
figure, axes = plt.subplots(1, 3, figsize=(plotting.WIDTH, 2.1))
for axis, (name, tensor) in zip(axes, panels, strict=True):
    height, width = tensor.shape
    for i in range(4):
        for j in range(5):
            stored = i < height and j < width
            depth = 0.75 if stored else 0.12
            color = plotting.COLORS["weights" if tensor is table else "data"]
            axis.add_patch(plt.Rectangle((j, i), 1, 1, facecolor=color, alpha=depth, ec="white"))
            number = tensor.expand(4, 5)[i, j].item()
            ink = "white" if stored else color
            axis.text(j + 0.5, i + 0.5, number, ha="center", va="center", color=ink, fontsize=11)
    axis.set(xlim=(0, 5), ylim=(4, 0), aspect="equal", title=f"{name}\n{height} x {width}")
    axis.set_axis_off()
axes[0].text(5.45, 2, "+", ha="center", va="center", fontsize=16)
axes[1].text(5.45, 2, "=", ha="center", va="center", fontsize=16)
plt.show()

# %%
# Nothing is copied. In memory, the next entry of the stretched column is 0 steps away in the
# dimension that is repeated, and so is the next row of the stretched row.

print("steps in memory, column:", column.expand(4, 5).stride(), " row:", row.expand(4, 5).stride())

# %%
# One number per channel
# ----------------------
#
# Networks like inputs with mean 0 and standard deviation 1. For color images, both are computed for
# each channel: three numbers, which must meet dimension 1 of the shape (N, 3, H, W). Shapes are
# compared from the right, so the three numbers need two dimensions of size 1 behind them.
# ``reduce`` names the dimensions that go; ``REDUCTIONS`` lists what may be done along them.

data = load("cifar10")
print(data.provenance.describe())

images = data.train.inputs[:1000] / 255
axes_of_images, all_but_channel = ("image", "channel", "row", "column"), ("image", "row", "column")
means = reduce(images, axes_of_images, over=all_but_channel, how="mean").reshape(3, 1, 1)
squares = reduce((images - means) ** 2, axes_of_images, over=all_but_channel, how="mean")
standard = (images - means) / squares.sqrt().reshape(3, 1, 1)
print(tuple(images.shape), "-", tuple(means.shape), "=", tuple(standard.shape))

colors = {"red": "error", "green": "gradient", "blue": "data"}
looks = zip(colors.items(), ("-", "--", ":"), strict=True)
figure, (left, right) = plt.subplots(1, 2, figsize=(plotting.WIDTH, 2.8))
for channel, ((name, color), style) in enumerate(looks):
    for axis, tensor, low, high in ((left, images, 0, 1), (right, standard, -3, 3)):
        counts = tensor[:, channel].histc(32, low, high) / tensor[:, channel].numel()
        middles = torch.linspace(low, high, 65)[1::2]
        axis.plot(middles.numpy(), counts.numpy(), style, color=plotting.COLORS[color], label=name)
    before, after = images[:, channel], standard[:, channel]
    print(
        f"{name:5} mean {before.mean():.2f}, standard deviation {before.std():.2f};"
        f" afterwards {after.mean().abs():.2f} and {after.std():.2f}"
    )
left.set(xlabel="pixel value (white is 1)", ylabel="share of pixels", title="as stored")
right.set(xlabel="standardized value", title="standardized")
figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=3)
for axis in (left, right):
    axis.set_ylim(bottom=0)
plt.show()

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["tensors", "seconds"]
