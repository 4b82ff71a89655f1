"""
Two ways to the same gradient
=============================

Backpropagation computes the gradient of a network by formula. It can be checked by moving one
weight a little and looking at the cost. The check has an accuracy of its own: too large a step
sees the curve, too small a step sees the rounding.

Chapter 6 derives the formulas.
"""

# %%
# A small network
# ---------------
#
# Four inputs, five hidden neurons, three outputs; a batch of eight samples. All numbers have 64
# bits.

import matplotlib.pyplot as plt
import torch

from dlbook import plotting
from dlbook.scratch import losses
from dlbook.scratch.differences import central_differences
from dlbook.scratch.network import Cost, Network

plotting.use_style()
chance = torch.Generator().manual_seed(0)
network = Network(4, 5, 3, output="softmax", cost="cross-entropy", dtype=torch.float64)
inputs = torch.randn(8, 4, generator=chance, dtype=torch.float64)
labels = torch.randint(3, (8,), generator=chance)
targets = torch.eye(3, dtype=torch.float64)[labels]

trace = network.forward(inputs)
network.backward(trace, targets)
print("gradients:", [tuple(gradient.shape) for gradient in trace.gradients])

# %%
# Against finite differences
# --------------------------
#
# For each weight of the first layer: the change of the cost over the change of the weight, once
# forward only, once as the difference of a step forward and a step back.


def cost_with(weights):
    """Return the cost with other weights in the first layer."""
    network.weights[0] = weights
    return network.cost.function(network.forward(inputs).outputs, targets)


first, exact = network.weights[0].clone(), trace.weight_gradients[0]
moves = torch.eye(first.numel(), dtype=torch.float64).reshape(-1, *first.shape)
steps = [10.0**-k for k in range(1, 13)]
errors = {"one-sided": (steps, []), "central": (steps, [])}
for step in steps:
    ahead = torch.stack([cost_with(first + step * move) for move in moves])
    one_sided = ((ahead - cost_with(first)) / step).reshape(first.shape)
    central = central_differences(cost_with, first, step)
    for name, slopes in (("one-sided", one_sided), ("central", central)):
        errors[name][1].append(((slopes - exact).norm() / exact.norm()).item())
network.weights[0] = first

figure = plotting.lines(
    errors,
    x="step of the weight (log scale)",
    y="relative difference (log scale)",
    log_x=True,
)
figure.axes[0].set_yscale("log")
plt.show()

# %%
# From right to left the difference falls, with the step for the one-sided quotient and with its
# square for the central one, until the rounding of the cost takes over and it rises again. At its
# best the central difference agrees with backpropagation to many digits.

for name, (_, values) in errors.items():
    best = min(values)
    print(f"{name:10} best at a step of {steps[values.index(best)]:.0e}: {best:.1e}")

# %%
# Against autograd
# ----------------
#
# PyTorch finds the same gradient from the operations themselves, without the four equations.

for parameter in network.parameters:
    parameter.requires_grad_()
cost = network.cost.function(network.forward(inputs).outputs, targets)
by_autograd = torch.autograd.grad(cost, network.parameters)
largest = max(
    (ours - theirs).abs().max().item()
    for ours, theirs in zip(trace.gradients, by_autograd, strict=True)
)
print(f"largest difference to autograd: {largest:.1e}")

# %%
# The slope of every loss
# -----------------------
#
# The same check for the four losses of the library. A ``Cost`` is a loss with its gradient; the
# last of them takes class numbers for targets. A network finds its own by name in ``COSTS``.

outputs = torch.randn(8, 3, generator=chance, dtype=torch.float64)
for cost, answers in (
    (Cost(losses.quadratic, losses.quadratic_gradient), targets),
    (Cost(losses.mean_squared_error, losses.mean_squared_error_gradient), targets),
    (Cost(losses.binary_cross_entropy, losses.binary_cross_entropy_gradient), targets),
    (Cost(losses.cross_entropy, losses.cross_entropy_gradient), labels),
):
    slopes = central_differences(lambda a, c=cost, y=answers: c.function(a, y), outputs)
    difference = (cost.gradient(outputs, answers) - slopes).abs().max()
    print(f"{cost.function.__name__:20} largest difference {difference:.1e}")

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["gradients", "instant"]
