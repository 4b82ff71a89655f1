"""
Eight kernels know which way an edge faces
==========================================

An edge is a place where bright meets dark, and it has a direction. Kirsch's eight kernels each
respond to one of eight directions. The largest response tells how sharp an edge is, and which
kernel gave it tells which side is the bright one.

Chapter 11 introduces these kernels.
"""

# %%
# The kernels
# -----------
#
# A group of three equal weights, turned around the center one step at a time. The first responds
# where it is brighter above, to the north; the others follow clockwise.

import matplotlib.pyplot as plt
import torch

from dlbook import plotting
from dlbook.data import load
from dlbook.scratch.convolution import KIRSCH, correlate, edge_strength

plotting.use_style()
names = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
figure = plotting.show_weights(KIRSCH, columns=4)
for axis, name in zip(figure.axes, names, strict=False):
    axis.set_title(name)
plt.show()

# %%
# A disk, a piece of clothing and a photograph
# --------------------------------------------
#
# The rim of a dark disk on bright ground has edges of all directions: it is the legend of the
# colors below. Of the photographs of automobiles we take the one in which brightness varies most.

clothes, photographs = load("fashion_mnist"), load("cifar10")
for data in (clothes, photographs):
    print(data.provenance.describe())

line = torch.linspace(-1.3, 1.3, 32)
disk = (12 * ((line**2 + line[:, None] ** 2).sqrt() - 1)).sigmoid()
coat = clothes.test.inputs[clothes.test.labels == clothes.classes.index("Coat")][0, 0] / 255
cars = photographs.train.inputs[photographs.train.labels == photographs.classes.index("automobile")]
gray = cars.float().mean(1) / 255
pictures = {"disk": disk, "coat": coat, "automobile": gray[gray.std((1, 2)).argmax()]}

# %%
# Where, and which way
# --------------------
#
# The color says which kernel responds most, its strength how much, compared with the sharpest edge
# of the picture. White is even ground. Each kernel has weights that sum to 0, so even ground gives
# 0 whether it is bright or dark. Opposite sides of a thing have opposite colors: on one of them the
# bright side is to the left, on the other to the right.

hues = torch.tensor(plt.get_cmap("hsv")([k / 8 for k in range(8)])[:, :3], dtype=torch.float32)
figure, axes = plt.subplots(2, 3, figsize=(plotting.WIDTH, 4.1))
for (above, below), (name, picture) in zip(axes.T, pictures.items(), strict=True):
    batch = picture[None, None]
    responses = correlate(batch, KIRSCH[:, None])[0]
    strength = edge_strength(batch)[0, 0]
    share = (strength / strength.max()).clamp(0, 1)[..., None]
    colored = 1 - share * (1 - 0.85 * hues[responses.argmax(0)])
    above.imshow(picture.numpy(), vmin=0, vmax=1)
    above.set_title(name)
    below.imshow(colored.numpy())
for axis in axes.flat:
    axis.set_axis_off()
for number, name in enumerate(names):
    angle = torch.tensor(number * torch.pi / 4)
    x, y = 14.5 + 5.5 * angle.sin(), 14.5 - 5.5 * angle.cos()
    axes[1, 0].text(x, y, name, ha="center", va="center", fontsize=8)
plt.show()

# %%
# A row of numbers
# ----------------
#
# The eight responses at one place of the disk's rim sum to 0. So the largest is never negative: the
# edge map needs no absolute value.

there = correlate(disk[None, None], KIRSCH[:, None])[0, :, 4, 8]
for name, response in zip(names, there.tolist(), strict=True):
    print(f"{name:3}{response:7.2f}")
print(f"sum{there.sum().abs():7.2f}")

# sphinx_gallery_thumbnail_number = 2
# sphinx_gallery_tags = ["convolution", "seconds"]
