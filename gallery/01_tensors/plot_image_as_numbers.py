"""
A color picture is three tables of numbers
==========================================

To a computer a photograph is a box of whole numbers from 0 to 255: for each pixel how much red,
how much green and how much blue. Everything that a network finds in a picture, it finds in them.

Chapter 2 counts how many such pictures there are.
"""

# %%
# Three planes
# ------------
#
# From the first 500 test images we take the one whose channels differ most, so that there is
# color to see. Its shape is (channels, height, width).

import matplotlib.pyplot as plt
import torch

from dlbook import plotting
from dlbook.data import load
from dlbook.scratch.tensors import count_patterns

plotting.use_style()
data = load("cifar10")
print(data.provenance.describe())

candidates = data.test.inputs[:500]
number = int(candidates.float().std(dim=1).mean(dim=(1, 2)).argmax())
image = candidates[number]
print(f"test image {number}: {data.classes[data.test.labels[number]]}, shape {tuple(image.shape)}")

# %%
# A plane is the picture with the other two channels set to 0. The three planes add up to it.

planes = image * torch.eye(3, dtype=torch.uint8).reshape(3, 3, 1, 1)
print("planes:", tuple(planes.shape), "sum is the picture:", bool((planes.sum(0) == image).all()))
plotting.show_images(
    torch.cat([image.unsqueeze(0), planes]), titles=["picture", "red", "green", "blue"], columns=2
)
plt.show()

# %%
# The numbers of a few pixels
# ---------------------------
#
# Four rows of five pixels from the middle, with the amounts of red, green and blue, from top to
# bottom. Three large numbers make a light color, three small ones a dark one, three equal ones
# gray.

top, left_edge = 14, 13
patch = image[:, top : top + 4, left_edge : left_edge + 5]
figure, axis = plt.subplots(figsize=(plotting.WIDTH, 4.7))
axis.imshow(patch.permute(1, 2, 0).numpy())
for row in range(4):
    for column in range(5):
        pixel = patch[:, row, column].tolist()
        light = 0.3 * pixel[0] + 0.6 * pixel[1] + 0.1 * pixel[2]  # as the eye weighs them
        ink = "white" if light < 128 else "black"
        text = "\n".join(str(value) for value in pixel)
        axis.text(column, row, text, ha="center", va="center", color=ink)
axis.set(xlabel="column", ylabel="row", xticks=range(5), yticks=range(4))
axis.set_xticklabels(range(left_edge, left_edge + 5))
axis.set_yticklabels(range(top, top + 4))
axis.grid(visible=False)
plt.show()

# %%
# A plane as a vector
# -------------------
#
# A dense layer wants a list. Flattening writes the rows of a plane one after the other; here for
# the red one. What was one below the other is now 32 places apart.

plotting.image_and_rows(image[:1])
plt.show()

power = count_patterns(32, 32, channels=3, levels=256).bit_length() - 1
print(f"{image.numel():,} numbers of 8 bits; pictures of this size: 2 ** {power:,}")

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["tensors", "images", "seconds"]
