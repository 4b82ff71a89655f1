"""
The step against the gradient lowers the cost most
==================================================

Let a cost depend on two numbers: it is a landscape, and the gradient holds its slopes to the east
and to the north. Slopes are known at one place only. Still they say what every short step from
there will do, and so which one to take.

Chapter 4 derives the step from the gradient.
"""

# %%
# The slopes of a valley
# ----------------------
#
# ``central_differences`` moves each number a little to both sides and looks at the cost: it needs
# no formula for the slopes.

import matplotlib.pyplot as plt
import torch

from dlbook import plotting
from dlbook.scratch.differences import central_differences
from dlbook.scratch.optim import GradientDescent

plotting.use_style()


def height(v1, v2):
    """Return the cost of two numbers: a valley along the first, twice as steep across."""
    return (v1**2 + 2 * v2**2) / 2


here = torch.tensor([-2.0, 1.0], dtype=torch.float64)
gradient = central_differences(lambda v: height(*v), here)
print("cost here:", height(*here).item())
print("gradient here:", [round(slope, 6) for slope in gradient.tolist()])

# %%
# All steps of one length
# -----------------------
#
# From one place 24 steps of the same length lead in all directions. Purple ones lower the cost,
# orange ones raise it, the more the darker. The green arrow points against the gradient, at a right
# angle to the line of equal cost through the place. Along that line, to both sides, hardly anything
# changes.

angles = torch.arange(24, dtype=torch.float64) * (2 * torch.pi / 24)
angles = angles + torch.atan2(-gradient[1], -gradient[0])
steps = 0.6 * torch.stack([angles.cos(), angles.sin()], dim=1)
changes = height(*(here + steps).T) - height(*here)

figure, axis = plt.subplots(figsize=(plotting.WIDTH, 3.9))
grid = torch.meshgrid(torch.linspace(-2.9, 0.1, 121), torch.linspace(-0.3, 1.9, 89), indexing="xy")
contours = axis.contour(
    *(g.numpy() for g in grid), height(*grid).numpy(), levels=14, colors="0.75", linewidths=1
)
axis.clabel(contours, fontsize=9)
limit = changes.abs().max().item()
fan = axis.quiver(
    *here.expand(24, 2).T.numpy(),
    *steps.T.numpy(),
    changes.numpy(),
    cmap="PuOr_r",
    clim=(-limit, limit),
    angles="xy",
    scale_units="xy",
    scale=1,
    width=0.012,
    edgecolor="0.5",
    linewidth=0.5,
)
figure.colorbar(fan, label="change of the cost", shrink=0.8)
direction = gradient / gradient.norm()
ends = [(here - length * direction).tolist() for length in (0.66, 1.3)]
arrow = {"arrowstyle": "-|>", "color": plotting.COLORS["gradient"], "linewidth": 3}
axis.annotate("", ends[1], ends[0], arrowprops={**arrow, "mutation_scale": 22})
axis.set(xlabel="v1", ylabel="v2", aspect="equal")
axis.grid(visible=False)
plt.show()
print("angle of the lowest cost to the green arrow:", 15 * changes.argmin().item(), "degrees")

# %%
# Predicted and actual
# --------------------
#
# The gradient predicts the change of a short step: the sum of slope times length. The prediction
# is the better the shorter the step: with half the length a quarter of the difference is left.

print("length   predicted      actual   difference")
for part in (1.0, 0.5, 0.25, 0.125):
    step = part * steps[0]
    predicted, actual = (gradient @ step).item(), (height(*(here + step)) - height(*here)).item()
    print(f"{step.norm():6.4f} {predicted:11.5f} {actual:11.5f} {actual - predicted:12.5f}")

# %%
# Step by step
# ------------
#
# Descent repeats this: find the slopes, take a step against them, look again.

place, path = here.clone(), [here.clone()]
descent = GradientDescent(0.2)
for _ in range(25):
    descent.step([place], [central_differences(lambda v: height(*v), place)])
    path.append(place.clone())
plotting.valleys(height, {"25 steps": torch.stack(path)}, v1=(-3, 1), v2=(-1, 1.5))
plt.show()
print(f"cost at the end: {height(*place).item():.1e}")

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["optimization", "gradients", "instant"]
