"""The one error that is meant for people."""

__all__ = ["HurdlesError"]


class HurdlesError(Exception):
    """Something a user did or found cannot go on; the text says what, where and what to do.

    The command line prints the text without a traceback and exits with code 2.
    """
