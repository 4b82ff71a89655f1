"""
Softmax along the wrong dimension mixes the images
==================================================

Softmax turns scores into numbers that sum to 1, along one dimension. A table of scores has two,
and for the wrong one there is no error: the result has the right shape and sums to 1 somewhere
else.

Chapter 2 introduces softmax, and chapter 3 derives its slopes.
"""

# %%
# Which sums are 1?
# -----------------
#
# Four images and three classes make a table of scores. With ``dim=1`` softmax runs along a row,
# from class to class: each image gets probabilities. With ``dim=0`` it runs down a column, from
# image to image: the images compete for each class.

import matplotlib.pyplot as plt
import torch

from dlbook import plotting
from dlbook.scratch.activations import softmax, softmax_jacobian

plotting.use_style()
images, classes = ["image 0", "image 1", "image 2", "image 3"], ["cat", "dog", "ship"]
scores = torch.tensor(
    [[3.0, 1.0, 0.0], [2.5, 2.5, -1.0], [1.0, 0.0, 0.5], [-1.0, -0.5, 2.0]], dtype=torch.float64
)
for dim in (1, 0):
    table = softmax(scores, dim=dim)
    print(f"dim={dim}: sums of the rows   ", [f"{total:.2f}" for total in table.sum(dim=1)])
    print("       sums of the columns", [f"{total:.2f}" for total in table.sum(dim=0)])

# %%
# Laid end to end, the numbers of an image must reach from 0 to 1. They do so for ``dim=1`` only.

looks = (("data", "//"), ("error", ""), ("gradient", ".."))
figure, axes = plt.subplots(1, 2, figsize=(plotting.WIDTH, 2.9), sharey=True)
for axis, dim in zip(axes, (1, 0), strict=True):
    shares = softmax(scores, dim=dim)
    starts = shares.cumsum(dim=1) - shares
    for k, (name, (color, hatch)) in enumerate(zip(classes, looks, strict=True)):
        axis.barh(
            images,
            shares[:, k].tolist(),
            left=starts[:, k].tolist(),
            label=name,
            color=plotting.COLORS[color],
            hatch=hatch,
            edgecolor="white",
        )
    axis.axvline(1, color=plotting.COLORS["test"], linestyle="--", linewidth=1.2)
    axis.set(title=f"softmax, dim={dim}", xlabel="sum over the classes", xlim=(0, 1.3))
    axis.grid(visible=False)
axes[0].invert_yaxis()
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
plt.show()

# %%
# Who feels a change?
# -------------------
#
# Raise one score a little, that of image 1 for "cat". The slopes of softmax say what follows.
# They should concern image 1 alone. With ``dim=0``, every image feels it: what the network says
# of an image would depend on the company that it came in.

image, kind = 1, 0
along_row, along_column = torch.zeros_like(scores), torch.zeros_like(scores)
along_row[image] = softmax_jacobian(scores)[image, :, kind]
along_column[:, kind] = softmax_jacobian(scores.T)[kind, :, image]

figure, axes = plt.subplots(1, 2, figsize=(plotting.WIDTH, 2.9), sharey=True)
for axis, dim, slopes in zip(axes, (1, 0), (along_row, along_column), strict=True):
    shown = axis.imshow(slopes.numpy(), cmap="PuOr", vmin=-0.3, vmax=0.3, aspect="auto")
    axis.set(title=f"softmax, dim={dim}", xticks=range(3), yticks=range(4))
    axis.set_xticklabels(classes)
    axis.set_yticklabels(images)
    axis.grid(visible=False)
    for i, row in enumerate(slopes.tolist()):
        for j, slope in enumerate(row):
            ink = "white" if abs(slope) > 0.15 else "black"
            text = f"{slope:+.3f}" if slope else "0"
            axis.text(j, i, text, ha="center", va="center", color=ink, fontsize=10)
    frame = (kind - 0.5, image - 0.5)
    axis.add_patch(plt.Rectangle(frame, 1, 1, fill=False, color=plotting.COLORS["test"], lw=2))
figure.colorbar(shown, ax=axes, label="slope by the framed score", shrink=0.9)
plt.show()

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["tensors", "instant"]
