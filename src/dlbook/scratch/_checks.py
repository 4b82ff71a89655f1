"""Check the tensors that enter the scratch modules, and name what is wrong with them."""

import torch
from torch import Tensor


def rows(name: str, value: Tensor, width: int | None = None) -> None:
    """Raise unless `value` has shape (n, width), n and width at least 1, and finite numbers."""
    wanted = f"(n, {'k' if width is None else width})"
    if value.ndim != 2 or value.numel() == 0 or width not in (None, value.shape[1]):
        raise ValueError(
            f"{name} must have shape {wanted} with n at least 1, found {tuple(value.shape)}"
        )
    finite(name, value)


def finite(name: str, value: Tensor) -> None:
    """Raise unless `value` holds floating-point numbers, none of them NaN or infinite."""
    if not value.is_floating_point():
        raise ValueError(
            f"{name} must hold floating-point numbers, found {value.dtype}; convert with .float()"
        )
    if not bool(torch.isfinite(value).all()):
        raise ValueError(
            f"{name}, shape {tuple(value.shape)}, holds NaN or infinite values; remove or replace "
            "them first"
        )


def zeros_and_ones(name: str, value: Tensor) -> None:
    """Raise unless every number of `value` is 0 or 1."""
    others = value[(value != 0) & (value != 1)]
    if len(others):
        raise ValueError(f"{name} must be 0 or 1, found {others[0].item():g}")


def one_for_each(name: str, value: Tensor, n: int) -> None:
    """Raise unless `value` has shape (n,)."""
    if value.shape != (n,):
        raise ValueError(
            f"{name} must have shape ({n},), one for each row, found {tuple(value.shape)}"
        )
