"""What a command reports to the person who typed it."""

from __future__ import annotations

__all__ = ["InputError", "TrainingError"]


class InputError(Exception):
    """Something in the options or files must be changed first: exit status 2, nothing has been written."""


class TrainingError(Exception):
    """The data were fine, the training was not: exit status 1, and nothing has been written."""
