"""
Lists and loops are enough to learn
===================================

A neural network needs no library. With lists of floats, a few loops and Python's own modules one
can be written and trained, and it names the variety of a grain of wheat by seven measurements.

Chapter 7 compares it with tensors and with PyTorch.
"""

# %%
# The grains
# ----------
#
# Every fifth grain is held back. Measurements have different units and sizes, so each is scaled to
# 0..1 by the smallest and the largest value among the grains to learn from.

import matplotlib.pyplot as plt
from matplotlib.patches import Ellipse

from dlbook import plotting
from dlbook.data import load
from dlbook.scratch import plain

plotting.use_style()
data = load("seeds")
print(data.provenance.describe())

table, labels = data.train.inputs.tolist(), data.train.labels.tolist()
learning = [k for k in range(len(table)) if k % 5]
held_back = [k for k in range(len(table)) if k % 5 == 0]
columns = list(zip(*(table[k] for k in learning), strict=True))
rows = [
    [(x - min(c)) / (max(c) - min(c)) for x, c in zip(row, columns, strict=True)] for row in table
]
print(f"{len(learning)} grains to learn from, {len(held_back)} held back; measured:")
print(", ".join(data.features))

# %%
# One step
# --------
#
# A ``Layer`` is a list of rows of weights and a list of biases. Forward, backward, and a small move
# against the gradient: here for the first grain.

network = plain.new_network(7, 10, 3, seed=0)
grain, wanted = rows[learning[0]], [1.0, 0.0, 0.0]
for _ in range(3):
    activations = plain.forward(network, grain)
    cost = sum((a - y) ** 2 for a, y in zip(activations[-1], wanted, strict=True)) / 2
    print("outputs", [round(a, 3) for a in activations[-1]], f"cost {cost:.4f}")
    plain.descend(network, plain.backward(network, activations, wanted), learning_rate=0.5)

# %%
# All that a neuron computes is a weighted sum through a sigmoid.

layer: plain.Layer = network[0]
products = [w * x for w, x in zip(layer.weights[0], grain, strict=True)]
z = sum(products, layer.biases[0])
same = plain.sigmoid(z) == plain.forward(network, grain)[1][0]
print(f"first hidden neuron by hand {plain.sigmoid(z):.12f}, the same: {same}")

# %%
# Many steps
# ----------
#
# A new network, 150 passes over the grains, with a learning rate that falls slowly.

network = plain.new_network(7, 10, 3, seed=0)
learn_rows, learn_labels = [rows[k] for k in learning], [labels[k] for k in learning]
plain.train(network, learn_rows, learn_labels, lambda p: 0.3 / (1 + 0.01 * p), 150 * len(learning))
read = plain.predict(network, [rows[k] for k in held_back])
right = sum(found == labels[k] for found, k in zip(read, held_back, strict=True))
print(f"{right} of {len(held_back)} grains that were held back are named right")

# %%
# The grains held back
# --------------------
#
# Ellipses as long and as wide as the kernels, each in the row of its variety. The color is the
# variety that the network reads; a cross marks a mistake.

colors = [plotting.COLORS[name] for name in ("data", "error", "gradient")]
figure, axis = plt.subplots(figsize=(plotting.WIDTH, 2.9))
places = [0] * len(data.classes)
for found, k in zip(read, held_back, strict=True):
    length, width, label = table[k][3], table[k][4], labels[k]
    spot = (4.2 * places[label], -7.5 * label)
    places[label] += 1
    axis.add_patch(Ellipse(spot, width, length, color=colors[found], alpha=0.75))
    if found != label:
        axis.plot(*spot, "kx", markersize=11, markeredgewidth=2.5)
for name, color in zip(data.classes, colors, strict=True):
    axis.plot([], [], "o", color=color, markersize=9, label=f"read as {name}")
figure.legend(loc="outside upper center", ncols=3, handletextpad=0, columnspacing=0.8)
axis.set(aspect="equal", xlim=(-3, 4.2 * max(places) - 1), ylim=(-18.5, 3.5))
axis.set(xlabel="mm", ylabel="variety")
axis.set_yticks([0, -7.5, -15], data.classes)
axis.grid(visible=False)
plt.show()

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["data", "classification", "instant"]
