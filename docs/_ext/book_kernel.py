"""Kernels with PyTorch already loaded: on Linux each is a fork of one process that loaded it.

To load PyTorch, scikit-learn and Matplotlib takes a page six seconds, and to take them down again
three. Run as a script, this is the process that loads them: it reads one request a line, forks,
and answers with the number of the process that became the kernel. Stand-ins that a page loads it
draws first: the next page finds them drawn. It ends with its input, and with it all kernels,
whatever became of the build.
"""

import atexit
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from threading import Lock
from time import sleep
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

PRELOADED = ("ipykernel.kernelapp", "matplotlib.pyplot", "sklearn.model_selection",
             "torch._dynamo", "torchvision")  # fmt: skip
LOCK = Lock()


class Fork:
    """A kernel's process, with the methods of `subprocess.Popen` that its provisioner calls."""

    stdin = stdout = stderr = None

    def __init__(self, request: dict[str, Any]) -> None:
        server = parent()
        assert server.stdin is not None
        assert server.stdout is not None
        with LOCK:
            server.stdin.write(json.dumps(request) + "\n")
            server.stdin.flush()
            self.pid = int(server.stdout.readline())

    def poll(self) -> int | None:
        """Return None while the process is there; what it returned, only its parent knows."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 0
        return None

    def wait(self) -> int:
        """Wait until the process has ended."""
        while self.poll() is None:
            sleep(0.05)
        return 0

    def send_signal(self, signum: int) -> None:
        """Send a signal to the process, which may have ended by itself."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signum)


class ForkedKernel(LocalProvisioner):
    """Start a kernel as a fork instead of a new interpreter."""

    standins: Sequence[str] = ()

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Ask for a fork that becomes the kernel which `cmd` would start."""
        arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
        start = {"arguments": arguments, "env": kwargs["env"], "cwd": kwargs["cwd"]}
        self.process = Fork({"standins": self.standins, "start": start})
        self.pid = self.pgid = self.process.pid
        return self.connection_info


@cache
def parent() -> subprocess.Popen[str]:
    """Start the process that all kernels of this build are forks of."""
    server = subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    atexit.register(server.communicate)
    return server


def serve() -> None:
    """Load the libraries; then fork for each request."""
    del sys.path[0]  # a kernel does not import from the folder of this script
    for module in PRELOADED:
        import_module(module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no zombies: a kernel that ended is gone
    for line in sys.stdin:
        request = json.loads(line)
        for name in request["standins"]:
            import_module("dlbook.data.standins").draw(name)
        pid = os.fork()
        if pid == 0:
            become_kernel(**request["start"])
        print(pid, flush=True)
    os._exit(0)  # nothing to save: to take the libraries down would take seconds


def become_kernel(arguments: list[str], env: dict[str, str], cwd: str) -> None:
    """Be what `python -m ipykernel_launcher` would have become."""
    import matplotlib
    from ipykernel.kernelapp import IPKernelApp

    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    # The requests are the parent's to read, the answers its to give.
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    # Matplotlib was loaded before ipykernel could tell it by the environment.
    matplotlib.rcParams["backend"] = "module://matplotlib_inline.backend_inline"
    try:
        IPKernelApp.launch_instance(arguments, parent_handle=os.getppid())
    finally:
        atexit._run_exitfuncs()
        os._exit(0)


if __name__ == "__main__":
    serve()
