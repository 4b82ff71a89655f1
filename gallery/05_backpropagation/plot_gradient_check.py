"""
Two ways to the same gradient
=============================

Backpropagation computes the gradient of a network by formula. It can be checked by moving one
weight a little and looking at the cost. The check has an accuracy of its own: too large a step
sees the curve, too small a step sees the rounding.
"""

# %%
# A small network
# ---------------
#
# Four inputs, five hidden neurons, three outputs; a batch of eight samples. All numbers have 64
# bits.

import torch

from dlbook import plotting
from dlbook.scratch.network import Network

plotting.use_style()
chance = torch.Generator().manual_seed(0)
network = Network(4, 5, 3, output="softmax", cost="cross-entropy", dtype=torch.float64)
inputs = torch.randn(8, 4, generator=chance, dtype=torch.float64)
targets = torch.eye(3, dtype=torch.float64)[torch.randint(3, (8,), generator=chance)]

trace = network.forward(inputs)
network.backward(trace, targets)
print("gradients:", [tuple(gradient.shape) for gradient in trace.gradients])

# %%
# Against finite differences
# --------------------------
#
# For each weight of the first layer: the change of the cost over the change of the weight, once
# forward only, once as the difference of a step forward and a step back.


def cost_with(row: int, column: int, change: float) -> float:
    """Return the cost with one weight of the first layer changed."""
    weights = network.weights[0]
    before = weights[row, column].item()
    weights[row, column] = before + change
    cost = network.cost.function(network.forward(inputs).outputs, targets).item()
    weights[row, column] = before
    return cost


places = [(row, column) for row in range(5) for column in range(4)]
exact = torch.stack([trace.weight_gradients[0][place] for place in places])
steps = [10.0**-k for k in range(1, 13)]
errors: dict[str, tuple[list[float], list[float]]] = {
    "one-sided": (steps, []),
    "central": (steps, []),
}
for step in steps:
    ahead = torch.tensor([cost_with(*place, step) for place in places], dtype=torch.float64)
    here = torch.tensor([cost_with(*place, 0.0) for place in places], dtype=torch.float64)
    behind = torch.tensor([cost_with(*place, -step) for place in places], dtype=torch.float64)
    for name, slope in (
        ("one-sided", (ahead - here) / step),
        ("central", (ahead - behind) / (2 * step)),
    ):
        errors[name][1].append(((slope - exact).norm() / exact.norm()).item())

figure = plotting.lines(errors, x="step of the weight", y="relative difference", log_x=True)
figure.axes[0].set_yscale("log")

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
