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
    """Raise if `value` holds NaN or an infinite number."""
    if not bool(torch.isfinite(value).all()):
        raise ValueError(
            f"{name}, shape {tuple(value.shape)}, holds NaN or infinite values; remove or replace "
            "them first"
        )


def zeros_and_ones(name: str, value: Tensor, n: int) -> None:
    """Raise unless `value` holds `n` numbers, each of them 0 or 1."""
    if value.shape != (n,):
        raise ValueError(
            f"{name} must have shape ({n},), one for each row, found {tuple(value.shape)}"
        )
    if not bool(((value == 0) | (value == 1)).all()):
        raise ValueError(f"{name} must be 0 or 1, found values from {value.min()} to {value.max()}")
