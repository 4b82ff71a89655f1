"""
Errors flow back through the weights
====================================

Nobody says what a hidden neuron should have answered. Still it has an error: how much the cost
changes with its weighted input. Errors are known at the outputs, and go back to the hidden neurons
by the same weights that carried the activations forward.

Chapter 6 derives the four equations.
"""

# %%
# Forward: activations
# --------------------
#
# Two inputs, four and three hidden neurons, two outputs; one sample. ``forward`` writes all that it
# computes into a ``Trace``.

import matplotlib.pyplot as plt
import torch

from dlbook import plotting
from dlbook.scratch.network import Network, Trace

plotting.use_style()
network = Network(2, 4, 3, 2, hidden="tanh", output="sigmoid", seed=1, dtype=torch.float64)
sample = torch.tensor([[1.0, -0.5]], dtype=torch.float64)
target = torch.tensor([[1.0, 0.0]], dtype=torch.float64)

trace: Trace = network.forward(sample)
for layer, activations in enumerate(trace.activations):
    print(f"activations of layer {layer}:", [round(a, 3) for a in activations[0].tolist()])

# %%
# Backward: errors
# ----------------
#
# Equation 1 gives the errors of the outputs: output minus target, times the slope of the activation
# function. Equation 2 takes them one layer back: each neuron adds up what comes back over its
# weights, and multiplies the sum by its own slope.

network.backward(trace, target)
for layer in (2, 1):
    arriving = trace.errors[layer] @ network.weights[layer]
    by_hand = arriving * network.hidden.derivative(trace.weighted_inputs[layer - 1])
    difference = (by_hand - trace.errors[layer - 1]).abs().max().item()
    print(f"errors of layer {layer} by equation 2, difference: {difference:.0e}")

# %%
# The way back, drawn
# -------------------
#
# In each circle stands the error of the neuron: orange where a larger weighted input raises the
# cost, purple where it lowers it. The width of a line is what goes back over this weight: error
# times weight. Nothing goes back over the lines from the inputs: these are given, and have no
# error.

names = [[f"{error:+.2f}" for error in layer[0].tolist()] for layer in trace.errors]
figure = plotting.layered_network(
    [["$x_1$", "$x_2$"], *names], ["inputs", "layer 1", "layer 2", "outputs"]
)
axis, shades = figure.axes[0], plt.get_cmap("PuOr_r")
flows = [torch.zeros(4, 2), *(trace.errors[k].T * network.weights[k] for k in (1, 2))]
flows = torch.cat([flow.T.flatten() for flow in flows]).tolist()
for line, flow in zip(axis.lines, flows, strict=True):
    color = shades(0.85 if flow > 0 else 0.15) if flow else plotting.COLORS["neutral"]
    line.set(color=color, linewidth=0.6 + 40 * abs(flow))
errors = torch.cat(trace.errors, dim=1)[0]
for circle, error in zip(axis.patches[2:], errors / errors.abs().max(), strict=True):
    circle.set(fill=True, facecolor=shades(0.5 + 0.3 * error.item()), zorder=2.5)
plt.show()

# %%
# From the errors to the gradients
# --------------------------------
#
# The gradient of a weight is the activation before it times the error behind it: equation 4.

for layer, layer_errors in enumerate(trace.errors):
    product = torch.outer(layer_errors[0], trace.activations[layer][0])
    same = torch.allclose(product, trace.weight_gradients[layer])
    print(f"layer {layer + 1}: error times activation is the gradient of the weights: {same}")

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["gradients", "instant"]
