"""
Four optimizers walk down one valley
====================================

A narrow valley is hard for plain gradient descent: it is steep across and almost level along. Its
step must be short enough for the steep direction, and is then too short for the other.

Chapter 4 races them on digits too.
"""

# %%
# The valley
# ----------
#
# The cost is half of v1 squared plus 20 times v2 squared. Its gradient is known by formula, and
# each optimizer gets the same number of steps from the same start, with a learning rate of its own
# (after the comma). An ``Optimizer`` is whatever has a ``step`` that takes parameters and
# gradients.

import matplotlib.pyplot as plt
import torch

from dlbook import plotting
from dlbook.scratch.optim import Adam, GradientDescent, Optimizer, RMSprop

plotting.use_style()
steepness = torch.tensor([1.0, 20.0], dtype=torch.float64)
start, n_steps = torch.tensor([-4.0, 1.5], dtype=torch.float64), 40
optimizers: dict[str, Optimizer] = {
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

plotting.valleys(
    lambda v1, v2: (v1**2 * steepness[0] + v2**2 * steepness[1]) / 2, paths, v1=(-5, 2), v2=(-2, 2)
)
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

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["optimization", "instant"]
