"""What holds for all tests."""

from hypothesis import settings

# No test depends on a clock: on a busy machine any example may be slow.
settings.register_profile("book", deadline=None)
settings.load_profile("book")
