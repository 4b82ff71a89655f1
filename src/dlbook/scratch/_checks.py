"""Check what enters the scratch modules, and name what is wrong with it.

What is no tensor at all, or no number, is a TypeError; a tensor of the wrong shape or type is a
ValueError.
"""

import math
import numbers
from collections.abc import Sequence

import torch
from torch import Tensor

LARGEST = 2**40
"""What is larger is a slip: no machine holds so many numbers."""


def whole(name: str, value: int, least: int = 1) -> None:
    """Raise unless `value` is a whole number from `least` on."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name} must be a whole number, found {value!r}")
    if not least <= value <= LARGEST:
        raise ValueError(f"{name} must be at least {least} and at most {LARGEST}, found {value}")


def scalar(name: str, value: Tensor | float, like: Tensor) -> Tensor:
    """Return a finite number as a tensor of shape () and of the type of `like`."""
    if not isinstance(value, Tensor | numbers.Real):
        raise TypeError(f"{name} must be a number, found {value!r}")
    if isinstance(value, Tensor) and (value.ndim or value.is_complex()):
        raise ValueError(
            f"{name} must be a single number, found shape {tuple(value.shape)} and {value.dtype}"
        )
    result = torch.tensor(float(value), dtype=like.dtype)
    finite(name, result)
    return result


def tensor(name: str, value: object) -> None:
    """Raise unless `value` is a tensor."""
    if not isinstance(value, Tensor):
        found = type(value).__name__
        raise TypeError(f"{name} must be a torch.Tensor, found {found}; convert with torch.tensor")


def rows(name: str, value: Tensor, width: int | None = None, like: Tensor | None = None) -> None:
    """Raise unless `value` has shape (n, width), finite numbers, and the type of `like`.

    There has to be a row, and in each at least one number.
    """
    tensor(name, value)
    wanted = f"(n, {'k' if width is None else width})"
    if value.ndim != 2 or value.numel() == 0 or width not in (None, value.shape[1]):
        raise ValueError(
            f"{name} must have shape {wanted} with n at least 1, found {tuple(value.shape)}"
        )
    finite(name, value, like)


def finite(name: str, value: Tensor, like: Tensor | None = None) -> None:
    """Raise unless `value` holds finite floating-point numbers, of the type of `like`."""
    tensor(name, value)
    if not value.is_floating_point():
        raise ValueError(
            f"{name} must hold floating-point numbers, found {value.dtype}; convert with .float()"
        )
    # A finite sum has finite terms only; a sum that overflowed may have, too.
    if not math.isfinite(value.detach().sum()) and not torch.isfinite(value).all():
        raise ValueError(
            f"{name}, shape {tuple(value.shape)}, holds NaN or infinite values; remove or replace "
            "them first"
        )
    if like is not None and value.dtype != like.dtype:
        raise ValueError(f"{name} must hold {like.dtype} numbers, found {value.dtype}")


def zeros_and_ones(name: str, value: Tensor) -> None:
    """Raise unless every number of `value` is 0 or 1."""
    tensor(name, value)
    if value.is_complex():
        raise ValueError(f"{name} must be 0 or 1, found {value.dtype} numbers")
    others = value[(value != 0) & (value != 1)]
    if len(others):
        raise ValueError(f"{name} must be 0 or 1, found {others[0].item():g}")


def one_for_each(name: str, value: Tensor, n: int) -> None:
    """Raise unless `value` has shape (n,)."""
    tensor(name, value)
    if value.shape != (n,):
        raise ValueError(
            f"{name} must have shape ({n},), one for each row, found {tuple(value.shape)}"
        )


def shape(
    name: str, value: Tensor, wanted: Sequence[int | str], like: Tensor | None = None
) -> None:
    """Raise unless `value` has finite numbers, the shape, and the type of `like`.

    A letter in the shape stands for any size of at least 1.
    """
    tensor(name, value)
    fits = value.ndim == len(wanted) and value.numel() > 0
    if not fits or any(
        isinstance(side, int) and side != found
        for side, found in zip(wanted, value.shape, strict=True)
    ):
        sides = ", ".join(map(str, wanted)) + ("," if len(wanted) == 1 else "")
        raise ValueError(
            f"{name} must have shape ({sides}), each at least 1, found {tuple(value.shape)}"
        )
    finite(name, value, like)
