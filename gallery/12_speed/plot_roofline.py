"""
Two measured numbers put a roof on every network
================================================

A processor makes only so many multiply-adds in a second, and memory brings it only so many bytes.
How fast a network can run depends on how much it does with each byte. Measure two rates, count the
work of a network, and you know the limit before it runs.

Chapter 14 explains the roofline.
"""

# %%
# Two measurements
# ----------------
#
# Copying a large array, piece after piece, measures memory: every number is read and written once.
# The product of two large matrices measures arithmetic: it uses every number hundreds of times. The
# fastest of several calls counts, for whatever else the machine does can only make a call longer.
# The last line answers a related question: are numbers of 16 bits multiplied faster here than those
# of 32?

import timeit
from math import prod

import matplotlib.pyplot as plt
import torch

from dlbook import plotting
from dlbook.efficientnet import load_lite0
from dlbook.models import MLP, LeNet, ResidualCNN, SimpleCNN, describe
from dlbook.training import faster_precision

plotting.use_style()


def fastest_call(statement, **names):
    """Return the seconds of the fastest of several calls."""
    return min(timeit.repeat(statement, globals=names, number=1, repeat=20))


row, copy = torch.ones(2, 24_000_000)
pieces = zip(row.split(10**6), copy.split(10**6), strict=True)
step = "piece, place = next(pieces); place.copy_(piece)"
bandwidth = 2 * 4 * 10**6 / fastest_call(step, pieces=pieces)
squares = [torch.ones(side, side) for side in (256, 512, 1024)]
peak = max(len(square) ** 3 / fastest_call("square @ square", square=square) for square in squares)
print(f"threads:    {torch.get_num_threads()}")
print(f"memory:     {bandwidth / 1e9:6.1f} billion bytes per second")
print(f"arithmetic: {peak / 1e9:6.1f} billion multiply-adds per second")
print(f"format for the fastest training here: {faster_precision(torch.device('cpu'))}")

# %%
# Count, then measure
# -------------------
#
# ``describe`` lists the layers of a network with their multiply-adds. A batch reads all parameters
# once; each layer reads what the one before it wrote, and writes its own output, 4 bytes for each
# number.

cases = {
    "7-10-3, 1 grain": (MLP(7, 10, 3), (7,), 1),
    "784-64-10, 1 digit": (MLP(784, 64, 10), (784,), 1),
    "784-64-10, 1000 digits": (MLP(784, 64, 10), (784,), 1000),
    "SimpleCNN, 16 clothes": (SimpleCNN(1, 28), (1, 28, 28), 16),
    "LeNet, 16 photos": (LeNet(3, 32), (3, 32, 32), 16),
    "ResidualCNN, 16 photos": (ResidualCNN(), (3, 32, 32), 16),
    "Lite0, 1 large photo": (load_lite0(), (3, 224, 224), 1),
}
places = {}
for name, (network, shape, size) in cases.items():
    found = describe(network, shape)
    passed = [prod(shape), *(prod(layer.output_shape) for layer in found.layers)]
    # All are written once and read once, but the inputs and the outputs of the network.
    n_bytes = 4 * (found.n_parameters + size * (2 * sum(passed) - passed[0] - passed[-1]))
    batch = torch.ones(size, *shape)
    if batch.ndim == 4:  # where convolutions want the channels
        batch = batch.to(memory_format=torch.channels_last)
        network.to(memory_format=torch.channels_last)
    with torch.inference_mode():
        seconds = fastest_call("network(batch)", network=network.eval(), batch=batch)
    work = size * found.multiply_adds
    places[name] = work / n_bytes, work / seconds
    print(
        f"{name:23} {work / n_bytes:5.1f} multiply-adds per byte, {work / seconds:.0e} per second"
    )

# %%
# Under the roof
# --------------
#
# Left of the ridge memory is the limit, and faster arithmetic does not help; right of it arithmetic
# is. What lies far below the roof is bound by neither: in a small network with a single input most
# of the time goes into the calls themselves. A mark can lie above the slanted part where a cache
# keeps the numbers, so that they do not come from memory.

low, high = 0.05, 100
ends = sorted([low, peak / bandwidth, high])
roof = [min(peak, end * bandwidth) for end in ends]
figure, axis = plt.subplots(figsize=(plotting.WIDTH, 5.2))
axis.plot(ends, roof, color=plotting.COLORS["error"], linewidth=3)
axis.fill_between(ends, roof, 10 * peak, color=plotting.COLORS["error"], alpha=0.12, linewidth=0)
for (name, place), marker in zip(places.items(), plotting.MARKERS, strict=True):
    axis.plot(*place, marker, markersize=9, label=name)
axis.set(xscale="log", yscale="log", xlim=(low, high), ylim=(None, 10 * peak))
axis.set(xlabel="multiply-adds per byte (log scale)", ylabel="multiply-adds per second (log scale)")
figure.legend(loc="outside lower center", ncols=2, fontsize=10)
plt.show()

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["speed", "timed", "seconds"]
