"""Figures that a reader can move: what a page hands to the scripts of the site.

A page draws a figure as always; this still picture is what a reader without scripts sees. Then it
hands the data behind it to a script, which puts a live drawing in the picture's place. Chapter 3
has the first one, a neuron.
"""

import html
import json
import sys
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

# A tensor of more numbers is written as bytes: a float32 takes 5.3 characters instead of 20.
MOST_LISTED = 200


@dataclass(frozen=True)
class _LiveFigure:
    """Data for a live figure; a notebook shows nothing of it but keeps it.

    Attributes
    ----------
    name
        Name of the script that draws it.
    instead_of
        Name of the still figure whose picture it replaces on the site.
    data
        What the script needs.
    """

    name: str
    instead_of: str
    data: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"(On the site this figure can be moved: {self.name}.)"

    def _repr_html_(self) -> str:
        text = json.dumps(self.data, default=_plain, separators=(",", ":"), allow_nan=False)
        data = html.escape(text)
        return (
            f'<div class="live-figure" data-live="{self.name}" data-still="{self.instead_of}" '
            f'data-input="{data}"></div>'
        )


def make_live(name: str, *, instead_of: str, **data: Any) -> None:
    """Hand data to the script of a live figure.

    Parameters
    ----------
    name
        Name of the script, such as ``"neuron"``.
    instead_of
        Name of the still figure that it replaces, such as ``"fig-neuron-live"``.
    **data
        What the script needs: numbers, words, tensors, and lists and mappings of them. A tensor of
        up to 200 numbers becomes nested lists. A larger one becomes a flat typed array with a
        ``shape``: of 8-bit numbers if it is `torch.uint8`, of float32 otherwise.

    Raises
    ------
    TypeError
        If something among the data cannot be written as JSON.
    ValueError
        If a number in it, large tensors apart, is not finite.

    Examples
    --------
    >>> make_live("neuron", instead_of="fig-neuron-live", weights=[1.0, -1.0])
    (On the site this figure can be moved: neuron.)
    """
    figure = _LiveFigure(name, instead_of, data)
    figure._repr_html_()  # what cannot be written raises here, where the page's line is known
    sys.displayhook(figure)


def _plain(value: object) -> object:
    """Turn a tensor into lists or, if it is large, into bytes written as text."""
    if not isinstance(value, Tensor):
        raise TypeError(f"data: {type(value).__name__} cannot be handed to a script")
    values = value.detach().cpu()
    if values.numel() <= MOST_LISTED:
        return values.tolist()
    kind, code = ("uint8", "|u1") if values.dtype == torch.uint8 else ("float32", "<f4")
    numbers = values.to(getattr(torch, kind)).contiguous().numpy().astype(code)
    text = b64encode(numbers.tobytes()).decode()
    return {"shape": list(values.shape), "type": kind, "base64": text}
