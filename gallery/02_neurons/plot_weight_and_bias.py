"""
The weight sets the slope, the bias the place
=============================================

A sigmoid neuron with one input has two numbers that learning can change. What each of them does
to the curve is worth knowing by eye: all that a network learns is made of such curves.

Chapter 3 shows how a neuron learns its weights.
"""

# %%
# A neuron with one input
# -----------------------
#
# It multiplies the input x by the weight w, adds the bias b, and squashes the sum to a number
# between 0 and 1, its output a.

import matplotlib.pyplot as plt
import torch

from dlbook import plotting
from dlbook.scratch.neuron import SigmoidNeuron

plotting.use_style()
plotting.neuron(["$x$"], ["$w$"], bias="$b$", output="$a$")
plt.show()

# %%
# One number at a time
# --------------------
#
# Left, only the weight changes. A larger one makes the curve steeper, a negative one turns it
# round; all pass through one half at the same place. Right, only the bias changes. The curve keeps
# its form and moves, to the left when the bias grows.

x = torch.linspace(-6, 6, 241, dtype=torch.float64)
panels = {
    "weight changes, bias is 0": {f"w = {w:g}": (w, 0.0) for w in (0.5, 1.0, 4.0, -1.0)},
    "bias changes, weight is 2": {f"b = {b:g}": (2.0, b) for b in (6.0, 0.0, -6.0)},
}
looks = [("data", "-"), ("error", "--"), ("gradient", "-."), ("weights", ":")]
figure, axes = plt.subplots(1, 2, figsize=(plotting.WIDTH, 3.4), sharey=True)
for axis, (title, curves) in zip(axes, panels.items(), strict=True):
    for (name, (weight, bias)), (color, style) in zip(curves.items(), looks, strict=False):
        neuron = SigmoidNeuron(torch.tensor([weight], dtype=torch.float64), bias=bias)
        output = neuron.output(x.unsqueeze(1))
        axis.plot(x.numpy(), output.numpy(), style, color=plotting.COLORS[color], label=name)
    axis.set_title(title, fontsize=11)
    axis.set_xlabel("input x")
    axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.25), ncols=2)
axes[0].set_ylabel("output a")
plt.show()

# %%
# The place of the middle
# -----------------------
#
# The output is one half where w x + b is 0, that is at x = -b / w. So the bias alone does not say
# where the middle is: with twice the weight, the same bias moves the curve half as far. At the
# middle the slope by x is w / 4, because the sigmoid has its largest slope there, one quarter.
# ``derivatives`` gives the slope by the bias, and w times that is the slope by x.

rows = []
for weight, bias in ((1.0, -3.0), (2.0, -3.0), (2.0, -6.0), (-4.0, 2.0)):
    neuron = SigmoidNeuron(torch.tensor([weight], dtype=torch.float64), bias=bias)
    middle = torch.tensor([[-bias / weight]], dtype=torch.float64)
    slope = weight * neuron.derivatives(middle)[1]
    rows.append([weight, bias, middle.item(), neuron.output(middle).item(), slope.item()])
print(plotting.Table(["weight", "bias", "middle", "output there", "slope there"], rows))

# sphinx_gallery_thumbnail_number = 2
# sphinx_gallery_tags = ["neurons", "instant"]
