"""
A network of two layers reads digits
====================================

Ten lines train it. Its first layer can be looked at: every hidden neuron has one weight per pixel,
and drawn as an image the weights show what the neuron responds to.

Chapter 1 takes these lines apart one by one.
"""

# %%
# The data come as 8-bit images. A dense layer wants rows of floating-point numbers, about 1 in
# size.

import matplotlib.pyplot as plt
import torch

from dlbook import plotting
from dlbook.data import load
from dlbook.evaluation import evaluate
from dlbook.models import MLP, count_parameters
from dlbook.training import fit

plotting.use_style()
data = load("mnist")
print(data.provenance.describe())

n_train = 12_000
train_inputs = data.train.inputs[:n_train].flatten(1).float() / 255
train_labels = data.train.labels[:n_train]
test_inputs = data.test.inputs.flatten(1).float() / 255

# %%
# Train
# -----
#
# 64 hidden neurons, ReLU, Adam, batches of 32, five epochs. Nothing is chosen by looking at the
# test images.

torch.manual_seed(0)
model = MLP(784, 64, 10)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.1)
history = fit(model, train_inputs, train_labels, optimizer=optimizer, epochs=5, batch_size=32)
result = evaluate(model, test_inputs, data.test.labels)
print(f"{count_parameters(model):,} parameters, {history.steps:,} updates, seed 0")
print(f"test accuracy on {data.title}: {result.accuracy:.3f}")

# %%
# What the hidden neurons look for
# --------------------------------
#
# The 15 neurons with the largest weights. Orange pixels lower a neuron's input, purple ones raise
# it. Some neurons look for a stroke in one place and its absence beside it.

weights = model.layers[0].weight.detach()
strongest = weights.norm(dim=1).argsort(descending=True)[:15]
plotting.show_weights(weights[strongest].reshape(-1, 28, 28), columns=5)
plt.show()

# %%
# What the layer makes of the digits
# ----------------------------------
#
# 300 test images, each drawn as its label, in the plane in which they spread most: first the 784
# pixels, then the 64 numbers that the hidden layer makes of them. The smaller the share of the
# variance that lies within the classes, the better the classes are apart.

labels = data.test.labels[:300]
with torch.no_grad():
    hidden = model.layers[:2](test_inputs[:300])
panels = {}
for name, rows in {"784 pixels": test_inputs[:300], "64 hidden numbers": hidden}.items():
    centered = rows - rows.mean(0)
    directions = torch.linalg.svd(centered, full_matrices=False).Vh
    panels[name] = centered @ directions[:2].T
    means = torch.stack([rows[labels == digit].mean(0) for digit in range(10)])
    within = (rows - means[labels]).square().sum() / centered.square().sum()
    print(f"{name}: {within:.0%} of the variance lies within the classes")
plotting.scatter_classes(panels, labels, data.classes)
plt.show()

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["images", "neurons", "seconds"]
