"""
Where an activation function is flat, learning stops
====================================================

A neuron learns through the slope of its activation function: the error at its output is multiplied
by that slope on the way back. Where the slope is close to zero, hardly anything comes through.

Chapter 3 derives the slopes, and says where each function is used.
"""

# %%
# Six functions and their slopes
# ------------------------------
#
# Solid: the function. Dashed: its derivative, computed by the formula that stands beside it in the
# library. Both together are an ``Activation``.

import matplotlib.pyplot as plt
import torch

from dlbook import plotting
from dlbook.scratch import activations
from dlbook.scratch.activations import ACTIVATIONS

plotting.use_style()
z = torch.linspace(-5, 5, 401, dtype=torch.float64)

figure, axes = plt.subplots(2, 3, figsize=(plotting.WIDTH, 4.2), sharex=True, sharey=True)
for axis, (name, activation) in zip(axes.flat, ACTIVATIONS.items(), strict=True):
    axis.plot(z.numpy(), activation.function(z).numpy(), color=plotting.COLORS["data"])
    slope = activation.derivative(z).numpy()
    axis.plot(z.numpy(), slope, "--", color=plotting.COLORS["gradient"])
    axis.set_title(name)
axes[0, 0].set_ylim(-1.3, 2.3)
for axis in axes[1]:
    axis.set_xlabel("weighted input z")
for axis in axes[:, 0]:
    axis.set_ylabel("activation, slope")
plt.show()

# %%
# How much comes through ten layers
# ---------------------------------
#
# If ten neurons in a row all have the same weighted input z, the error that reaches the first is
# multiplied by the slope ten times. The largest slope of the sigmoid is 1/4, so at most
# (1/4) ** 10 is left of it; ReLU passes on everything or nothing.

inputs = torch.tensor([-2.0, 0.0, 0.5, 2.0, 5.0], dtype=torch.float64)
print("z             " + "".join(f"{value:>10.1f}" for value in inputs.tolist()))
for name, activation in ACTIVATIONS.items():
    left = activation.derivative(inputs) ** 10
    print(f"{name:14}" + "".join(f"{value:>10.1e}" for value in left.tolist()))

# %%
# ``gelu`` can even pass on more than came: its largest slope is above 1.

print(f"largest slope of GELU: {activations.gelu_derivative(z).max().item():.3f}")

# %%
# Relatives
# ---------
#
# The six are fewer than they look. Tanh is a sigmoid made twice as high and twice as steep, so its
# slope at 0 is four times as large. The leaky ReLU becomes ReLU if its slope on the left is 0, and
# linear if it is 1.

two_sigmoids = 2 * activations.sigmoid(2 * z) - 1
leaky, leaky_slope = activations.leaky_relu, activations.leaky_relu_derivative
differences = {
    "tanh": activations.tanh(z) - two_sigmoids,
    "slope of tanh": activations.tanh_derivative(z) - 4 * activations.sigmoid_derivative(2 * z),
    "ReLU": activations.relu(z) - leaky(z, slope=0),
    "slope of ReLU": activations.relu_derivative(z) - leaky_slope(z, slope=0),
    "linear": activations.linear(z) - leaky(z, slope=1),
    "slope of linear": activations.linear_derivative(z) - leaky_slope(z, slope=1),
}
for name, difference in differences.items():
    print(f"{name:15} differs by at most {difference.abs().max().item():.0e}")

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["activations", "gradients", "instant"]
