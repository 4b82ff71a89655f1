"""
A recorded computation can be walked back
=========================================

The four equations fit one kind of network. A program that records each operation, and knows the
slope of each, finds the gradient of whatever was computed. Where a number is used twice, two ways
lead back to it, and what they bring is added.

Chapter 6 builds the engine.
"""

# %%
# Record
# ------
#
# A ``Variable`` holds a tensor and remembers what it was computed from. Here the input x goes to
# two neurons; their outputs are added, and the cost is the squared distance of the sum from 1. To
# each operand belongs a ``Rule``: what it gets of the gradient of the result.

import matplotlib.pyplot as plt
import torch

from dlbook import plotting
from dlbook.scratch.autograd import Variable, graph
from dlbook.scratch.differences import central_differences

plotting.use_style()


def two_neurons(w1, w2, x):
    """Return the cost of two sigmoid neurons that share an input."""
    return ((w1 * x).apply("sigmoid") + (w2 * x).apply("sigmoid") + -1.0) ** 2


names, values = ("w1", "w2", "x"), torch.tensor([0.5, -1.5, 2.0], dtype=torch.float64)
variables = [Variable(value, name) for name, value in zip(names, values, strict=True)]
cost = two_neurons(*variables)
order = graph(cost)
print(len(order), "variables, each after what it was computed from:")
print(", ".join(variable.name for variable in order))

# %%
# Values and gradients on the way back
# ------------------------------------
#
# ``backward`` starts at the cost with a gradient of 1 and goes through the list from its end. Below
# each name stands the value, and after ∇ the gradient of the cost.

cost.backward()
plotting.computation_graph(cost)
plt.show()

# %%
# Two ways to x
# -------------
#
# Each product sends x its own gradient times the weight. The sum of both is the gradient of x.

w1, w2, x = variables
products = [v for v in order if any(operand is x for operand, _ in v.operands)]
shares = [
    (product.gradient * weight.data).item()
    for product, weight in zip(products, (w1, w2), strict=True)
]
print(f"over w1 {shares[0]:+.4f}, over w2 {shares[1]:+.4f}: together {sum(shares):+.4f}")
print(f"gradient of x as recorded {x.gradient.item():+.4f}")

# %%
# The same by moving each number a little.

slopes = central_differences(lambda v: two_neurons(*map(Variable, v)).data, values)
for variable, slope in zip(variables, slopes.tolist(), strict=True):
    print(f"{variable.name:2} recorded {variable.gradient.item():+.6f}, measured {slope:+.6f}")

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["gradients", "instant"]
