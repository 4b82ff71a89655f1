"""What holds for all tests."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# No test depends on a clock: on a busy machine any example may be slow.
settings.register_profile("book", deadline=None)
settings.load_profile("book")


class Trap:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.folder),)


@pytest.fixture
def trap(tmp_path: Path) -> Trap:
    """Set a trap for whoever unpickles without care; its folder is not there yet."""
    return Trap(tmp_path / "trap")
