"""Say a number on a page, with the bound it must keep.

A claim is a result that a page computes: its value, its spread over seeds, what it rests on and
how far off it may be. It shows itself where it is made, in a notebook as a line of HTML that also
carries the whole claim as JSON. The book collects these lines in its ledger and in
``results.json``; the page "Ledger" explains how to read them. Chapter 1 makes the first claims.
"""

import html
import json
import math
import numbers
import platform
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any, Literal, Protocol

__all__ = ["Claim", "HasProvenance", "Origin", "claim"]

SOURCES = "abcde"
TIERS = ("local", "cache", "network", "standin")
_KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")

Bound = float | Mapping[str, float] | None


class Origin(Protocol):
    """What a claim asks of its data: a title and the tier that it came from."""

    @property
    def title(self) -> str:
        """What to call the data in print."""

    @property
    def tier(self) -> str:
        """One of ``local``, ``cache``, ``network``, ``standin``."""


class HasProvenance(Protocol):
    """A data set or a record: something that knows where its data came from."""

    @property
    def provenance(self) -> Origin:
        """Where the data came from."""


@dataclass(frozen=True)
class Claim:
    """A number with its bound, its spread and what it rests on.

    Made by `claim`, which describes the fields. `tier` is one of ``local``, ``cache``,
    ``network``, ``standin``, or None where no data set is involved; `at_least` and `at_most` are
    the bounds that hold for this tier.
    """

    key: str
    value: float
    label: str
    format: str
    sd: float | None
    n: int | None
    seeds: tuple[int, ...]
    at_least: float | None
    at_most: float | None
    source: str | None
    tier: str | None
    data: str | None
    kind: str
    timed: bool
    versions: dict[str, str]

    @property
    def held(self) -> bool | None:
        """Whether the value keeps its bounds; None where it has none."""
        if self.at_least is None and self.at_most is None:
            return None
        low = -math.inf if self.at_least is None else self.at_least
        high = math.inf if self.at_most is None else self.at_most
        return low <= self.value <= high

    @property
    def value_text(self) -> str:
        """What is shown of the value and its spread, such as ``97.86% ± 0.11%``."""
        # A spread gets as many decimals as its value, or else two significant digits.
        style = self.format.lstrip("+") if self.format.endswith(("%", "f")) else ".2g"
        spread = "" if self.sd is None else f" ± {self.sd:{style}}"
        return f"{self.value:{self.format}}{spread}"

    @property
    def bound_text(self) -> str:
        """What is shown of the bounds, such as ``at least 97.50%``; empty where there are none."""
        bounds = (("at least", self.at_least), ("at most", self.at_most))
        return " and ".join(f"{words} {x:{self.format}}" for words, x in bounds if x is not None)

    def to_json(self) -> dict[str, Any]:
        """Return the claim as plain data; ``results.json`` leaves out what a clock measured.

        Returns
        -------
        dict
            The fields, with the bounds under ``bound`` and with ``held``.
        """
        fields = asdict(self)
        bound = {name: fields.pop(name) for name in ("at_least", "at_most")}
        return {**fields, "seeds": list(self.seeds), "bound": bound, "held": self.held}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Claim":
        """Return the claim that `to_json` turned into `data`.

        Parameters
        ----------
        data : mapping
            What `to_json` returned.

        Returns
        -------
        Claim
            The claim.
        """
        fields = {name: item for name, item in data.items() if name not in ("bound", "held")}
        return cls(**{**fields, **data["bound"], "seeds": tuple(data["seeds"])})

    def __repr__(self) -> str:
        notes = "; ".join(self._notes())
        name = f"{self.label} [{self.key}]" if self.label else self.key
        return f"{name}: {self.value_text}" + (f" ({notes})" if notes else "")

    def _repr_html_(self) -> str:
        data = html.escape(json.dumps(self.to_json(), sort_keys=True))
        flag = " claim-broken" if self.held is False else ""
        return (
            f'<p class="claim{flag}" id="claim-{self.key}" data-claim="{data}">'
            f'<span class="claim-label">{html.escape(self.label or self.key)}</span> '
            f'<strong class="claim-value">{html.escape(self.value_text)}</strong> '
            f'<span class="claim-notes">{html.escape(" · ".join(self._notes()))}</span></p>'
        )

    def _notes(self) -> list[str]:
        verdict = "held" if self.held else "NOT HELD"
        notes = [] if self.n is None else [f"n = {self.n}"]
        notes += [f"{self.bound_text}: {verdict}"] if self.bound_text else []
        notes += [f"source {self.source}"] if self.source else []
        notes += ["recorded run"] if self.kind == "recorded" else []
        if self.tier is not None:
            notes.append("stand-in data" if self.tier == "standin" else "real data")
        return notes


def claim(
    key: str,
    value: float,
    *,
    at_least: Bound = None,
    at_most: Bound = None,
    source: str | None = None,
    sd: float | None = None,
    n: int | None = None,
    seeds: Sequence[int] = (),
    data: Origin | HasProvenance | None = None,
    kind: Literal["live", "recorded"] = "live",
    timed: bool = False,
    format: str = ".4g",
    label: str = "",
) -> None:
    """Show a number and enter it in the ledger.

    A value outside its bounds is shown with a flag, and never raises: whether that stops
    anything is for the build of the book to say.

    Parameters
    ----------
    key : str
        A name that no other claim has, such as ``"first.accuracy"``.
    value : float
        The number; often a mean over seeds.
    at_least, at_most : float or mapping of str to float, optional
        What the value must reach or keep below, in the unit of `value`. A mapping gives a bound
        for ``"real"`` data, for ``"standin"`` data, or for each; no entry, no bound.
    source : str, optional
        The letter, a to e, of the source that states or suggests this number.
    sd : float, optional
        The standard deviation, in the unit of `value`.
    n : int, optional
        The number of values that `value` and `sd` sum up; by default the number of seeds.
    seeds : sequence of int
        The seeds of those runs.
    data : Dataset, Provenance or Record, optional
        What the number was measured on. The versions of a record stand in for those of today.
    kind : {"live", "recorded"}
        Whether the page computed the number or read it from a record.
    timed : bool
        Whether a clock measured the number, so that it differs from build to build. The book then
        keeps value and spread out of ``results.json``, where it says only whether the bound held.
    format : str
        How to write the value, as in ``f"{value:.2%}"``: here ``".2%"``.
    label : str
        What the number is, in words.

    Raises
    ------
    TypeError
        If a number is none, `n` or a seed is no whole number, or `label` is no text.
    ValueError
        If the key is not of the form ``word.word``, a number is not finite, a bound is given for
        an unknown tier or by tier without `data`, or `source`, `kind` or `format` is unknown.

    Notes
    -----
    In a notebook a cell that ends in a semicolon shows nothing, its claims included.

    Examples
    --------
    >>> claim("example.half", 1 / 2, at_least=0.4, label="One half")
    One half [example.half]: 0.5 (at least 0.4: held)
    """
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise ValueError(f"key: {key!r} is not of the form 'first.accuracy' (lower case, dotted)")
    if source is not None and not (isinstance(source, str) and source in tuple(SOURCES)):
        raise ValueError(f"source of {key}: {source!r} is not one of the letters a to e")
    if not isinstance(kind, str) or kind not in ("live", "recorded"):
        raise ValueError(f"kind of {key}: {kind!r} is neither 'live' nor 'recorded'")
    if not isinstance(label, str):
        raise TypeError(f"label of {key}: {label!r} is no text")
    if not isinstance(seeds, Sequence):
        raise TypeError(f"seeds of {key}: {seeds!r} is no sequence of whole numbers")
    seeds = tuple(_whole(key, "seeds", seed) for seed in seeds)
    tier, title = _origin(key, data)
    shown = Claim(
        key=key,
        value=_finite(key, "value", value),
        label=label,
        format=format,
        sd=None if sd is None else _finite(key, "sd", sd),
        n=len(seeds) or None if n is None else _whole(key, "n", n),
        seeds=seeds,
        at_least=_bound(key, "at_least", at_least, tier),
        at_most=_bound(key, "at_most", at_most, tier),
        source=source,
        tier=tier,
        data=title,
        kind=kind,
        timed=timed,
        versions=dict(getattr(data, "versions", None) or _versions()),
    )
    try:
        repr(shown)
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"format of {key}: {format!r} is no format of a number") from error
    sys.displayhook(shown)


def _origin(key: str, data: Any) -> tuple[str | None, str | None]:
    """Return the tier and the title of what a number was measured on."""
    if data is None:
        return None, None
    origin: Origin = getattr(data, "provenance", data)
    tier = getattr(origin, "tier", None)
    if tier not in TIERS:
        raise ValueError(f"data of {key}: unknown tier {tier!r}, expected one of {TIERS}")
    return origin.tier, origin.title


def _bound(key: str, name: str, bound: Bound, tier: str | None) -> float | None:
    """Return the bound that holds for a tier."""
    if isinstance(bound, Mapping):
        if unknown := set(bound) - {"real", "standin"}:
            raise ValueError(
                f"{name} of {key}: unknown tier {sorted(unknown)}, expected 'real' or 'standin'"
            )
        if tier is None:
            raise ValueError(f"{name} of {key}: a bound by tier needs `data`")
        bound = bound.get("standin" if tier == "standin" else "real")
    return None if bound is None else _finite(key, name, bound)


def _finite(key: str, name: str, number: float) -> float:
    """Return a number as a float; refuse one that is not finite."""
    try:
        value = math.nan if isinstance(number, str | bytes) else float(number)
    except (TypeError, ValueError, RuntimeError, OverflowError) as error:
        raise TypeError(f"{name} of {key}: {number!r} is not a number") from error
    if not math.isfinite(value):
        raise ValueError(f"{name} of {key}: {number!r} is not a finite number")
    return value


def _whole(key: str, name: str, number: int) -> int:
    """Return a whole number as an int."""
    if isinstance(number, bool) or not isinstance(number, numbers.Integral):
        raise TypeError(f"{name} of {key}: {number!r} is not a whole number")
    return int(number)


def _versions() -> dict[str, str]:
    """Name the versions that a number depends on."""
    return {
        "python": platform.python_version(),
        "torch": version("torch"),
        "numpy": version("numpy"),
    }
