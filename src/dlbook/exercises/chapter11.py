"""The exercises of chapter 11: convolution."""

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional

from dlbook.exercises.grading import Exercise, Mistake
from dlbook.scratch.convolution import correlate, correlate_backward, output_size, pool


def _images_and_kernels(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """Draw an image (H, W) and a kernel (h, w); odd sides, so that there is one way to pad."""
    for image, kernel in (((4, 6), (3, 3)), ((5, 4), (1, 3)), ((6, 7), (3, 5))):
        yield torch.randn(image, generator=generator), torch.randn(kernel, generator=generator)


def _feature_map(image: Tensor, kernel: Tensor) -> Tensor:
    return correlate(image[None, None], kernel[None, None])[0, 0]


def _padded_map(image: Tensor, kernel: Tensor) -> Tensor:
    return functional.conv2d(image[None, None], kernel[None, None], padding="same")[0, 0]


def _sizes(generator: torch.Generator) -> Iterator[tuple[int, int, int, int]]:
    """List pixels, kernel, stride and padding; nothing is drawn."""
    yield from ((28, 5, 1, 0), (32, 3, 2, 1), (9, 4, 3, 2), (10, 3, 3, 0), (7, 7, 1, 0))


def _maps_and_windows(generator: torch.Generator) -> Iterator[tuple[Tensor, int, int]]:
    """Draw maps (N, C, H, W), mostly negative, with a window and a stride."""
    for shape, window, stride in (((2, 3, 4, 6), 2, 2), ((1, 2, 7, 5), 3, 2), ((3, 2, 5, 8), 2, 1)):
        yield torch.randn(shape, generator=generator) - 1, window, stride


def _max_pool(maps: Tensor, window: int, stride: int) -> Tensor:
    return pool(maps, "max", window, stride)


def _with_cut_windows(maps: Tensor, window: int, stride: int) -> Tensor:
    """Let a window begin at every step, also where it leaves the map."""
    beyond = (0, window - 1, 0, window - 1)
    return functional.max_pool2d(functional.pad(maps, beyond, value=-torch.inf), window, stride)


def _images_and_errors(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """Draw images (N, C, H, W) and errors (N, K, H', W') of their maps."""
    for images, errors in (
        ((1, 1, 4, 5), (1, 1, 3, 4)),
        ((3, 2, 6, 5), (3, 4, 5, 3)),
        ((2, 3, 5, 7), (2, 2, 3, 6)),
    ):
        yield torch.randn(images, generator=generator), torch.randn(errors, generator=generator)


def _kernel_gradient(images: Tensor, errors: Tensor) -> Tensor:
    rows, columns = (n - m + 1 for n, m in zip(images.shape[2:], errors.shape[2:], strict=True))
    # The gradient does not depend on the kernels themselves, only on their shape.
    kernels = images.new_zeros(errors.shape[1], images.shape[1], rows, columns)
    return correlate_backward(images, kernels, errors)[1]


EXERCISES = {
    "11.8": Exercise(
        task="It takes an image (H, W) and a kernel (h, w); it returns the feature map "
        "(H - h + 1, W - w + 1), the cross-correlation without padding and with stride 1.",
        solution=_feature_map,
        cases=_images_and_kernels,
        mistakes=(
            Mistake(
                "You turned the kernel by half a circle, which is the convolution of "
                "mathematics. Here the first weight meets the first pixel of the window.",
                lambda image, kernel: _feature_map(image, kernel.flip(0, 1)),
            ),
            Mistake(
                "The last row and the last column of places are missing: a kernel of k pixels "
                "fits into n pixels at n - k + 1 places.",
                lambda image, kernel: _feature_map(image, kernel)[:-1, :-1],
            ),
            Mistake(
                "The map has the size of the image: you padded it. Lay the kernel only where all "
                "of it fits.",
                _padded_map,
            ),
            Mistake(
                "You took the mean of the products at each place; a weighted input is their sum.",
                lambda image, kernel: _feature_map(image, kernel) / kernel.numel(),
            ),
        ),
    ),
    "11.9": Exercise(
        task="It takes four whole numbers: the pixels n of a row, the pixels k of the kernel, the "
        "stride, and the padding of each side; it returns the pixels of a row of the map.",
        solution=output_size,
        cases=_sizes,
        mistakes=(
            Mistake(
                "Padding is added at both ends of the row.",
                lambda n, k, stride, padding: (n + padding - k) // stride + 1,
            ),
            Mistake(
                "The first place is missing: the steps are counted, and there is one place more "
                "than steps.",
                lambda n, k, stride, padding: (n + 2 * padding - k) // stride,
            ),
            Mistake(
                "You counted the places of stride 1 and divided those. Divide the room to move, "
                "n + 2p - k; the first place comes on top.",
                lambda n, k, stride, padding: (n + 2 * padding - k + 1) // stride,
            ),
            Mistake(
                "A step that would leave the image is not made: leave out what comes after the "
                "decimal point.",
                lambda n, k, stride, padding: (n + 2 * padding - k) / stride + 1,
            ),
            Mistake(
                "You rounded up; the last, incomplete step is not made.",
                lambda n, k, stride, padding: -(-(n + 2 * padding - k) // stride) + 1,
            ),
        ),
    ),
    "11.10": Exercise(
        task="It takes maps (N, C, H, W), the side of a square window, and the stride, both whole "
        "numbers; it returns the maxima of the windows (N, C, H', W').",
        solution=_max_pool,
        cases=_maps_and_windows,
        mistakes=(
            Mistake(
                "The largest of negative numbers is negative. Zeros got into the windows: from a "
                "maximum that starts at zero, or from padding.",
                lambda maps, window, stride: _max_pool(maps, window, stride).clamp(min=0),
            ),
            Mistake(
                "Windows that stick out at the lower or right border count in your maps; only "
                "whole windows do.",
                _with_cut_windows,
            ),
            Mistake(
                "The windows lie side by side, whatever the stride. It is the stride that says "
                "how far one window begins after the other; they may overlap.",
                lambda maps, window, stride: _max_pool(maps, window, window),
            ),
            Mistake(
                "You took the maximum over the channels too; pooling treats each by itself.",
                lambda maps, window, stride: _max_pool(maps.amax(1, keepdim=True), window, stride),
            ),
            Mistake(
                "These are the means of the windows.",
                lambda maps, window, stride: pool(maps, "mean", window, stride),
            ),
        ),
    ),
    "11.11": Exercise(
        task="It takes the images (N, C, H, W) that came into a convolution without padding and "
        "with stride 1, and the errors (N, K, H', W') of its maps; it returns the gradient of the "
        "kernels (K, C, H - H' + 1, W - W' + 1).",
        solution=_kernel_gradient,
        cases=_images_and_errors,
        mistakes=(
            Mistake(
                "You turned the errors by half a circle. The gradient of the weights is a "
                "cross-correlation; it is the gradient of the input that needs the turn.",
                lambda images, errors: _kernel_gradient(images, errors.flip(2, 3)),
            ),
            Mistake(
                "Kernels and channels are exchanged: the gradient has the shape of the kernels, "
                "(K, C, h, w).",
                lambda images, errors: _kernel_gradient(images, errors).transpose(0, 1),
            ),
            Mistake(
                "You took a mean over the places. A weight was used at every place, and the "
                "chain rule adds over the ways.",
                lambda images, errors: _kernel_gradient(images, errors) / errors[0, 0].numel(),
            ),
            Mistake(
                "You took a mean over the samples. The errors are derivatives of the cost of the "
                "whole batch: add up.",
                lambda images, errors: _kernel_gradient(images, errors) / len(images),
            ),
            Mistake(
                "This is a gradient for each sample. All samples used the same kernels: add up.",
                lambda images, errors: torch.stack(
                    list(map(_kernel_gradient, torch.split(images, 1), torch.split(errors, 1)))
                ),
            ),
        ),
    ),
}
