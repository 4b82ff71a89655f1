"""
Three detectors and an OR find a vertical line
==============================================

Does an image of 3 by 3 black or white pixels show one vertical line and nothing else? No single
threshold unit can tell. Two layers can: one detector for each column, and behind them a unit that
fires if any of them does.

Chapter 3 proves what one unit cannot do here.
"""

# %%
# All images there are
# --------------------
#
# There are few enough to look at all of them. White pixels are drawn dark here, and a frame marks
# the images for which the two layers fire.

import matplotlib.pyplot as plt
import torch

from dlbook import plotting
from dlbook.scratch.perceptron import column_detector, fires, learn, line_detector
from dlbook.scratch.tensors import all_patterns, count_patterns, line_patterns

plotting.use_style()
images = all_patterns(3, 3)
is_line = line_detector(images) == 1
expected = line_patterns(3, 3)
print(
    f"{count_patterns(3, 3)} images, the detector fires for {int(is_line.sum())} of them;", end=" "
)
print("these are the lines:", torch.equal(images[is_line].unique(dim=0), expected.unique(dim=0)))

columns = 32
tiles = torch.nn.functional.pad(0.2 + 0.6 * images, (1, 1, 1, 1))  # a margin of one pixel
sheet = tiles.reshape(-1, columns, 5, 5).transpose(1, 2).flatten(0, 1).flatten(1)
figure, axis = plt.subplots(figsize=(plotting.WIDTH, 3.1))
axis.imshow(sheet.numpy(), cmap="Blues", vmin=0, vmax=1)
for number in is_line.nonzero().flatten().tolist():
    top, left = 5 * (number // columns), 5 * (number % columns)
    frame = {"fill": False, "edgecolor": plotting.COLORS["error"], "linewidth": 2.5}
    axis.add_patch(plt.Rectangle((left - 0.5, top - 0.5), 5, 5, **frame))
axis.set_title(f"{len(images)} images, {int(is_line.sum())} lines")
axis.set_axis_off()
plt.show()

# %%
# The two layers
# --------------
#
# A detector has weight 1 for the pixels of its column and -1 for all others. Only the line itself
# reaches a sum of 3: a missing pixel lowers the sum, and so does a pixel elsewhere. The bias asks
# for more than 2.5.

weights, biases = zip(*(column_detector(3, 3, column) for column in range(3)), strict=True)
print("biases:", [bias.item() for bias in biases])
figure = plotting.show_weights(torch.stack(weights).reshape(3, 3, 3), columns=3)
figure.set_size_inches(plotting.WIDTH, 1.9)
plt.show()

# %%
# Their answers are the inputs of the second layer. It has weight 1 for each and a bias of -0.5, so
# that one detector is enough.

line = torch.tensor([[0, 1, 0]] * 3, dtype=torch.uint8)
broken, crossed = line.clone(), line.clone()
broken[2, 1], crossed[1] = 0, 1
rows = []
for name, image in {"line": line, "broken line": broken, "cross": crossed}.items():
    pixels = image.flatten().double().unsqueeze(0)
    hidden = fires(pixels, torch.stack(weights, dim=1), torch.stack(biases))
    output = fires(hidden, torch.ones(3, dtype=torch.float64), -0.5)
    rows.append([name, hidden[0].int().tolist(), int(output)])
print(plotting.Table(["image", "detectors", "output"], rows))

# %%
# One unit does not learn it
# --------------------------
#
# Rosenblatt's rule would stop after a pass without a mistake. With all images and one unit there
# is no such pass, however long it goes on.

learned = learn(images.flatten(1).double(), is_line.double(), max_passes=100)
print(f"fewest mistakes in any of {len(learned.mistakes)} passes: {min(learned.mistakes)}")

# %%
# Larger images need more detectors, one for each column, and nothing else. To try all images is
# another matter: each pixel more doubles their number.

for height, width in ((3, 3), (4, 4), (5, 5)):
    n_images, n_lines = count_patterns(height, width), len(line_patterns(height, width))
    print(f"{height} by {width}: {n_images:>10,} images, {n_lines} lines")

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["neurons", "images", "instant"]
