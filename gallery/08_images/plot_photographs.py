"""
The first layer of a network paints in color
============================================

A hidden neuron that looks at a photograph has one weight for the red, the green and the blue of
each pixel. So its weights can be shown as a photograph, and show which colors it looks for, and
where.

Chapter 10 finds the limits of such networks.
"""

# %%
# Train on a part
# ---------------
#
# 8,000 photographs. Strong weight decay keeps small what training does not ask for, and what is
# left can be seen better.

import matplotlib.pyplot as plt
import torch

from dlbook import plotting
from dlbook.data import load
from dlbook.evaluation import evaluate
from dlbook.images import standardized
from dlbook.models import MLP, count_parameters
from dlbook.training import choose_device, fit, one_cycle

plotting.use_style()
data = load("cifar10")
print(data.provenance.describe())
device = choose_device()
inputs, test_inputs = (
    images.flatten(1).to(device)
    for images in standardized(data.train.inputs[:8000], data.test.inputs)
)
labels, test_labels = data.train.labels[:8000].to(device), data.test.labels.to(device)

torch.manual_seed(0)
model = MLP(3072, 64, 10).to(device)
optimizer = torch.optim.AdamW(model.parameters(), weight_decay=3.0)
epochs, batch_size = 6, 100
schedule = one_cycle(1e-3)(optimizer, epochs * len(inputs) // batch_size)
fit(
    model,
    inputs,
    labels,
    optimizer=optimizer,
    schedule=schedule,
    epochs=epochs,
    batch_size=batch_size,
)
print(f"{count_parameters(model):,} parameters, on {device}")

# %%
# Weights of hidden neurons as photographs
# ----------------------------------------
#
# The 24 hidden neurons with the largest weights. Gray is a weight of zero. Where a picture is blue,
# blue raises the neuron's input, and its opposite, yellow, lowers it.

weights = model.layers[0].weight.detach().cpu()
strongest = weights.norm(dim=1).argsort(descending=True)[:24]
pictures = weights[strongest].reshape(-1, 3, 32, 32)
limits = pictures.abs().flatten(1).quantile(0.99, dim=1)[:, None, None, None]
plotting.show_images((0.5 + pictures / (2 * limits)).clamp(0, 1))
plt.show()

# %%
# What they are good for
# ----------------------
#
# Precision: of the photographs that the network calls a cat, how many show one. Recall: of the
# photographs of cats, how many it calls so. Some classes are much easier than others.

result = evaluate(model, test_inputs, test_labels)
print(f"test accuracy {result.accuracy:.1%}")
figure = plotting.precision_recall(result, data.classes)
figure.set_size_inches(plotting.WIDTH, 3.6)
figure.axes[0].tick_params(axis="x", rotation=60)
figure.axes[0].set_ylim(0, 1)
plt.show()

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["images", "classification", "seconds"]
