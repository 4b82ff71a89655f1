"""A claim shows itself, survives the trip through HTML, and knows whether it held."""

import html
import json
import math
import re
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

import pytest

from dlbook.claims import Claim, claim


@dataclass(frozen=True)
class Data:
    """Stands for a Provenance."""

    tier: str = "local"
    title: str = "MNIST"


@dataclass(frozen=True)
class Wrapped:
    """Stands for a Dataset or, with versions, for a Record."""

    provenance: Data = field(default_factory=Data)
    versions: dict[str, str] = field(default_factory=dict)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Claim]:
    """Collect what is displayed."""
    claims: list[Claim] = []
    monkeypatch.setattr(sys, "displayhook", claims.append)
    return claims


def test_terminal_shows_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    claim(
        "first.accuracy",
        0.97861,
        at_least=0.975,
        source="e",
        sd=0.0011,
        seeds=(0, 1, 2),
        data=Data(),
        format=".2%",
        label="Test accuracy",
    )
    assert capsys.readouterr().out == (
        "Test accuracy [first.accuracy]: 97.86% ± 0.11% "
        "(n = 3; at least 97.50%: held; source e; real data)\n"
    )


def test_a_spread_has_no_sign(shown: list[Claim]) -> None:
    claim("first.gain", 0.0132, sd=0.004, format="+.2%")
    assert shown[0].value_text == "+1.32% ± 0.40%"


def test_bare_claim_is_short(shown: list[Claim]) -> None:
    claim("tensors.patterns", 512)
    assert repr(shown[0]) == "tensors.patterns: 512"
    assert shown[0].held is None


def test_html_carries_the_whole_claim(shown: list[Claim]) -> None:
    label = """5 < 6 & "quoted" 'twice'"""
    claim("a.b_2.c", 0.5, at_most=1.0, label=label, seeds=[3], data=Wrapped(Data("standin", "d")))
    text = shown[0]._repr_html_()
    match = re.search(r'data-claim="([^"]*)"', text)
    assert match
    data: dict[str, Any] = json.loads(html.unescape(match.group(1)))
    assert data == shown[0].to_json()
    assert Claim.from_json(data) == shown[0]
    assert data["label"] == label
    assert data["bound"] == {"at_least": None, "at_most": 1.0}
    assert (data["held"], data["n"], data["seeds"]) == (True, 1, [3])
    assert (data["tier"], data["data"], data["kind"]) == ("standin", "d", "live")
    assert set(data["versions"]) == {"python", "torch", "numpy"}
    assert html.escape(label) in text
    assert "stand-in data" in text


def test_a_timed_claim_says_so(shown: list[Claim]) -> None:
    claim("a.b", 2.5, at_least=1, timed=True)
    claim("a.c", 2.5)
    assert [item.to_json()["timed"] for item in shown] == [True, False]
    assert [item.value for item in shown] == [2.5, 2.5], "a notebook shows the value"


def test_html_flags_a_broken_claim(shown: list[Claim]) -> None:
    claim("a.b", 0.4, at_least=0.5)
    assert shown[0].held is False
    assert "claim-broken" in shown[0]._repr_html_()
    assert "at least 0.5: NOT HELD" in shown[0]._repr_html_()


@pytest.mark.parametrize(
    ("tier", "bound", "held"),
    [
        ("local", 0.975, False),
        ("cache", 0.975, False),
        ("network", 0.975, False),
        ("standin", 0.85, True),
    ],
)
def test_bound_follows_the_tier(shown: list[Claim], tier: str, bound: float, held: bool) -> None:
    claim("a.b", 0.9, at_least={"real": 0.975, "standin": 0.85}, data=Data(tier))
    assert shown[0].at_least == bound
    assert shown[0].held is held


def test_tier_without_entry_has_no_bound(shown: list[Claim]) -> None:
    claim("a.b", 0.1, at_least={"real": 0.975}, data=Data("standin"))
    assert shown[0].held is None


def test_both_bounds(shown: list[Claim]) -> None:
    for value in (0.9, 1.0, 2.0, 2.1):
        claim("a.b", value, at_least=1, at_most=2)
    assert [shown_claim.held for shown_claim in shown] == [False, True, True, False]
    assert "at least 1 and at most 2: held" in repr(shown[1])


def test_record_brings_its_versions(shown: list[Claim]) -> None:
    record = Wrapped(versions={"torch": "2.4.0"})
    claim("a.b", 0.5, data=record, kind="recorded")
    assert shown[0].versions == {"torch": "2.4.0"}
    assert "recorded run" in repr(shown[0])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"key": "accuracy"}, "key: 'accuracy'"),
        ({"key": "First.accuracy"}, "key: 'First.accuracy'"),
        ({"key": "first."}, "key: 'first.'"),
        ({"value": math.nan}, "value of a.b: nan"),
        ({"value": math.inf}, "value of a.b: inf"),
        ({"sd": math.nan}, "sd of a.b: nan"),
        ({"at_least": math.nan}, "at_least of a.b: nan"),
        ({"source": "f"}, "source of a.b: 'f'"),
        ({"source": "ab"}, "source of a.b: 'ab'"),
        ({"source": ""}, "source of a.b: ''"),
        ({"kind": "old"}, "kind of a.b: 'old'"),
        ({"format": "x"}, "format of a.b: 'x'"),
        ({"data": Data("moon")}, "data of a.b: unknown tier 'moon'"),
        ({"at_least": {"local": 1.0}, "data": Data()}, "at_least of a.b: unknown tier"),
        ({"at_most": {"real": 1.0}}, "at_most of a.b: a bound by tier needs `data`"),
    ],
)
def test_bad_input_is_named(shown: list[Claim], changes: dict[str, Any], message: str) -> None:
    arguments = {"key": "a.b", "value": 1.0, **changes}
    with pytest.raises(ValueError, match=re.escape(message)):
        claim(**arguments)
    assert shown == []


def test_import_is_light() -> None:
    code = "import sys, dlbook.claims; print(*{'torch', 'numpy', 'IPython'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == ""
