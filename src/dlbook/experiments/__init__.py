"""Named experiments whose results the book keeps as records.

``python -m dlbook.experiments NAME`` runs one and writes ``docs/records/NAME.json``; ``--check``
names the records whose code changed since. Most train what a chapter describes,
with several seeds where the page has time for one, or for longer than a page may take. Each stands
in a module of its own name:

- `first_network`, chapter 1: a network with one hidden layer reads digits.
- `digits_from_scratch`, chapter 6: two networks whose gradients are computed by hand read the
  same digits.
- `backward_cost`, chapter 6: what a backward pass costs beside a forward pass, in seconds.
- `wheat_seeds`, chapter 7: a network in plain Python, variants of it and a baseline tell wheat
  seeds apart, cross-validated.
- `digits`, chapter 9: hidden layers of many widths, two of them, and a tuned network read digits.
- `clothes`, chapter 9: a linear model, a hidden layer and a small convolutional network tell
  clothes apart.
- `photographs`, chapter 10: a linear model, dense layers and variations of them on color
  photographs; chapter 12 compares with it.
- `cnn_steps`, chapter 12: convolutional networks of LeNet's kind, then one improvement at a time.
- `residual_cnn`, chapter 12: the largest network that comes out of these steps, trained longer.
- `large_maps`, chapter 12: as many parameters as `residual_cnn`, spent on larger maps.
- `cut_out`, chapter 12: the same network, trained on images with a square cut out.
- `six_views`, chapter 12: `large_maps` with two further seeds, tested on six views of an image.
- `ants_and_bees`, chapter 13: features learned elsewhere, fine-tuned or held still, with few
  images and with all, beside a network trained from scratch.
- `gpu_speed`, chapter 14: the networks of the book on a GPU, in seconds, beside one core.

`recipes` is no experiment: it holds what the training runs of chapters 9, 10 and 12 share.
"""
