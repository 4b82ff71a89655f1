"""
Max pooling widens, min pooling erases
======================================

Pooling replaces each window of an image by one number. Which number decides what survives: of ink
on paper the maximum keeps every thin stroke, the minimum only what fills a whole window, and mean
and median lie in between.

Chapter 11 says where pooling stands in a network.
"""

# %%
# Four rules, two sizes of window
# -------------------------------
#
# One digit, in windows of 2 x 2 and of 4 x 4. The stride is the size of the window, so the windows
# lie side by side. Ink is 1 and paper is 0; the smaller images are drawn as large as the first. A
# ``Window`` is one number or two.

import matplotlib.pyplot as plt
import torch

from dlbook import plotting
from dlbook.data import load
from dlbook.scratch.cnn import SimplestCNN
from dlbook.scratch.convolution import POOLINGS, pool, pool_backward

plotting.use_style()
data = load("mnist")
print(data.provenance.describe())
digit = data.test.inputs[data.test.labels == 8][:1].float() / 255

ink = {"cmap": "Blues", "vmin": 0, "vmax": 1}
figure, axes = plt.subplots(2, 5, figsize=(plotting.WIDTH, 2.8))
for row, window in zip(axes, (2, 4), strict=True):
    pooled = {how: pool(digit, how, window, window) for how in POOLINGS}
    for axis, (name, picture) in zip(row, {"image": digit, **pooled}.items(), strict=True):
        axis.imshow(picture[0, 0].numpy(), **ink)
        axis.set(xticks=[], yticks=[], title=name if window == 2 else "")
        axis.set_xlabel(f"{picture.shape[2]} x {picture.shape[3]}", fontsize=9)
plt.show()

# %%
# In every window the minimum is at most the median and the mean, and these at most the maximum. So
# the means of the pooled images have an order, too.

for how in POOLINGS:
    print(f"{how:7}mean of the pooled image {pool(digit, how, 4, 4).mean():.3f}")

# %%
# Who hears of an error
# ---------------------
#
# On the way back, the mean divides the error among all pixels of its window. The other rules chose
# one pixel (among equals the first), and it alone gets the error: the others could change a little
# and nothing would happen. Green marks the pixels that hear of an error of 1 in every window of
# 4 x 4.

errors = torch.ones_like(pool(digit, "max", 4, 4))
figure, axes = plt.subplots(1, 4, figsize=(plotting.WIDTH, 1.9))
for axis, how in zip(axes, POOLINGS, strict=True):
    shares = pool_backward(digit, errors, how, 4, 4)[0, 0]
    rows, columns = shares.nonzero().T
    axis.imshow(digit[0, 0].numpy(), cmap="binary", vmin=0, vmax=2)
    axis.scatter(columns, rows, 14 * shares[rows, columns], color=plotting.COLORS["gradient"])
    for border in range(4, 28, 4):
        axis.axvline(border - 0.5, color=plotting.COLORS["neutral"], lw=0.5)
        axis.axhline(border - 0.5, color=plotting.COLORS["neutral"], lw=0.5)
    axis.set(title=how, xticks=[], yticks=[])
    axis.set_xlabel(f"{len(rows)} pixels", fontsize=10)
plt.show()

# %%
# One window as large as the map
# ------------------------------
#
# The simplest convolutional network takes the maximum of each whole map. It forgets where a kernel
# fitted: the digit in a wide frame, and the same digit moved, give the same maxima. On the way back
# one place of each map hears of the error, or none if ReLU has cut the whole map off. What the way
# forward has to keep for this is a ``CNNTrace``.

network = SimplestCNN(n_kernels=6, size=5, n_classes=10, seed=0)
frame = torch.zeros(2, 1, 44, 44)
frame[0, :, 4:32, 4:32] = digit[0]
frame[1, :, 9:37, 12:40] = digit[0]
trace = network.forward(frame)
network.backward(trace, torch.tensor([8, 8]))
print("maps", tuple(trace.maps.shape), "maxima", tuple(trace.maxima.shape))
print(f"largest difference of the maxima: {(trace.maxima[0] - trace.maxima[1]).abs().max():.1e}")
print("places that hear of the error:", (trace.map_errors != 0).sum((2, 3)).tolist())

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["convolution", "instant"]
