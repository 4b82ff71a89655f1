"""
One accuracy hides ten
======================

With as many images of each class, the accuracy of a network is the mean of its accuracies in each.
Two networks can differ a lot in one class and little in another, and a class can be hard for both.
Four of the classes here are made by people, six are animals.

Chapter 12 compares larger networks in the same way.
"""

# %%
# A convolutional and a dense network
# -----------------------------------
#
# Few images and little training, so that the example stays short; three seeds for each network.
# Half of the images of each batch are mirrored, left to right. The dense network gets the same
# pixels in one row.

from statistics import fmean

import matplotlib.pyplot as plt
import torch

from dlbook import plotting
from dlbook.data import load
from dlbook.experiments.recipes import flat_mlp
from dlbook.images import randomly_flipped, standardized
from dlbook.models import SimpleCNN, count_parameters
from dlbook.training import train_and_test

plotting.use_style()
data = load("cifar10")
print(data.provenance.describe())
train, test = standardized(data.train.inputs[:2000], data.test.inputs[:5000])
builders = {
    "dense, 3072-64-32-10": lambda: flat_mlp(3 * 32 * 32, 64, 32, 10),
    "SimpleCNN": lambda: SimpleCNN(3, 32).to(memory_format=torch.channels_last),
}
runs = {
    name: [
        train_and_test(
            build,
            (train, data.train.labels[:2000]),
            (test, data.test.labels[:5000]),
            optimizer=torch.optim.Adam,
            augment=randomly_flipped,
            epochs=3,
            batch_size=64,
            seed=seed,
        )
        for seed in (0, 1, 2)
    ]
    for name, build in builders.items()
}
for name, of_network in runs.items():
    accuracies = ", ".join(f"{run.test.accuracy:.3f}" for run in of_network)
    print(f"{name:21}{count_parameters(of_network[0].model):8,} parameters, test {accuracies}")

# %%
# Class by class
# --------------
#
# The share of the test images of a class that are recognized, also called recall. A dot is one
# seed; a line joins the means of the two networks.

made = ["airplane", "automobile", "ship", "truck"]
order = [*made, *(name for name in data.classes if name not in made)]
recalls = {
    name: torch.stack([run.test.recall for run in of_network]) for name, of_network in runs.items()
}
figure, axis = plt.subplots(figsize=(plotting.WIDTH, 4.4))
for row, name in enumerate(order):
    label = data.classes.index(name)
    ends = [recall[:, label].mean() for recall in recalls.values()]
    axis.plot(ends, [row, row], color=plotting.COLORS["neutral"], lw=1.5, zorder=1)
for (name, recall), marker, color in zip(recalls.items(), "so", ("error", "data"), strict=True):
    ordered = recall[:, [data.classes.index(each) for each in order]]
    rows = torch.arange(len(order)).expand_as(ordered)
    look = {"color": plotting.COLORS[color], "marker": marker, "alpha": 0.7}
    axis.scatter(ordered, rows, 26, label=name, **look)
axis.axhline(len(made) - 0.5, color=plotting.COLORS["neutral"], linestyle=":")
axis.set_yticks(range(len(order)), order)
axis.set(xlabel="recall (fraction)", xlim=(0, 1), ylim=(len(order) - 0.5, -0.5))
figure.legend(loc="outside upper right", ncols=2)
plt.show()

# %%
# Man-made and animals
# --------------------
#
# The mean recall of each group, over classes and seeds. On photographs animals are often the harder
# ones; on drawn scenes it depends on the drawings.

is_made = torch.tensor([name in made for name in data.classes])
for name, recall in recalls.items():
    things, animals = recall[:, is_made].mean(1), recall[:, ~is_made].mean(1)
    gaps = (things - animals).tolist()
    print(
        f"{name:21} man-made {things.mean():.2f}, animals {animals.mean():.2f}, "
        f"difference {fmean(gaps):+.2f} (seeds: {', '.join(f'{gap:+.2f}' for gap in gaps)})"
    )

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["classification", "evaluation", "half a minute"]
