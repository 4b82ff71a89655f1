"""
A mini-batch gradient is a rough estimate
=========================================

The gradient of the cost is a mean over all samples. A mini-batch takes the mean over a few of them,
drawn at random: less work, and a result that is right on average, though seldom exactly.

Chapter 4 measures the error of the estimate.
"""

# %%
# The gradient of all, and of a few
# ---------------------------------
#
# A network that has learned a little, from 500 images of digits: some are easy for it now and some
# are hard. All derivatives of its cost make one long vector: the full gradient if all images are
# used, an estimate of it if a few are.

import matplotlib.pyplot as plt
import torch

from dlbook import plotting
from dlbook.data import load
from dlbook.scratch.network import Network, train_epoch
from dlbook.scratch.optim import GradientDescent

plotting.use_style()
data = load("mnist")
print(data.provenance.describe())
inputs, labels = data.train.rows()
inputs, answers = inputs[:3000], torch.eye(10)[labels[:3000]]
network, chance = Network(784, 30, 10, seed=0), torch.Generator().manual_seed(0)
train_epoch(network, inputs[:500], answers[:500], GradientDescent(3.0), 10, chance)


def batch_gradients(batches):
    """Return all derivatives of the mean cost of each mini-batch, a row for each."""
    gradients = []
    for rows in batches:
        trace = network.forward(inputs[rows])
        network.backward(trace, answers[rows])
        gradients.append(torch.cat([gradient.flatten() for gradient in trace.gradients]))
    return torch.stack(gradients)


full = batch_gradients([torch.arange(len(inputs))])[0]
print(f"{len(full):,} derivatives, length of the full gradient {full.norm():.3f}")
estimates = {
    size: batch_gradients(torch.randint(len(inputs), (150, size), generator=chance))
    for size in (4, 16, 64, 256)
}

# %%
# Clouds around the true direction
# --------------------------------
#
# Each dot is the gradient of one mini-batch, seen from the side: to the right, how far it goes
# along the full gradient (the arrow, of length 1 here); up, how far it goes in the direction across
# it in which small mini-batches differ most. The clouds lie around the tip of the arrow and shrink
# as the mini-batch grows.

along = full / full.norm()
rest = estimates[4] - torch.outer(estimates[4] @ along, along)
across = torch.linalg.svd(rest, full_matrices=False).Vh[0]

figure, axes = plt.subplots(2, 2, figsize=(plotting.WIDTH, 4.6), sharex=True, sharey=True)
for axis, (size, vectors) in zip(axes.flat, estimates.items(), strict=True):
    x, y = (vectors @ along / full.norm()).numpy(), (vectors @ across / full.norm()).numpy()
    axis.plot(x, y, "o", color=plotting.COLORS["gradient"], alpha=0.45, markersize=4)
    arrow = {"arrowstyle": "-|>", "color": plotting.COLORS["error"], "linewidth": 2.5}
    axis.annotate("", (1, 0), (0, 0), arrowprops={**arrow, "shrinkA": 0, "shrinkB": 0})
    axis.set_title(f"mini-batches of {size}")
for axis in axes[1]:
    axis.set_xlabel("along the full gradient")
for axis in axes[:, 0]:
    axis.set_ylabel("across it")
plt.show()

# %%
# Four times the work, half the noise
# -----------------------------------
#
# The length of the error, over the length of the full gradient. As for every mean of independent
# draws it falls with the root of their number, so each
# error is about half of the one before it.

for size, vectors in estimates.items():
    noise = (vectors - full).square().sum(dim=1).mean().sqrt() / full.norm()
    uphill = (vectors @ full < 0).float().mean()
    print(f"mini-batches of {size:3}: relative error {noise:.2f}, pointing backward {uphill:.0%}")

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["optimization", "gradients", "seconds"]
