"""Fetching from a server of our own: what arrives is verified, and nothing else is ever used."""

import hashlib
import os
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import torch

from dlbook.data import DataError, fetch, fetching, load, resolve
from dlbook.data.catalog import CATALOG, Download

FIRST = "train-images-idx3-ubyte.gz"


@pytest.fixture
def files(server: Any, clean: pytest.MonkeyPatch, make_small_files: Any) -> dict[str, bytes]:
    """Publish a very small MNIST on the server, at a mirror that fails and one that works."""
    files: dict[str, bytes] = make_small_files()
    server.answers |= {f"/good/{name}": content for name, content in files.items()}
    downloads = tuple(
        Download(
            name,
            f"sha256:{hashlib.sha256(content).hexdigest()}",
            (f"{server.url}/gone/{name}", f"{server.url}/good/{name}"),
            len(content),
        )
        for name, content in files.items()
    )
    clean.setitem(CATALOG, "mnist", replace(CATALOG["mnist"], downloads=downloads))
    return files


def cached() -> list[str]:
    """Name the files in the cache that `load` would look at."""
    folder = fetching.cache_folder("mnist")
    names = [download.file for download in CATALOG["mnist"].downloads]
    return [name for name in names if (folder / name).exists()]


def cut_off(content: bytes) -> Any:
    """Promise a whole body, send half of it and close the connection."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content[: len(content) // 2])
        handler.close_connection = True

    return answer


def test_a_mirror_that_fails_is_passed_over(server: Any, files: dict[str, bytes]) -> None:
    assert resolve("mnist").tier == "network"
    folder = fetch("mnist", progress=False)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files
    assert f"/gone/{FIRST}" in server.asked
    assert resolve("mnist").tier == "cache"


def test_what_was_fetched_is_not_asked_for_again(server: Any, files: dict[str, bytes]) -> None:
    fetch("mnist", progress=False)
    server.asked.clear()
    assert load("mnist").provenance.tier == "cache"
    fetch("mnist", progress=False)
    assert server.asked == []


def test_load_fetches_by_itself(server: Any, files: dict[str, bytes]) -> None:
    digits = load("mnist")
    assert digits.provenance.tier == "network"
    assert digits.train.inputs.dtype == torch.uint8
    assert len(cached()) == 4


@pytest.mark.parametrize("damage", ["altered", "cut off", "html"])
def test_a_wrong_body_is_refused_and_the_next_fetch_completes(
    server: Any, files: dict[str, bytes], damage: str
) -> None:
    content = files[FIRST]
    server.answers[f"/good/{FIRST}"] = {
        "altered": content[:-1] + bytes([content[-1] ^ 1]),
        "cut off": cut_off(content),
        "html": b"<html>Please log in.</html>",
    }[damage]
    with pytest.raises(DataError, match=FIRST):
        fetch("mnist", progress=False)
    assert FIRST not in cached()
    with pytest.warns(UserWarning, match="A stand-in is drawn instead"):
        assert load("mnist").provenance.is_standin
    server.answers[f"/good/{FIRST}"] = content
    fetch("mnist", progress=False)
    assert load("mnist").provenance.tier == "cache"


def test_a_killed_fetch_leaves_nothing_that_counts(
    server: Any, files: dict[str, bytes], tmp_path: Path
) -> None:
    half_sent, release = threading.Event(), threading.Event()

    def dribble(handler: BaseHTTPRequestHandler) -> None:
        content = files[FIRST]
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content[: len(content) // 2])
        handler.wfile.flush()
        half_sent.set()
        release.wait()
        handler.close_connection = True

    server.answers[f"/good/{FIRST}"] = dribble
    script = f"""
from dataclasses import replace
from dlbook.data import fetch, fetching
from dlbook.data.catalog import CATALOG, Download
fetching.PROBE_URLS = ({server.url + "/probe"!r},)
downloads = {CATALOG["mnist"].downloads!r}
CATALOG["mnist"] = replace(CATALOG["mnist"], downloads=downloads)
fetch("mnist", progress=False)
"""
    process = subprocess.Popen([sys.executable, "-c", script])
    assert half_sent.wait(60)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    release.set()
    assert FIRST not in cached()
    server.answers[f"/good/{FIRST}"] = files[FIRST]
    fetch("mnist", progress=False)
    assert load("mnist").provenance.tier == "cache"


def test_a_damaged_file_in_the_cache_is_not_used(server: Any, files: dict[str, bytes]) -> None:
    path = fetch("mnist", progress=False) / FIRST
    damaged = path.read_bytes()[:-5]
    path.write_bytes(damaged)
    with pytest.raises(DataError, match=rf"{FIRST}.*altered or truncated"):
        load("mnist")
    assert path.read_bytes() == damaged
    fetch("mnist", progress=False)
    assert path.read_bytes() == files[FIRST]


def test_a_cache_without_room_is_named(
    server: Any, files: dict[str, bytes], clean: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    clean.setenv("DLBOOK_CACHE_DIR", str(tmp_path / "file"))
    with pytest.raises(DataError, match="DLBOOK_CACHE_DIR"):
        fetch("mnist", progress=False)


def test_network_off_is_not_asked(
    server: Any, files: dict[str, bytes], clean: pytest.MonkeyPatch
) -> None:
    clean.setenv("DLBOOK_NETWORK", "off")
    assert load("mnist").provenance.is_standin
    with pytest.raises(DataError, match="DLBOOK_NETWORK=off"):
        fetch("mnist", progress=False)
    assert server.asked == []


def test_a_probe_that_hangs_is_given_up(clean: pytest.MonkeyPatch) -> None:
    clean.delenv("DLBOOK_NETWORK")
    clean.setattr(fetching, "PROBE_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        clean.setattr(
            fetching, "PROBE_URLS", (f"http://127.0.0.1:{silent.getsockname()[1]}/nothing",)
        )
        assert resolve("mnist").is_standin
        problem = fetching.network_problem()
    assert problem is not None
    assert "no answer" in problem


def test_the_probe_is_made_once(server: Any, files: dict[str, bytes]) -> None:
    for _ in range(3):
        resolve("mnist")
    assert server.asked == ["/probe"]
