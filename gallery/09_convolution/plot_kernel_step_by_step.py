"""
One kernel slides, and a map fills up
=====================================

A convolution is one small sum, done at many places. The kernel is laid on the image, the pixels
below it are multiplied by its weights and added up, and the sum becomes one pixel of the map. Then
the kernel moves on.

Chapter 11 does the same in four loops.
"""

# %%
# An image of a step
# ------------------
#
# Seven rows and columns of pixels, 0 or 1. The kernel subtracts what is on the left of a place from
# what is on its right: it looks for edges where the pixels grow from left to right.

import matplotlib.pyplot as plt
import torch

from dlbook import plotting
from dlbook.scratch.convolution import convolve, correlate, correlate_backward

plotting.use_style()
image = torch.zeros(1, 1, 7, 7)
image[..., 2:, 2:5] = 1
image[..., 5:, 2:] = 1
kernel = torch.tensor([[-1.0, 0.0, 1.0]] * 3).reshape(1, 1, 3, 3)
whole = correlate(image, kernel)
print("image", tuple(image.shape), "kernel", tuple(kernel.shape), "map", tuple(whole.shape))

# %%
# Step by step
# ------------
#
# Above, the frame shows where the kernel lies on the image; a pixel of 1 is dark. Below, the map as
# far as it is known by then: purple is positive, orange negative. The framed number is the one that
# this step adds.

frame = {"fill": False, "linewidth": 2.5, "color": plotting.COLORS["error"], "clip_on": False}
steps = [0, 8, 17, 24]
figure, axes = plt.subplots(2, len(steps), figsize=(plotting.WIDTH, 3.4))
for (above, below), step in zip(axes.T, steps, strict=True):
    row, column = divmod(step, 5)
    above.imshow(image[0, 0].numpy(), cmap="Blues", vmin=-0.4, vmax=2)
    above.add_patch(plt.Rectangle((column - 0.5, row - 0.5), 3, 3, **frame))
    above.set_title(f"step {step + 1}")
    done = whole.flatten().clone()
    done[step + 1 :] = float("nan")
    below.imshow(done.reshape(5, 5).numpy(), cmap="PuOr", vmin=-4.5, vmax=4.5)
    for place in range(step + 1):
        color = "white" if done[place].abs() > 2 else "black"
        spot = {"x": place % 5, "y": place // 5, "ha": "center", "va": "center"}
        below.text(s=f"{done[place]:.0f}", color=color, fontsize=9, **spot)
    below.add_patch(plt.Rectangle((column - 0.5, row - 0.5), 1, 1, **frame))
    below.set(xlim=(-0.6, 4.6), ylim=(4.6, -0.6))
for axis in axes.flat:
    axis.set(xticks=[], yticks=[])
    axis.grid(visible=False)
axes[0, 0].set_ylabel("image")
axes[1, 0].set_ylabel("map")
plt.show()

# %%
# What the kernel learns from one place
# -------------------------------------
#
# If the cost hears of a single place of the map only, the gradient of the kernel is the window that
# lay below it: the pixels are the factors of the weights.

errors = torch.zeros_like(whole)
errors[0, 0, 1, 3] = 1
of_image, of_kernel, of_bias = correlate_backward(image, kernel, errors)
print("the gradient of the kernel is that window:", torch.equal(of_kernel, image[..., 1:4, 3:6]))
print("pixels that hear of the error:", int((of_image != 0).sum()))

# %%
# Correlation or convolution
# --------------------------
#
# Networks lay the kernel on as it is: strictly, that is a cross-correlation. The convolution of
# mathematics turns the kernel by half a circle first. An image of one bright pixel shows which is
# which: convolution stamps the kernel there the right way round, correlation stamps it turned.

letter = torch.tensor([[1.0, 1, 1, 1], [1, 0, 0, 0], [1, 1, 1, 0], [1, 0, 0, 0], [1, 0, 0, 0]])
letter = letter.reshape(1, 1, 5, 4)
dot = torch.zeros(1, 1, 13, 12)
dot[..., 6, 6] = 1
pictures = {
    "kernel": letter,
    "image": dot,
    "correlate": correlate(dot, letter),
    "convolve": convolve(dot, letter),
}
figure, axes = plt.subplots(1, 4, figsize=(plotting.WIDTH, 1.9))
for axis, (name, picture) in zip(axes, pictures.items(), strict=True):
    axis.imshow(picture[0, 0].numpy(), cmap="Purples")
    axis.set(title=name, xlabel=f"{picture.shape[2]} x {picture.shape[3]}", xticks=[], yticks=[])
plt.show()

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["convolution", "instant"]
