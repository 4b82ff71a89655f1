"""Images on their way into a network: standardized once, varied at random in every epoch.

Varied copies of the training images, called data augmentation, show the network what does not
change the class: a shift, and for most photographs a mirror image. The functions here vary a whole
batch at once; chapters 9 and 12 measure what that brings.
"""

import torch
from torch import Tensor
from torch.nn import functional

from dlbook import _checks


def standardized(images: Tensor, *others: Tensor) -> tuple[Tensor, ...]:
    """Scale images so that each channel of the first ones has mean 0 and standard deviation 1.

    Parameters
    ----------
    images
        Training images, uint8, shape (N, C, H, W).
    *others
        Further images, such as the test images, uint8, shape (M, C, H, W); they are scaled by the
        numbers of the first ones.

    Returns
    -------
    tuple of Tensor
        float32, in the shapes of the arguments, the channels of a pixel side by side in memory
        (`torch.channels_last`), where convolutions on a CPU want them.

    Raises
    ------
    TypeError, ValueError
        If an argument does not hold 8-bit images, or the channels differ in number.

    Examples
    --------
    >>> train = torch.tensor([0, 255], dtype=torch.uint8).reshape(2, 1, 1, 1)
    >>> train, test = standardized(train, train[:1])
    >>> [round(value, 4) for value in train.flatten().tolist()], test.shape
    ([-0.7071, 0.7071], torch.Size([1, 1, 1, 1]))
    """
    for name, value in (("images", images), *(("others", other) for other in others)):
        _checks.tensor(name, value)
        if value.dtype != torch.uint8:
            raise ValueError(f"{name} must be 8-bit images, torch.uint8, found {value.dtype}")
        if value.ndim != 4 or value.shape[1] != images.shape[1] or value.numel() == 0:
            raise ValueError(
                f"{name} must have shape (N, {images.shape[1] if images.ndim == 4 else 'C'}, H, W),"
                f" found {tuple(value.shape)}"
            )
    scaled = images.float() / 255
    sd, mean = torch.std_mean(scaled, dim=(0, 2, 3), keepdim=True)
    if not (sd > 0).all():
        raise ValueError("images: a channel is the same everywhere, it cannot be scaled to 1")
    results = [(scaled - mean) / sd, *((other.float() / 255 - mean) / sd for other in others)]
    return tuple(result.contiguous(memory_format=torch.channels_last) for result in results)


def randomly_flipped(images: Tensor, generator: torch.Generator) -> Tensor:
    """Mirror about half of the images, left to right.

    Parameters
    ----------
    images
        Shape (N, C, H, W).
    generator
        Draws which.

    Returns
    -------
    Tensor
        Same shape and dtype.

    Raises
    ------
    TypeError, ValueError
        If `images` is no batch of floating-point images.
    """
    _checks.image_batch("images", images)
    chosen = torch.rand(len(images), generator=generator).to(images.device) < 0.5
    return torch.where(chosen[:, None, None, None], images.flip(3), images)


def randomly_shifted(images: Tensor, generator: torch.Generator, pixels: int = 1) -> Tensor:
    """Shift each image by its own random number of pixels, up or down and left or right.

    Parameters
    ----------
    images
        Shape (N, C, H, W), H and W larger than `pixels`.
    generator
        Draws the shifts, each from -`pixels` to `pixels`.
    pixels
        The largest shift.

    Returns
    -------
    Tensor
        Same shape and dtype. What enters at a border is the mirror image of what lies inside.

    Raises
    ------
    TypeError, ValueError
        If `pixels` is no whole number of at least 1, or `images` no batch of larger floating-point
        images.
    """
    _checks.at_least_one("pixels", pixels)
    _checks.image_batch("images", images, smallest_side=pixels + 1)
    n, _, height, width = images.shape
    padded = functional.pad(images, (pixels,) * 4, mode="reflect").permute(0, 2, 3, 1)
    down, right = torch.randint(2 * pixels + 1, (2, n, 1), generator=generator).to(images.device)
    rows = (down + torch.arange(height, device=images.device))[:, :, None]
    columns = (right + torch.arange(width, device=images.device))[:, None, :]
    image = torch.arange(n, device=images.device)[:, None, None]
    return padded[image, rows, columns].permute(0, 3, 1, 2)


def flipped_and_shifted(images: Tensor, generator: torch.Generator) -> Tensor:
    """Mirror half of the images, then shift each by up to four pixels.

    Parameters
    ----------
    images
        Shape (N, C, H, W).
    generator
        Draws which, and how far.

    Returns
    -------
    Tensor
        Same shape and dtype.
    """
    return randomly_shifted(randomly_flipped(images, generator), generator, pixels=4)
