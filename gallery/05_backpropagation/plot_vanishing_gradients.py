"""
Through many sigmoids the gradient vanishes
===========================================

On its way back an error is multiplied by a slope and by weights in every layer. The slope of the
sigmoid is at most 1/4, so that in a deep network hardly anything arrives at the first layers, and
they hardly learn. ReLU has slope 1 wherever it is on.

Chapter 6 measures the errors.
"""

# %%
# Gradients in each layer
# -----------------------
#
# New networks with twenty hidden layers of 30 neurons look at 200 images of digits. The size of a
# layer's gradient is the root of the mean square of the derivatives by its weights. For each kind
# of network five seeds.

import matplotlib.pyplot as plt
import torch

from dlbook import plotting
from dlbook.data import load
from dlbook.scratch.network import Network

plotting.use_style()
data = load("mnist")
print(data.provenance.describe())
inputs, labels = data.train.rows()
inputs, answers = inputs[:200].double(), torch.eye(10, dtype=torch.float64)[labels[:200]]
depth = 20


def sizes_by_layer(hidden, factor, seed):
    """Return the size of the gradient of each layer's weights, the first layer first."""
    network = Network(
        *[784, *[30] * depth, 10],
        hidden=hidden,
        output="softmax",
        cost="cross-entropy",
        seed=seed,
        dtype=torch.float64,
    )
    for weights in network.weights[:-1]:
        weights *= factor
    trace = network.forward(inputs)
    network.backward(trace, answers)
    return torch.stack([gradient.square().mean().sqrt() for gradient in trace.weight_gradients])


kinds = {
    "ReLU, weights × √2": ("ReLU", 2**0.5, "gradient", "D"),
    "ReLU": ("ReLU", 1.0, "data", "s"),
    "sigmoid": ("sigmoid", 1.0, "error", "o"),
}
sizes = {
    name: torch.stack([sizes_by_layer(hidden, factor, seed) for seed in range(5)])
    for name, (hidden, factor, _, _) in kinds.items()
}

# %%
# The way back
# ------------
#
# Read from right to left: the last layer is at the right, where the error starts. Each faint line
# is one network, the strong one their geometric mean. On the logarithmic scale a straight line
# means that each layer takes the same share away.

figure, axis = plt.subplots(figsize=(plotting.WIDTH, 3.8))
layers = torch.arange(1, depth + 2).numpy()
for name, (_, _, color, marker) in kinds.items():
    style = {"color": plotting.COLORS[color]}
    axis.plot(layers, sizes[name].T.numpy(), alpha=0.3, linewidth=0.8, **style)
    mean = sizes[name].log().mean(dim=0).exp()
    axis.plot(layers, mean.numpy(), marker=marker, label=name, **style)
axis.set(xlabel="layer", ylabel="size of the gradient (log scale)", yscale="log")
axis.set_xticks([1, 5, 10, 15, 20])
axis.legend(loc="lower right")
plt.show()

# %%
# What arrives
# ------------
#
# A ReLU that is off passes nothing, and about half of them are. So errors shrink on the way back,
# and activations as much on the way forward: the gradient of a weight, one times the other, is
# small in all layers alike. Weights larger by the root of 2 make up for that.

for name, size in sizes.items():
    share = (size[:, 0] / size[:, -1]).log().mean().exp()
    print(f"{name:18} first layer over last: {share:.1e}; first layer {size[:, 0].mean():.1e}")

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["gradients", "activations", "instant"]
