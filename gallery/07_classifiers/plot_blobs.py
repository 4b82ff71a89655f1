"""
Heaps of points need only straight borders
==========================================

A layer of five neurons and no hidden layer tells five heaps apart. Its softmax gives every point of
the plane five probabilities, and where two heaps meet they change over gradually.

Chapter 8 asks when a hidden layer is needed.
"""

# %%
# Five heaps, five neurons
# ------------------------
#
# ``MLP(2, 5)`` is a linear model: two inputs, five scores.

import matplotlib.pyplot as plt
import torch
from matplotlib.colors import to_rgb
from sklearn.datasets import make_blobs

from dlbook import plotting
from dlbook.evaluation import probabilities
from dlbook.models import MLP, count_parameters
from dlbook.training import train_and_test

plotting.use_style()
angles = 2 * torch.pi * (torch.arange(5) / 5 + 1 / 4)
centers = 2 * torch.stack([angles.cos(), angles.sin()], dim=1)
points, labels = make_blobs(1500, centers=centers.numpy(), cluster_std=0.55, random_state=0)
points, labels = torch.tensor(points).float(), torch.tensor(labels).long()

model, _, result = train_and_test(
    lambda: MLP(2, 5),
    (points[:500], labels[:500]),
    (points[500:], labels[500:]),
    optimizer=lambda parameters: torch.optim.Adam(parameters, lr=0.03),
    epochs=30,
    batch_size=50,
)
print(f"{count_parameters(model)} parameters, test accuracy {result.accuracy:.3f}")

# %%
# Five probabilities as one color
# -------------------------------
#
# Each class has a color, and every point of the plane gets the mixture of the five in the shares of
# their probabilities. The borders, where two classes are equally probable, are straight lines: the
# difference of two linear scores is linear.

side = torch.linspace(-4, 4, 321)
x1, x2 = torch.meshgrid(side, side, indexing="xy")
plane = torch.stack([x1, x2], dim=-1).reshape(-1, 2)
of_plane = probabilities(model, plane)
palette = torch.tensor([to_rgb(plotting.COLORS[name]) for name in plotting.CYCLE[:5]])
mixture = (of_plane @ palette).reshape(321, 321, 3)

figure, axis = plt.subplots(figsize=(plotting.WIDTH, 0.85 * plotting.WIDTH))
axis.imshow(mixture.numpy(), origin="lower", extent=(-4, 4, -4, 4), alpha=0.6)
for label, marker in enumerate(plotting.MARKERS[:5]):
    mine = points[:500][labels[:500] == label]
    axis.plot(
        mine[:, 0].numpy(),
        mine[:, 1].numpy(),
        marker,
        color=palette[label].tolist(),
        markeredgecolor="white",
        markeredgewidth=0.4,
        label=f"class {label}",
    )
axis.set(xlabel="x1", ylabel="x2", xlim=(-4, 4), ylim=(-4, 4))
axis.grid(visible=False)
figure.legend(loc="outside right center")
plt.show()

# %%
# From one heap to the next
# -------------------------
#
# Along the way from the center of class 0 to that of class 1, the two probabilities change places,
# and the others stay near zero. At every point the five sum to 1.

share = torch.linspace(0, 1, 21)
way = centers[0] + share[:, None] * (centers[1] - centers[0])
on_the_way = probabilities(model, way)
print(f"largest difference of a sum from 1: {(on_the_way.sum(1) - 1).abs().max():.0e}")
plotting.lines(
    {f"class {label}": (share.tolist(), on_the_way[:, label].tolist()) for label in range(5)},
    x="share of the way",
    y="probability",
)
plt.show()

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["classification", "seconds"]
