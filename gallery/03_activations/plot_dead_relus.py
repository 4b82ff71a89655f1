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
# its usual size, makes steps of the usual length of it.

x = torch.linspace(-1, 1, 101).unsqueeze(1)
wave = torch.sin(4 * x)
paths, outputs, n_steps = {}, {}, 500
for name in ("ReLU", "leaky ReLU"):
    network = Network(1, 16, 1, hidden=name, output="linear", seed=2)
    weights, biases = network.weights[0], network.biases[0]
    weights *= 2
    biases -= 2
    silent = ~(network.forward(x).weighted_inputs[0] > 0).any(dim=0)
    optimizer = Adam(0.02)
    path = [weights.flatten().clone()]
    for _ in range(n_steps):
        trace = network.forward(x)
        network.backward(trace, wave)
        optimizer.step(network.parameters, trace.gradients)
        path.append(weights.flatten().clone())
    paths[name] = torch.stack(path)
    trace = network.forward(x)
    outputs[name] = trace.outputs
    silent_now = ~(trace.weighted_inputs[0] > 0).any(dim=0)
    unmoved = (paths[name] == paths[name][0]).all(dim=0)
    print(
        f"{name:10} never active: {int(silent.sum())} of 16 at the start, "
        f"{int(silent_now.sum())} at the end; weight never moved: {int(unmoved.sum())}; "
        f"cost: {network.cost.function(outputs[name], wave):.4f}"
    )

# %%
# A line for each neuron: its weight. Those that are active for no sample at the start are drawn
# solid. With ReLU they never move, and some of the others stop as well, when a step has taken them
# beyond all samples. With the leaky ReLU every neuron learns. It may be inactive in the end too,
# but it can come back.

looks = ((False, "data", "--", "active"), (True, "error", "-", "never active"))
figure, axes = plt.subplots(1, 2, figsize=(plotting.WIDTH, 3.3), sharey=True)
for axis, (name, path) in zip(axes, paths.items(), strict=True):
    for kind, color, style, label in looks:
        drawn = axis.plot(
            path[:, silent == kind].numpy(), style, color=plotting.COLORS[color], lw=1.3
        )
        drawn[0].set_label(f"{label} at the start")
    axis.set(title=name, xlabel="step")
axes[0].set_ylabel("weight of a hidden neuron")
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
plt.show()

# %%
# What the two networks make of the wave. A dead neuron adds nothing to the curve, not even a kink.

figure, axis = plt.subplots(figsize=(plotting.WIDTH, 2.8))
axis.plot(x.numpy(), wave.numpy(), color=plotting.COLORS["neutral"], linewidth=5, alpha=0.4)
for (name, output), style in zip(outputs.items(), ("-", "--"), strict=True):
    axis.plot(x.numpy(), output.numpy(), style, label=name)
axis.set(xlabel="input", ylabel="output (gray: wanted)")
figure.legend(loc="outside upper center", ncols=2)
plt.show()

# sphinx_gallery_thumbnail_number = 2
# sphinx_gallery_tags = ["activations", "gradients", "instant"]
