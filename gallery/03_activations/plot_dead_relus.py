"""
A ReLU that is never active stops learning
==========================================

ReLU passes on the slope 1 where its input is positive, and 0 where it is not. A neuron whose input
is negative for every sample gets no gradient at all, so nothing can bring it back. It is called
dead.

Chapter 3 has the slopes, and chapter 6 shows how they are multiplied.
"""

# %%
# Where the loop is cut
# ---------------------
#
# Learning goes round: predictions, loss, gradients, update. A gradient reaches the weights of a
# hidden neuron only through the slope of its activation function. With a slope of 0 for all
# samples the update is 0, and the next round finds the neuron as it was.

import matplotlib.pyplot as plt
import torch

from dlbook import plotting
from dlbook.scratch.activations import gelu_derivative, leaky_relu_derivative, relu_derivative
from dlbook.scratch.network import Network
from dlbook.scratch.optim import Adam

plotting.use_style()
plotting.feedback_loop()
plt.show()

z = torch.tensor([-2.0, -1.0, 1.0])
for name, slope in (
    ("ReLU", relu_derivative),
    ("leaky ReLU", leaky_relu_derivative),
    ("GELU", gelu_derivative),
):
    print(f"{name:10} slopes at {z.tolist()}:", [f"{value:+.2f}" for value in slope(z)])

# %%
# A network with a bad start
# --------------------------
#
# Sixteen hidden neurons learn a wave of one input. Their biases start at -2, and the inputs lie
# between -1 and 1, so that many neurons are active for no sample. The leaky ReLU starts with the
# very same weights. It lets a hundredth of the slope through; Adam, which divides a gradient by
# its usual size, makes that enough.

x = torch.linspace(-1, 1, 101).unsqueeze(1)
wave = torch.sin(4 * x)
n_steps, every = 1500, 10
shares, costs = {}, {}
for name in ("ReLU", "leaky ReLU"):
    network = Network(1, 16, 1, hidden=name, output="linear", seed=0)
    network.weights[0] *= 3
    network.biases[0] -= 2
    start = network.weights[0].clone()
    optimizer = Adam(0.01)
    seen = []
    for step in range(n_steps):
        trace = network.forward(x)
        if step % every == 0:
            seen.append((trace.weighted_inputs[0] > 0).float().mean(dim=0))
        network.backward(trace, wave)
        optimizer.step(network.parameters, trace.gradients)
    shares[name] = torch.stack(seen, dim=1)
    unmoved = (network.weights[0] == start).flatten()
    cost = network.cost.function(network.forward(x).outputs, wave)
    print(
        f"{name:10} never active at the start: {int((shares[name][:, 0] == 0).sum())} of 16, "
        f"at the end: {int((shares[name][:, -1] == 0).sum())}, "
        f"weights unchanged: {int(unmoved.sum())}, cost {cost:.4f}"
    )

# %%
# A row for each neuron. White: it is active for no sample. With ReLU the rows that start white stay
# white to the end; with the leaky ReLU neurons come to life.

order = shares["ReLU"][:, 0].argsort(descending=True, stable=True)
figure, axes = plt.subplots(1, 2, figsize=(plotting.WIDTH, 3.4), sharey=True)
for axis, (name, share) in zip(axes, shares.items(), strict=True):
    shown = axis.imshow(
        share[order].numpy(),
        cmap="Blues",
        vmin=0,
        vmax=1,
        aspect="auto",
        interpolation="nearest",
        extent=(0, n_steps, 16, 0),
    )
    axis.set(title=name, xlabel="step")
    axis.set_xticks([0, 500, 1000, 1500])
    axis.grid(visible=False)
axes[0].set_ylabel("hidden neuron")
figure.colorbar(shown, ax=axes, label="share of samples where active")
plt.show()

# sphinx_gallery_thumbnail_number = 2
# sphinx_gallery_tags = ["activations", "instant"]
