"""
ReLU folds the border around a ring
===================================

No straight line divides two rings of points. Two linear layers without an activation function
between them are one linear layer, and draw a line; with ReLU between them the border can bend,
wherever a hidden neuron falls silent.

Chapter 8 trains networks on these rings.
"""

# %%
# Three networks
# --------------
#
# A single neuron; two layers without an activation function, which ``Identity`` stands for; and the
# same two layers with ReLU between them. ``train_and_test`` returns a ``Run``: the model, its
# history and its test result; ``describe`` a ``Description``, which prints as a table.

import matplotlib.pyplot as plt
import torch
from sklearn.datasets import make_circles
from torch import nn

from dlbook import plotting
from dlbook.models import MLP, SingleNeuron, describe
from dlbook.training import train_and_test

plotting.use_style()
points, labels = make_circles(1500, noise=0.08, factor=0.4, random_state=0)
points, labels = torch.tensor(points).float(), torch.tensor(labels)
train, test = (points[:500], labels[:500]), (points[500:], labels[500:])

builders = {
    "one neuron": lambda: SingleNeuron(2),
    "two linear layers": lambda: MLP(2, 6, 2, activation=nn.Identity),
    "with ReLU": lambda: MLP(2, 6, 2, activation=nn.ReLU),
}
runs = {
    name: train_and_test(
        build,
        train,
        test,
        optimizer=lambda parameters: torch.optim.Adam(parameters, lr=0.03),
        epochs=40,
        batch_size=50,
    )
    for name, build in builders.items()
}
print(describe(runs["with ReLU"].model, (2,)))

# %%
# Where each changes its mind
# ---------------------------
#
# Shaded is where the network says "inner ring". Each dashed line belongs to a hidden neuron: on one
# side of it the neuron is silent, on the other it answers. Between the lines the border is
# straight, and it bends only where it crosses one of them. Neurons whose line passes outside of the
# picture bend nothing in it.

figure = plotting.decision_boundaries(
    {name: run.model for name, run in runs.items()}, points[:150], labels[:150]
)
limits = figure.axes[2].axis()
hidden = runs["with ReLU"].model.layers[0]
for (w1, w2), bias in zip(hidden.weight.tolist(), hidden.bias.tolist(), strict=True):
    # The neuron's weighted input w1 x1 + w2 x2 + b is zero on this line.
    nearest = -bias / (w1**2 + w2**2)
    figure.axes[2].axline(
        (nearest * w1, nearest * w2),
        slope=-w1 / w2,
        linestyle="--",
        linewidth=1.2,
        color=plotting.COLORS["weights"],
    )
figure.axes[2].axis(limits)
plt.show()

# %%
# Counted
# -------
#
# Half of the test points lie on each ring, so that a guess is right about half of the time.

rows = [(name, f"{run.test.accuracy:.3f}", f"{run.test.loss:.3f}") for name, run in runs.items()]
print(plotting.Table(["network", "test accuracy", "test loss (nats)"], rows))

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["classification", "activations", "seconds"]
