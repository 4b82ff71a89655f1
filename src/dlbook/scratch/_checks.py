"""Check the tensors that enter the scratch modules, and name what is wrong with them."""

from collections.abc import Sequence

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


def shape(
    name: str, value: Tensor, wanted: Sequence[int | str], like: Tensor | None = None
) -> None:
    """Raise unless `value` has finite numbers, the shape, and the type of `like`.

    A letter in the shape stands for any size of at least 1.
    """
    fits = value.ndim == len(wanted) and value.numel() > 0
    if not fits or any(
        isinstance(side, int) and side != found
        for side, found in zip(wanted, value.shape, strict=True)
    ):
        sides = ", ".join(map(str, wanted)) + ("," if len(wanted) == 1 else "")
        raise ValueError(
            f"{name} must have shape ({sides}), each at least 1, found {tuple(value.shape)}"
        )
    finite(name, value)
    if like is not None and value.dtype != like.dtype:
        raise ValueError(f"{name} must hold {like.dtype} numbers, found {value.dtype}")
