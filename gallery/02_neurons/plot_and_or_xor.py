"""
One unit learns AND and OR, but never XOR
=========================================

A threshold unit with two inputs divides the plane by a straight line. AND and OR have their ones
on one side of a line, XOR has not. Rosenblatt's rule finds a line where there is one, and goes on
for ever where there is none.

Chapter 3 proves both.
"""

# %%
# Learn from mistakes
# -------------------
#
# ``learn`` shows the four inputs again and again. After a mistake it adds the input to the weights
# or subtracts it; after a pass without a mistake it stops. What it returns is a ``Learned``: the
# weights, the bias and the mistakes.

import matplotlib.pyplot as plt
import torch

from dlbook import plotting
from dlbook.scratch.perceptron import fires, learn, novikoff_bound

plotting.use_style()
corners = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
tasks = {
    "AND": torch.tensor([0.0, 0.0, 0.0, 1.0]),
    "OR": torch.tensor([0.0, 1.0, 1.0, 1.0]),
    "XOR": torch.tensor([0.0, 1.0, 1.0, 0.0]),
}
results = {name: learn(corners, labels, max_passes=12) for name, labels in tasks.items()}
for name, result in results.items():
    print(f"{name:3} weights {result.weights.tolist()}, bias {result.bias.item():+.0f}, ", end="")
    print("mistakes in each pass:", *result.mistakes)

# %%
# Circles should lie on the shaded side, where the unit fires, and crosses on the other; on the line
# itself the unit is silent. For XOR it is the line after the last pass. No line has all four right.

side = torch.linspace(-0.5, 1.5, 201)
plane = torch.cartesian_prod(side, side)
figure, axes = plt.subplots(1, 3, figsize=(plotting.WIDTH, 2.5), sharex=True, sharey=True)
for axis, (name, labels) in zip(axes, tasks.items(), strict=True):
    result = results[name]
    shade = fires(plane, result.weights, result.bias).reshape(201, 201).T
    axis.contourf(
        side.numpy(),
        side.numpy(),
        shade.numpy(),
        levels=[0.5, 1.5],
        colors=[plotting.COLORS["data"]],
        alpha=0.2,
    )
    for label, marker, color in ((1, "o", "data"), (0, "x", "error")):
        x1, x2 = corners[labels == label].T.numpy()
        axis.plot(x1, x2, marker, color=plotting.COLORS[color], markersize=10, markeredgewidth=2.5)
    wrong = int((fires(corners, result.weights, result.bias) != labels).sum())
    axis.set(title=f"{name}: {wrong} wrong", xlabel="input x1", xticks=[0, 1], yticks=[0, 1])
    axis.set_aspect("equal")
    axis.grid(visible=False)
axes[0].set_ylabel("input x2")
plt.show()

# %%
# How many mistakes?
# ------------------
#
# If some line separates the samples, Novikoff's bound limits the mistakes of all passes together.
# We take lines that are easy to find: both weights 1, and the bias says how many ones are needed.

for name, bias in (("AND", -1.5), ("OR", -0.5)):
    bound = novikoff_bound(corners, tasks[name], torch.ones(2), bias)
    print(f"{name:3} {sum(results[name].mistakes)} mistakes, bound {bound:.0f}")

figure = plotting.lines(
    {
        name: (range(1, len(result.mistakes) + 1), result.mistakes)
        for name, result in results.items()
    },
    x="pass over the four inputs",
    y="mistakes (count)",
)
figure.axes[0].set_ylim(-0.2, 4.5)
plt.show()

# %%
# For XOR there is no such line, so there is no bound. From the third pass on each pass makes the
# same four mistakes, and the four updates cancel: the weights go round in a loop.

print("XOR, weights and bias after each pass:")
for k, (w1, w2, b) in enumerate(results["XOR"].path[:6].tolist()):
    print(f"pass {k}: w = ({w1:+.0f}, {w2:+.0f}), b = {b:+.0f}")

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["neurons", "instant"]
