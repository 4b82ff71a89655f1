"""
A bias is a threshold with the opposite sign
============================================

A fan is to run when it is warmer than a threshold. A unit that does so compares its input with the
threshold, or adds a bias and compares with 0. Neurons are written in the second way, and it is easy
to turn the wrong way round.

Chapter 3 begins with such a unit and makes it smooth.
"""

# %%
# One day, three thresholds
# -------------------------
#
# ``fires`` is the threshold unit of the library: 1 where w x + b is above 0, else 0. The weight is
# 1 per degree, the bias minus the threshold.

import math

import matplotlib.pyplot as plt
import torch

from dlbook import plotting
from dlbook.scratch.neuron import SigmoidNeuron
from dlbook.scratch.perceptron import fires

plotting.use_style()
hours = torch.linspace(0, 24, 481, dtype=torch.float64)
day = torch.sin(2 * math.pi * (hours - 9) / 24)
temperature = 19 + 6 * day + 1.2 * torch.sin(2 * math.pi * hours / 4)
inputs, weight = temperature.unsqueeze(1), torch.ones(1, dtype=torch.float64)

for threshold in (16.0, 19.0, 22.0):
    output = fires(inputs, weight, bias=-threshold)
    same = bool(((temperature > threshold) == (output == 1)).all())
    print(
        f"threshold {threshold:.0f} °C, bias {-threshold:+.0f}: "
        f"fires {24 * output.mean():.1f} hours, as the comparison does: {same}"
    )

# %%
# A lower threshold is a larger bias, and the unit fires more often.
#
# Jump and slide
# --------------
#
# A sigmoid neuron has the same weight and the same bias. Both change their mind at the threshold,
# where w x + b is 0: the unit jumps from 0 to 1 there, the neuron passes through one half. A large
# output of the neuron says that it is not only warmer but much warmer.

threshold = 22.0
neuron = SigmoidNeuron(weight, bias=-threshold)
jump, slide = fires(inputs, weight, bias=-threshold), neuron.output(inputs)

figure, (above, below) = plt.subplots(2, 1, figsize=(plotting.WIDTH, 4.4), sharex=True)
above.plot(hours.numpy(), temperature.numpy(), color=plotting.COLORS["data"])
above.axhline(threshold, color=plotting.COLORS["weights"], linestyle="--")
above.text(0.2, threshold + 0.4, "threshold", color=plotting.COLORS["weights"])
above.fill_between(
    hours.numpy(),
    threshold,
    temperature.clamp(min=threshold).numpy(),
    color=plotting.COLORS["error"],
    alpha=0.3,
)
above.set_ylabel("temperature (°C)")
below.plot(hours.numpy(), jump.numpy(), color=plotting.COLORS["error"], label="threshold unit")
below.plot(hours.numpy(), slide.numpy(), "--", color=plotting.COLORS["data"], label="neuron")
below.axhline(0.5, color=plotting.COLORS["neutral"], linewidth=0.8)
below.set(xlabel="time of day (hours)", ylabel="output", xticks=range(0, 25, 4), xlim=(0, 24))
below.legend(loc="upper left")
plt.show()

# %%
# Rounded to 0 or 1, the neuron says what the unit says.

print("the neuron is above 1/2 exactly where the unit fires:", torch.equal(slide > 0.5, jump == 1))

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["neurons", "instant"]
