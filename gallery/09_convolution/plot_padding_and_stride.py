"""
Padding adds places, stride leaves places out
=============================================

A kernel can stand only where it fits, so a map is smaller than its image. Padding surrounds the
image with zeros and makes room; a stride of 2 visits every other place. Who builds a network must
know the size of every map, because the next layer is built for it.

Chapter 11 derives the formula.
"""

# %%
# Where the kernel stands
# -----------------------
#
# Each panel is an image of 7 x 7 (gray) with its padding (white). A dot marks the middle of a 3 x 3
# kernel at each of its places; around the first and the last place the kernel is framed. As many
# dots as there are, as many pixels has the map.

import matplotlib.pyplot as plt
import torch

from dlbook import plotting
from dlbook.scratch.convolution import correlate, output_size, pad

plotting.use_style()
n, k = 7, 3
figure, axes = plt.subplots(2, 3, figsize=(plotting.WIDTH, 4.3))
for (row, stride), (column, padding) in (
    (r, c) for r in enumerate((1, 2)) for c in enumerate((0, 1, 2))
):
    axis = axes[row, column]
    padded = pad(torch.ones(1, 1, n, n), padding)[0, 0]
    places = output_size(n, k, stride, padding)
    edges = [position - padding - 0.5 for position in range(len(padded) + 1)]
    axis.pcolormesh(edges, edges, 0.2 * padded, cmap="binary", vmin=0, vmax=1, ec="silver", lw=0.6)
    middles = [1 - padding + stride * place for place in range(places)]
    axis.plot(middles * places, sorted(middles * places), ".", color=plotting.COLORS["weights"])
    for corner in (middles[0] - 1.5, middles[-1] - 1.5):
        square = plt.Rectangle((corner, corner), k, k, fill=False, lw=2)
        square.set(edgecolor=plotting.COLORS["error"], clip_on=False)
        axis.add_patch(square)
    axis.set(xlim=(-2.7, 8.7), ylim=(8.7, -2.7), aspect="equal", title=f"{n} → {places}")
    axis.set_axis_off()
    axis.text(3, 9.2, f"padding {padding}, stride {stride}", ha="center", va="top", fontsize=10)
plt.show()

# %%
# The formula, and the layer
# --------------------------
#
# Along one side the map has floor((n + 2 padding - k) / stride) + 1 pixels, for n pixels of the
# image and k of the kernel. ``output_size`` computes it, and ``correlate`` makes maps of that size.

image = torch.randn(1, 1, n, n, generator=torch.Generator().manual_seed(0))
kernel = torch.ones(1, 1, k, k)
for stride in (1, 2):
    for padding in (0, 1, 2):
        side = output_size(n, k, stride, padding)
        made = correlate(image, kernel, stride=stride, padding=padding)
        print(f"stride {stride}, padding {padding}: {side}, map {tuple(made.shape[2:])}")

# %%
# What the stride leaves over
# ---------------------------
#
# The floor hides something: with a stride of 2, images of different sizes have maps of one size,
# and the last row and column of some images are never read. In the first panel of the lower row
# every pixel is; in an image of 8 x 8 with the same settings the last ones are not.

sizes = list(range(4, 17))
settings = {
    "padding 1, stride 1": (1, 1),
    "padding 0, stride 1": (1, 0),
    "padding 0, stride 2": (2, 0),
    "padding 0, stride 3": (3, 0),
}
figure = plotting.lines(
    {
        name: (sizes, [output_size(size, k, stride, padding) for size in sizes])
        for name, (stride, padding) in settings.items()
    },
    x="side of the image (pixels)",
    y="side of the map (pixels)",
)
figure.axes[0].set_yticks(range(0, 17, 4))
plt.show()

eight = torch.zeros(1, 1, 8, 8)
eight[..., 7] = 1
print(
    "8 x 8, stride 2, only the last column bright, largest of the map:",
    correlate(eight, kernel, stride=2).max().item(),
)

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["convolution", "instant"]
