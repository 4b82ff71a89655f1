"""
Six learned kernels look at one boot
====================================

Nobody tells a convolutional network which kernels to use: it learns them together with the rest.
Each kernel makes a map of the image, large where the image fits, and ReLU and pooling keep the best
fits. The next layer sees these maps and nothing else.

Chapter 12 follows an image to the last layer.
"""

# %%
# Train a small LeNet
# -------------------
#
# Two convolutions of 5 x 5 with pooling, then dense layers. Each batch is shifted at random by up
# to two pixels, so that no kernel can count on a place. Such an ``Augmentation`` is a function of a
# batch and a random generator; the optimizer comes from an ``OptimizerFactory``, a function of the
# parameters. The strong weight decay takes away from the kernels what training does not put back:
# most of the noise that they began with.

import matplotlib.pyplot as plt
import torch

from dlbook import plotting
from dlbook.data import load
from dlbook.images import randomly_shifted
from dlbook.models import LeNet, describe
from dlbook.training import train_and_test

plotting.use_style()
data = load("fashion_mnist")
print(data.provenance.describe())

train_inputs, test_inputs = (part.inputs.float() / 255 for part in (data.train, data.test))
run = train_and_test(
    lambda: LeNet(1, 28, widths=(6, 16)),
    (train_inputs[:6000], data.train.labels[:6000]),
    (test_inputs, data.test.labels),
    optimizer=lambda parameters: torch.optim.AdamW(parameters, lr=5e-3, weight_decay=1.0),
    augment=lambda images, generator: randomly_shifted(images, generator, pixels=2),
    epochs=4,
    batch_size=64,
    seed=0,
)
print(describe(run.model, (1, 28, 28)))
print(f"test accuracy on {data.title}, seed 0: {run.test.accuracy:.3f}")

# %%
# Kernel, map, what is left of it
# -------------------------------
#
# A column for each of the six kernels of the first layer. Above, its weights. In the middle, its
# map: the sum of products and the bias, purple where it is positive, as where the pixels fit the
# kernel well, orange where it is negative. Below, what the next layer gets: without the negative
# numbers, and of each 2 x 2 only the largest. The image is that boot of the test images in which
# brightness varies most. White is zero; each panel has a scale of its own.

boots = test_inputs[data.test.labels == data.classes.index("Ankle boot")]
boot = boots[boots.std((1, 2, 3)).argmax()][None]
convolution, *rest = run.model.features[:3]
with torch.no_grad():
    kernels = convolution.weight.detach()[:, 0]
    maps = convolution(boot)[0]
    pooled = maps
    for layer in rest:
        pooled = layer(pooled)

figure, axes = plt.subplots(3, 7, figsize=(plotting.WIDTH, 2.9), width_ratios=[1.4, *[1] * 6])
rows = {"weights": kernels, "map": maps, "pooled": pooled}
for (first, *others), (name, tensors) in zip(axes, rows.items(), strict=True):
    first.set_axis_off()
    for axis, tensor in zip(others, tensors, strict=True):
        limit = tensor.abs().max().item()
        axis.imshow(tensor.numpy(), cmap="PuOr", vmin=-limit, vmax=limit)
        axis.set(xticks=[], yticks=[])
    others[0].set_ylabel(name, fontsize=10)
axes[1, 0].imshow(boot[0, 0].numpy())
axes[1, 0].set_title("image", fontsize=10)
plt.show()

# %%
# How strong the answers are
# --------------------------
#
# The largest number of each map: the largest positive one is what ReLU and pooling pass on. Where
# there is none, the kernel tells the next layer nothing about this image.

for number, (one, left) in enumerate(zip(maps, pooled, strict=True), start=1):
    print(
        f"kernel {number}: map {one.min():6.2f} to {one.max():5.2f}, after ReLU and pooling "
        f"{left.max():5.2f}, zeros {(left == 0).float().mean():4.0%}"
    )

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["convolution", "images", "seconds"]
