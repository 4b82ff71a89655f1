"""Check arguments where a reader's data enters the library, and name what is wrong.

One function per kind of argument. Public functions call these once, before their loops; inner
loops trust their callers. What is no tensor at all, or no number, is a TypeError; a tensor of the
wrong dtype or shape is a ValueError. Chapter 1 meets the messages first.
"""

import math
import numbers
from collections.abc import Sequence

import torch
from torch import Tensor, nn

LARGEST_COUNT = 2**40
"""What is larger is a slip: no machine holds so many numbers, no training takes so many steps."""


def _whole(name: str, value: int) -> None:
    """Raise unless `value` is a whole number."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name} must be a whole number, found {value!r} ({type(value).__name__})")


def at_least_one(name: str, value: int) -> None:
    """Raise unless `value` is a whole number of at least 1."""
    _whole(name, value)
    if value < 1:
        raise ValueError(f"{name} must be at least 1, found {value}")
    if value > LARGEST_COUNT:
        raise ValueError(f"{name} must be at most {LARGEST_COUNT}, found {value}")


def counts(name: str, values: Sequence[int]) -> None:
    """Raise unless `values` is a sequence of whole numbers of at least 1."""
    if not isinstance(values, Sequence) or isinstance(values, str):
        raise TypeError(f"{name} must be a sequence of whole numbers, found {values!r}")
    for value in values:
        at_least_one(name, value)


def seed(name: str, value: int) -> None:
    """Raise unless `value` is a whole number that PyTorch takes for a seed."""
    _whole(name, value)
    if not 0 <= value < 2**63:
        raise ValueError(f"{name} must satisfy 0 <= {name} < 2**63, found {value}")


def fraction(name: str, value: float, *, zero: bool = False) -> None:
    """Raise unless `value` lies between 0 and 1; 0 itself passes only where `zero` says so."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} must be a number, found {value!r} ({type(value).__name__})")
    low_enough = math.isfinite(value) and value < 1
    if not low_enough or value < 0 or (value == 0 and not zero):
        start = "0 <=" if zero else "0 <"
        raise ValueError(f"{name} must satisfy {start} {name} < 1, found {value}")


def tensor(name: str, value: object) -> None:
    """Raise unless `value` is a tensor."""
    if not isinstance(value, Tensor):
        found = type(value).__name__
        raise TypeError(f"{name} must be a torch.Tensor, found {found}; convert with torch.tensor")


def module(name: str, value: object) -> None:
    """Raise unless `value` is a network or a part of one."""
    if not isinstance(value, nn.Module):
        raise TypeError(f"{name} must be a torch.nn.Module, found {type(value).__name__}")


def model_inputs(name: str, value: Tensor, model: nn.Module) -> None:
    """Raise unless `value` is a batch of finite numbers that `model` can compute with.

    It must be a floating-point tensor of shape (N, ...), N >= 1, with the dtype and on the device
    of the model's parameters.
    """
    module("model", model)
    tensor(name, value)
    if not value.is_floating_point():
        cure = f"; scale 8-bit images: {name}.float() / 255" if value.dtype == torch.uint8 else ""
        raise ValueError(f"{name} must hold floating-point numbers, found {value.dtype}{cure}")
    if value.ndim < 2:
        raise ValueError(f"{name} must have shape (N, ...), found shape {tuple(value.shape)}")
    if value.numel() == 0:
        raise ValueError(f"{name} is empty: shape {tuple(value.shape)}")
    # The extremes are NaN or infinite exactly when some value is; this needs no copy.
    if not all(torch.isfinite(extreme) for extreme in torch.aminmax(value.detach())):
        raise ValueError(f"{name} holds NaN or infinite values; remove or replace them first")
    parameter = next(model.parameters(), None)
    if parameter is not None and parameter.dtype != value.dtype:
        raise ValueError(
            f"{name} is {value.dtype}, the model is {parameter.dtype}; make them equal"
        )
    if parameter is not None and parameter.device != value.device:
        raise ValueError(
            f"{name} lies on {value.device}, the model on {parameter.device}; move one with .to()"
        )


def trial(name: str, value: Tensor, model: nn.Module) -> Tensor:
    """Return the class scores of the first two rows of `value`; raise if `model` has none."""
    try:
        outputs = model(value[:2])
    except (IndexError, RuntimeError, ValueError) as error:
        raise ValueError(
            f"{name}: the model cannot compute with shape {tuple(value.shape)}: {error}"
        ) from error
    if not isinstance(outputs, Tensor) or outputs.shape[:-1] != (len(value[:2]),):
        found = tuple(outputs.shape) if isinstance(outputs, Tensor) else type(outputs).__name__
        raise ValueError(
            "model must return one row of C class scores per input, shape (N, C); for "
            f"{len(value[:2])} inputs found {found}"
        )
    return outputs


def image_batch(
    name: str, value: object, *, n_channels: int | None = None, smallest_side: int = 1
) -> None:
    """Raise unless `value` is a batch of floating-point images (N, n_channels, H, W)."""
    tensor(name, value)
    assert isinstance(value, Tensor)
    if not value.is_floating_point():
        cure = f"; scale 8-bit images: {name}.float() / 255" if value.dtype == torch.uint8 else ""
        raise ValueError(f"{name} must hold floating-point numbers, found {value.dtype}{cure}")
    shape = f"(N, {'C' if n_channels is None else n_channels}, H, W)"
    if value.ndim != 4 or n_channels not in (None, value.shape[1]):
        raise ValueError(f"{name} must have shape {shape}, found {tuple(value.shape)}")
    if min(value.shape[1:]) < 1 or min(value.shape[2:]) < smallest_side:
        raise ValueError(
            f"{name} must have at least {smallest_side} pixels a side, found {tuple(value.shape)}"
        )


def color_images(name: str, value: object, *, eight_bit: bool) -> None:
    """Raise unless `value` is a batch of color images (N, 3, H, W), 8-bit or floating-point."""
    tensor(name, value)
    assert isinstance(value, Tensor)
    if eight_bit and value.dtype != torch.uint8:
        raise ValueError(
            f"{name} must be 8-bit images, torch.uint8, found {value.dtype}; the scaling of the "
            "weights belongs to the preprocessing: give the images as they were loaded"
        )
    if not eight_bit and not value.is_floating_point():
        raise ValueError(
            f"{name} must hold floating-point numbers, found {value.dtype}; apply the "
            "preprocessing of the weights first"
        )
    if value.ndim != 4 or value.shape[1] != 3:
        raise ValueError(
            f"{name} must have shape (N, 3, H, W), found {tuple(value.shape)}; "
            f"one image becomes a batch with {name}[None]"
        )
    if value.numel() == 0:
        raise ValueError(f"{name} is empty: shape {tuple(value.shape)}")


def class_labels(name: str, value: Tensor, *, n_samples: int) -> None:
    """Raise unless `value` holds one non-negative int64 class number for each of `n_samples`."""
    tensor(name, value)
    if value.dtype != torch.int64:
        raise ValueError(f"{name} must be torch.int64 class numbers, found {value.dtype}")
    if value.shape != (n_samples,):
        raise ValueError(
            f"{name} must have shape ({n_samples},), one per input, found {tuple(value.shape)}"
        )
    if value.min() < 0:
        raise ValueError(f"{name} must be class numbers from 0 on, found {int(value.min())}")


def labels_fit_outputs(name: str, labels: Tensor, outputs: Tensor) -> None:
    """Raise unless every one of `labels` is below C, the width of `outputs`."""
    n_classes = outputs.shape[1]
    if labels.max() >= n_classes:
        raise ValueError(
            f"{name} must lie between 0 and {n_classes - 1}, the model has {n_classes} outputs; "
            f"found {int(labels.max())}"
        )
