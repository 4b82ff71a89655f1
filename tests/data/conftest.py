"""A clean environment, small files in the published formats, and a web server of our own."""

import gzip
import hashlib
import struct
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from dlbook.data import fetching

N_TRAIN, N_TEST = 20, 10


def idx(array: np.ndarray) -> bytes:
    """Write an array as gzipped IDX."""
    header = struct.pack(f">{1 + array.ndim}I", 0x0800 + array.ndim, *array.shape)
    return gzip.compress(header + array.astype(np.uint8).tobytes(), mtime=0)


def small_files(seed: int = 0) -> dict[str, bytes]:
    """Make the four files of a very small MNIST."""
    rng = np.random.default_rng(seed)
    files = {}
    for part, n in (("train", N_TRAIN), ("t10k", N_TEST)):
        files[f"{part}-images-idx3-ubyte.gz"] = idx(rng.integers(0, 256, (n, 28, 28)))
        files[f"{part}-labels-idx1-ubyte.gz"] = idx(np.arange(n) % 10)
    return files


def list_sums(root: Path) -> None:
    """Write SHA256SUMS over all files of a folder."""
    paths = sorted(p for p in root.rglob("*") if p.is_file() and p.name != "SHA256SUMS")
    lines = [
        f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(root).as_posix()}\n"
        for p in paths
    ]
    (root / "SHA256SUMS").write_text("".join(lines))


@pytest.fixture
def make_idx() -> Callable[[np.ndarray], bytes]:
    return idx


@pytest.fixture
def write_sums() -> Callable[[Path], None]:
    return list_sums


@pytest.fixture
def make_small_files() -> Callable[..., dict[str, bytes]]:
    return small_files


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    """No settings of the caller, an empty cache, no proxies, no network."""
    for name in ("DLBOOK_DATA", "DLBOOK_DATA_DIR", "DLBOOK_CACHE_DIR", "DLBOOK_NETWORK"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("DLBOOK_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("DLBOOK_NETWORK", "off")
    fetching._network_answers.cache_clear()
    yield monkeypatch
    fetching._network_answers.cache_clear()


@pytest.fixture
def small_mnist(clean: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Lay out a very small MNIST in a local folder that lists it; return the folder."""
    root = tmp_path / "data"
    raw = root / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for file, content in small_files().items():
        (raw / file).write_bytes(content)
    list_sums(root)
    clean.setenv("DLBOOK_DATA_DIR", str(root))
    return root


Answer = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """A web server in a thread; ``answers`` maps a path to bytes or to a function."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes | Answer] = {"/probe": b"yes"}
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                answer = outer.answers.get(self.path)
                if answer is None:
                    self.send_error(404)
                elif callable(answer):
                    answer(self)
                else:
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(answer)))
                    self.end_headers()
                    if self.command == "GET":
                        self.wfile.write(answer)

            do_HEAD = do_GET  # noqa: N815

            def log_message(self, *args: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


@pytest.fixture
def server(clean: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that answers the probe too, so that the network tier is open."""
    made = Server()
    clean.delenv("DLBOOK_NETWORK")
    clean.setattr(fetching, "PROBE_URLS", (f"{made.url}/probe",))
    yield made
    made.close()
