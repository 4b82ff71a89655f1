"""
Four optimizers walk down one valley
====================================

A narrow valley is hard for plain gradient descent: it is steep across and almost level along. Its
step must be short enough for the steep direction, and is then too short for the other.
"""

# %%
# The valley
# ----------
#
# The cost is half of v1 squared plus 20 times v2 squared. Its gradient is known by formula, and
# each optimizer gets the same number of steps from the same start, with a learning rate of its own.

import matplotlib.pyplot as plt
import torch

from dlbook import plotting
from dlbook.scratch.optim import Adam, GradientDescent, RMSprop

plotting.use_style()
steepness = torch.tensor([1.0, 20.0], dtype=torch.float64)
start, n_steps = torch.tensor([-4.0, 1.5], dtype=torch.float64), 40
optimizers = {
    "gradient descent, 0.09": GradientDescent(0.09),
    "momentum 0.8, 0.04": GradientDescent(0.04, momentum=0.8),
    "RMSprop, 0.15": RMSprop(0.15, decay=0.9),
    "Adam, 0.4": Adam(0.4),
}

paths = {}
for name, optimizer in optimizers.items():
    v = start.clone()
    path = [v.clone()]
    for _ in range(n_steps):
        optimizer.step([v], [steepness * v])
        path.append(v.clone())
    paths[name] = torch.stack(path)

# %%
# The paths
# ---------
#
# Gradient descent zigzags between the walls and creeps along the floor. Momentum adds up what its
# steps have in common, and so swings through the bottom like a ball. RMSprop and Adam divide each
# direction by the size of its own gradients: the valley looks round to them. Adam has momentum
# too, and overshoots.

v1, v2 = torch.meshgrid(torch.linspace(-5, 2, 141), torch.linspace(-2, 2, 81), indexing="xy")
cost = (v1**2 * steepness[0] + v2**2 * steepness[1]) / 2
figure, axes = plt.subplots(2, 2, figsize=(plotting.WIDTH, 4.4), sharex=True, sharey=True)
for axis, (name, path) in zip(axes.flat, paths.items(), strict=True):
    axis.contour(v1.numpy(), v2.numpy(), cost.numpy(), levels=12, colors="gray", linewidths=0.5)
    axis.plot(path[:, 0].numpy(), path[:, 1].numpy(), "o-", color=plotting.COLORS["weights"], ms=3)
    axis.plot(0, 0, "*", color=plotting.COLORS["error"], ms=10)
    axis.set_title(name)
    axis.grid(visible=False)
for axis in axes[1]:
    axis.set_xlabel("v1")
for axis in axes[:, 0]:
    axis.set_ylabel("v2")
plt.show()

# %%
# The race
# --------
#
# The cost after each step, on a logarithmic scale. Who wins depends on the valley and on the
# learning rates: this is one race, not a ranking.

costs = {name: (path**2 * steepness).sum(dim=1) / 2 for name, path in paths.items()}
steps = list(range(n_steps + 1))
figure = plotting.lines(
    {name: (steps, cost.tolist()) for name, cost in costs.items()}, x="steps", y="cost (log scale)"
)
figure.axes[0].set_yscale("log")
plt.show()

for name, cost in costs.items():
    print(f"{name:24} cost after {n_steps} steps {cost[-1]:.1e}")
