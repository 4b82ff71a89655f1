"""What can go wrong on the way of the data: one table.

For each fault: nothing that a user has is lost, nothing wrong is used, and the message names the
cause and the cure.

======================================  ======================================================
fault                                   test
======================================  ======================================================
no network, name not found              here, ``no network``; no probe answers: test_fetching.py
connection refused                      here, ``refused``
answers slowly, or not at all           here, ``slow``; the probe: test_fetching.py
404, 500                                here; a second mirror takes over: test_fetching.py
body truncated, altered                 here; on the disk: test_tiers.py, test_fetching.py
redirected to a page of HTML            here, ``login page``; HTML as the body: test_fetching.py
no room left                            here, in a process that may write few bytes only
cache that cannot be written            here, by file mode; a file in its place: test_fetching.py
two fetches at once                     here; one that is killed: test_fetching.py
archive with links, devices, ``..``     test_archives.py
archive that claims or holds too much   test_archives.py
damaged IDX, CIFAR, seeds, SHA256SUMS   test_fuzz.py; each kind by its message: test_readers.py
pickle with code                        test_readers.py, ../test_checkpoints.py,
                                        ../test_efficientnet.py, ../test_transfer.py
weights that cannot be fetched          ../test_transfer.py
======================================  ======================================================
"""

import hashlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from dlbook.data import DataError, fetch, fetching, load
from dlbook.data.catalog import CATALOG, Download

FIRST = "train-images-idx3-ubyte.gz"
Answer = Callable[[BaseHTTPRequestHandler], None]


@pytest.fixture
def files(server: Any, clean: pytest.MonkeyPatch, make_small_files: Any) -> dict[str, bytes]:
    """Publish a very small MNIST on the server; the probe always finds a network."""
    files: dict[str, bytes] = make_small_files()
    server.answers |= {f"/{name}": content for name, content in files.items()}
    publish(clean, server.url, files)
    clean.setattr(fetching, "network_problem", lambda: None)
    return files


def publish(clean: pytest.MonkeyPatch, url: str, files: dict[str, bytes]) -> None:
    """Let the catalog say that the files lie at one address."""
    downloads = tuple(
        Download(name, f"sha256:{hashlib.sha256(content).hexdigest()}", (f"{url}/{name}",))
        for name, content in files.items()
    )
    clean.setitem(CATALOG, "mnist", replace(CATALOG["mnist"], downloads=downloads))


def snapshot() -> dict[str, bytes]:
    """Read what lies in the cache."""
    return {path.name: path.read_bytes() for path in fetching.cache_folder("mnist").iterdir()}


def send(body: bytes, length: int | None = None) -> Answer:
    """Answer with a body, and perhaps promise another length."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        handler.end_headers()
        handler.wfile.write(body)
        handler.close_connection = True

    return answer


def redirect(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(302)
    handler.send_header("Location", "/login")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def no_name(*_: object, **__: object) -> None:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as opened:
        return f"http://127.0.0.1:{opened.getsockname()[1]}"


ANSWERS: dict[str, Callable[[bytes], Answer]] = {
    "404": lambda _: lambda handler: handler.send_error(404),
    "500": lambda _: lambda handler: handler.send_error(500),
    "truncated": lambda content: send(content[: len(content) // 2], len(content)),
    "altered": lambda content: send(content[:-1] + bytes([content[-1] ^ 1])),
    "login page": lambda _: redirect,
}


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ("no network", "Name or service not known"),
        ("refused", "Connection refused"),
        ("slow", "timed out"),
        ("404", "404"),
        ("500", "500"),
        ("truncated", r"IncompleteRead|hash of downloaded file"),
        ("altered", "hash of downloaded file"),
        ("login page", "hash of downloaded file"),
    ],
)
def test_a_fault_of_the_network_is_named_and_costs_nothing(
    server: Any, files: dict[str, bytes], fault: str, cause: str
) -> None:
    folder = fetch("mnist", progress=False)
    # What the user has: three sound files, and one that was damaged on the disk.
    (folder / FIRST).write_bytes(files[FIRST][:100])
    before = snapshot()
    answered = threading.Event()
    with pytest.MonkeyPatch.context() as patch:
        if fault == "no network":
            patch.setattr(socket, "getaddrinfo", no_name)
        elif fault == "refused":
            publish(patch, closed_port(), files)
        elif fault == "slow":
            patch.setattr(fetching, "READ_SECONDS", 0.1)
            server.answers[f"/{FIRST}"] = lambda _: answered.wait()
        else:
            server.answers["/login"] = send(b"<html>Please log in.</html>")
            server.answers[f"/{FIRST}"] = ANSWERS[fault](files[FIRST])
        with pytest.raises(DataError, match=rf"(?s){FIRST}.*({cause})") as caught:
            fetch("mnist", progress=False)
    answered.set()
    assert "Try again later, or put the files into a folder and set DLBOOK_DATA_DIR" in str(
        caught.value
    )
    assert snapshot() == before
    with pytest.raises(DataError, match=f"{FIRST}: altered or truncated"):
        load("mnist")
    server.answers[f"/{FIRST}"] = files[FIRST]
    fetch("mnist", progress=False)
    assert snapshot() == files


def child(cache: Path, restriction: str) -> subprocess.Popen[str]:
    """Fetch the set that the catalog has now in a process of its own, under a restriction."""
    script = f"""
import os, resource, signal, sys
import pooch, requests
from dataclasses import replace
from pathlib import Path
from dlbook.data import DataError, fetch, fetching
from dlbook.data.catalog import CATALOG, Download
downloads = {CATALOG["mnist"].downloads!r}
CATALOG["mnist"] = replace(CATALOG["mnist"], downloads=downloads)
fetching.network_problem = lambda: None
# The other process may be slow.
fetching.READ_SECONDS = 600
{restriction}
try:
    fetch("mnist", progress=False)
except DataError as error:
    sys.exit(str(error))
"""
    environment = os.environ | {"DLBOOK_CACHE_DIR": str(cache), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.Popen(
        [sys.executable, "-c", script], env=environment, stderr=subprocess.PIPE, text=True
    )


CURE = "Set DLBOOK_CACHE_DIR to a folder with room that you may write to"


def test_a_full_disk_is_named_and_costs_nothing(files: dict[str, bytes], tmp_path: Path) -> None:
    folder = fetch("mnist", progress=False)
    (folder / FIRST).write_bytes(b"damaged")
    before = snapshot()
    process = child(
        folder.parent,
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))",
    )
    message = process.communicate()[1]
    assert process.returncode == 1
    assert f"{FIRST}: cannot be written ([Errno 27] File too large). {CURE}" in message
    assert snapshot() == before


def test_a_cache_that_cannot_be_written_is_named(files: dict[str, bytes]) -> None:
    # Not below the folder of the tests, which only its owner may enter.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        # Root may write everywhere: the process becomes nobody.
        process = child(Path(folder), "if os.geteuid() == 0: os.setuid(65534)")
        message = process.communicate()[1]
        assert process.returncode == 1
        assert f"{FIRST}: cannot be written ([Errno 13] Permission denied: " in message
        assert CURE in message
        assert list(Path(folder).iterdir()) == []
        Path(folder).chmod(0o755)


def test_two_fetches_at_once_do_not_disturb_each_other(
    server: Any, files: dict[str, bytes], clean: pytest.MonkeyPatch
) -> None:
    both = threading.Barrier(2)

    def together(handler: BaseHTTPRequestHandler) -> None:
        both.wait()
        send(files[FIRST])(handler)

    server.answers[f"/{FIRST}"] = together
    processes = [child(fetching.cache_folder("mnist").parent, "") for _ in range(2)]
    messages = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], messages
    assert server.asked.count(f"/{FIRST}") == 2
    assert snapshot() == files
