"""
A shape tells what a number means
=================================

A tensor is a box of numbers, and its shape is the list of its side lengths. The same 784 numbers
can be one picture, one row of a table, or 28 rows: what changes is what an index stands for.

Chapter 2 is all about tensors.
"""

# %%
# From one number to a batch
# --------------------------
#
# Each further dimension makes a list of what was there before.

import matplotlib.pyplot as plt
import torch

from dlbook import plotting
from dlbook.data import load

plotting.use_style()
data = load("mnist")
print(data.provenance.describe())

images = data.train.inputs[:8]
tensors = {
    "a pixel": images[0, 0, 14, 14],
    "a row of pixels": images[0, 0, 14],
    "an image": images[0, 0],
    "an image with its channel": images[0],
    "a batch of images": images,
}
for name, tensor in tensors.items():
    print(f"{name:26} {tensor.ndim} dimensions, shape {tuple(tensor.shape)}")

# %%
# PyTorch orders a batch of images as (N, C, H, W): number of images, channels, height, width. An
# index on the left picks an image, an index on the right a column of pixels.
#
# Reshaping moves nothing
# -----------------------
#
# ``flatten(1)`` keeps dimension 0 and joins the others. Pixel (row, column) of an image becomes
# entry 28 * row + column of its vector.

flat = images.flatten(1)
row, column = 14, 9
print(tuple(flat.shape), bool(flat[0, 28 * row + column] == images[0, 0, row, column]))

# %%
# The same memory, read in three shapes. A wrong width does not raise an error: it shears the
# picture, and a network would learn from the sheared one without complaint. A swap of height and
# width is as silent here, because the image is square.

image = images[0, 0]
readings = {
    "reshape(28, 28)": image,
    "reshape(-1, 27)": image.flatten()[: 29 * 27].reshape(-1, 27),
    "transpose(0, 1)": image.transpose(0, 1),
    "reshape(1, 784)": image.reshape(1, -1),
}
figure, axes = plt.subplots(1, 4, figsize=(plotting.WIDTH, 2.1))
for axis, (name, reading) in zip(axes, readings.items(), strict=True):
    axis.imshow(reading.numpy(), aspect="auto" if len(reading) == 1 else "equal")
    axis.set(title=name, xticks=[], yticks=[])
    axis.title.set_fontsize(9)
    axis.set_xlabel(f"{reading.shape[0]} x {reading.shape[1]}")
plt.show()

# %%
# Reducing takes a dimension away
# -------------------------------
#
# ``mean(dim=0)`` averages over the first dimension: over all images of a class it leaves the mean
# image, with the shape of one.

means = torch.stack(
    [data.train.inputs[data.train.labels == digit].float().mean(dim=0) for digit in range(10)]
)
print("ten classes, averaged over their images:", tuple(means.shape))
plotting.show_images(means / 255, titles=list(data.classes), columns=5)
plt.show()

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["tensors", "instant"]
