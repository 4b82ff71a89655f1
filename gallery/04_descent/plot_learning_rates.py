"""
A learning rate can be too small or too large
=============================================

The gradient says which way to go, not how far. The learning rate decides that, and nobody can read
it off the data: one tries values a factor of three or ten apart.

Chapter 4 explains where the limit comes from.
"""

# %%
# One network, eight learning rates
# ---------------------------------
#
# Each run starts from the same weights and sees the same mini-batches in the same order: five
# passes over 2,000 images of digits, 100 steps in each pass. Only the rate differs.

import matplotlib.pyplot as plt
import torch

from dlbook import plotting
from dlbook.data import load
from dlbook.scratch.network import Network, train_epoch
from dlbook.scratch.optim import GradientDescent, cosine, step_decay

plotting.use_style()
data = load("mnist")
print(data.provenance.describe())
inputs, labels = data.train.rows()
inputs, answers = inputs[:2000], torch.eye(10)[labels[:2000]]
passes = [1, 2, 3, 4, 5]


def costs_with(rate):
    """Return the mean cost of a sample during each pass, for a learning rate or a schedule."""
    network = Network(784, 30, 10, output="softmax", cost="cross-entropy", seed=0)
    order, descent = torch.Generator().manual_seed(0), GradientDescent(rate)
    return [train_epoch(network, inputs, answers, descent, 20, order) for _ in passes]


rates = [0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0]
costs = {rate: costs_with(rate) for rate in rates}
best = min(rates, key=lambda rate: costs[rate][-1])
print("learning rate with the lowest cost in the last pass:", best)

# %%
# Left, three of the runs. Too small a rate goes down and gets nowhere in this time; too large a
# rate jumps from wall to wall of the valley and stays above both others. Right, where all eight
# end.

figure, (left, right) = plt.subplots(1, 2, figsize=(plotting.WIDTH, 3.2), sharey=True)
right.loglog(rates, [costs[rate][-1] for rate in rates], color=plotting.COLORS["neutral"])
for name, rate, marker, color in (
    ("too small", rates[0], "o", "data"),
    ("right", best, "s", "gradient"),
    ("too large", rates[-1], "D", "error"),
):
    style = {"marker": marker, "color": plotting.COLORS[color], "label": f"{name}: {rate:g}"}
    left.plot(passes, costs[rate], **style)
    right.plot(rate, costs[rate][-1], markersize=11, **style)
left.set(xlabel="pass", ylabel="mean cost (nats, log scale)", title="from pass to pass")
right.set(xlabel="learning rate (log scale)", title="in pass 5")
figure.legend(*left.get_legend_handles_labels(), loc="outside upper center", ncols=3)
plt.show()

# %%
# Neither need it stay the same
# -----------------------------
#
# A schedule gives each step a rate of its own. Start with the next rate above the best of the
# eight: lowered on the way, in jumps or along half a cosine, it ends at a lower cost than if it
# stays. A ``Schedule`` is a function: from the number of a step to its rate.

large = rates[rates.index(best) + 1]
schedules = {
    "constant": large,
    "step decay": step_decay(large, factor=0.3, every=100),
    "cosine": cosine(large, total=500),
}
for name, schedule in schedules.items():
    print(f"from {large:g}, {name:10} cost in the last pass {costs_with(schedule)[-1]:.3f}")

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["optimization", "seconds"]
