"""
A loader pays per sample, an index per batch
============================================

A data loader asks for samples one by one and stacks them. Where all images lie in one tensor, a
batch can be taken by a single index operation instead. A small network may be fast enough to notice
who feeds it.

Chapter 14 looks at feeding, among other things that take time.
"""

# %%
# Two ways to a batch
# -------------------
#
# Both shuffle, and both yield (inputs, labels). The tensors are moved to the device once; what the
# loader yields has to be moved batch by batch.

from time import perf_counter

import matplotlib.pyplot as plt
import torch
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

from dlbook import plotting
from dlbook.data import load
from dlbook.models import MLP
from dlbook.training import choose_device

plotting.use_style()
data = load("fashion_mnist")
print(data.provenance.describe())
device = choose_device()
print(f"device: {device}")

n_images = 1024
dataset = TensorDataset(
    data.train.inputs[:n_images].flatten(1).float() / 255, data.train.labels[:n_images]
)
inputs, labels = (part.to(device) for part in dataset.tensors)


def by_index(batch_size):
    """Yield batches in a random order, each taken by one index operation."""
    for rows in torch.randperm(n_images, device=device).split(batch_size):
        yield inputs[rows], labels[rows]


def by_loader(batch_size):
    """Yield batches in a random order, each stacked from single samples."""
    for some_inputs, some_labels in DataLoader(dataset, batch_size, shuffle=True):
        yield some_inputs.to(device), some_labels.to(device)


# %%
# Samples per second
# ------------------
#
# For each batch size the best of five passes is taken: fetching by either way, and training
# 784-64-10 on batches that are there already.


def train_on(batches):
    """Train for a pass over the batches."""
    for some_inputs, some_labels in batches:
        optimizer.zero_grad()
        loss = cross_entropy(model(some_inputs), some_labels)
        loss.backward()
        optimizer.step()
    float(loss.detach())  # waits for a GPU


torch.manual_seed(0)
model = MLP(784, 64, 10).to(device)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
passes = {
    "fetching by index": lambda size: list(by_index(size)),
    "fetching by a loader": lambda size: list(by_loader(size)),
    "training, batches at hand": lambda size: train_on(at_hand),
}
sizes = [4**k for k in range(6)]
rates = {name: [] for name in passes}
for size in sizes:
    at_hand = list(by_index(size))
    for name, run in passes.items():
        seconds = []
        for _ in range(5):
            start = perf_counter()
            run(size)
            seconds.append(perf_counter() - start)
        rates[name].append(n_images / min(seconds))
for name, values in rates.items():
    print(f"{name:25} " + " ".join(f"{rate:>11,.0f}" for rate in values))

# %%
# Calls from Python cost the same for one sample as for many. By index there are as many as there
# are batches; a loader makes some for every sample, whatever the batch size. Where a fetching curve
# lies below that of training, the network waits for its data most of the time.
#
# A loader is still the way for images that do not fit into memory, and its ``num_workers`` fetch
# in other processes while the network computes.

figure, axis = plt.subplots(figsize=(plotting.WIDTH, 3.8))
looks = zip(("data", "error", "weights"), ("o-", "s-", "^--"), strict=True)
for (name, values), (color, line) in zip(rates.items(), looks, strict=True):
    axis.plot(sizes, values, line, color=plotting.COLORS[color], label=name)
axis.set(xscale="log", yscale="log", xlabel="samples in a batch (log scale)")
axis.set(ylabel="samples per second (log scale)")
axis.set_xticks(sizes, [str(size) for size in sizes])
axis.minorticks_off()
axis.legend(fontsize=11)
plt.show()

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["speed", "timed", "seconds"]
