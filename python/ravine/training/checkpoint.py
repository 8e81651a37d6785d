"""A run on disk: written while it goes on, read to go on where it stood, bit for bit."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ravine.arrays import non_negative, require_count
from ravine.atomic_file import check_writable
from ravine.history import COLUMNS, EpochRecord, StopReason
from ravine.schedules import PlateauState
from ravine.training.state import RunState
from ravine.training.state_file import CheckpointError, read_tree, write_tree

__all__ = ["Checkpoint", "CheckpointFile", "Stateful", "load_state", "require_same", "saved_state"]

_PLAIN = ("updates", "done", "best", "best_epoch", "milestone", "waited", "perturbed_at", "seconds")
_THETAS = ("start_theta", "epoch_theta", "best_theta")


@dataclass(frozen=True)
class Checkpoint:
    """Where and how often :func:`ravine.fit` writes down how far it is.

    The file is written after an epoch, at the end of the run, and when Ctrl-C ends it; always whole, in one
    step.

    Parameters
    ----------
    path : the file.
    every : epochs between two writings.
    seconds : at least so many between two writings, but for the last.

    >>> import ravine as rv
    >>> rv.Checkpoint("run.npz", every=5)
    Checkpoint(path='run.npz', every=5, seconds=1.0)
    """

    path: str | os.PathLike[str]
    every: int = 1
    seconds: float = 1.0

    def __post_init__(self) -> None:
        if not isinstance(self.path, (str, os.PathLike)):
            raise TypeError(f"checkpoint must be a path or a ravine.Checkpoint, got {self.path!r}")
        require_count(self.every, "every")
        non_negative(self.seconds, "seconds")

    @staticmethod
    def of(value: Any) -> Checkpoint | None:
        """What :func:`ravine.fit` is given: a path, a checkpoint or None."""
        return value if value is None or isinstance(value, Checkpoint) else Checkpoint(value)


class Stateful(Protocol):
    """What changes theta, with a memory that can be taken out and put back."""

    def state_dict(self) -> dict[str, Any]:
        """All that its next steps depend on."""

    def load_state_dict(self, state: dict[str, Any], /) -> None:
        """Put it back."""


class CheckpointFile:
    """Writes the states of one run when it is time to."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        check_writable(checkpoint.path)
        self._checkpoint = checkpoint
        self._written_at = time.monotonic()

    def is_due(self, epoch: int) -> bool:
        """Whether to write after so many epochs."""
        rested = time.monotonic() - self._written_at >= self._checkpoint.seconds
        return epoch % self._checkpoint.every == 0 and rested

    def write(self, tree: dict[str, Any]) -> None:
        """Replace the file."""
        write_tree(self._checkpoint.path, tree)
        self._written_at = time.monotonic()

    def read(self) -> dict[str, Any] | None:
        """What an earlier run has written, or None."""
        if not Path(self._checkpoint.path).exists():
            return None
        return read_tree(self._checkpoint.path)


def saved_state(
    state: RunState, theta: NDArray[Any], rule: Stateful, seconds: float, facts: Mapping[str, str]
) -> dict[str, Any]:
    """Everything that the rest of a run depends on, as a tree for :func:`write_tree`."""
    tree: dict[str, Any] = {name: getattr(state, name) for name in (*_PLAIN, *_THETAS)}
    records = [[getattr(record, column) for column in COLUMNS] for record in state.records]
    return {
        **tree,
        "facts": dict(facts),
        "theta": theta,
        "optimizer": rule.state_dict(),
        "plateau": None if state.plateau is None else asdict(state.plateau),
        "records": np.array(records, np.float64).reshape(len(records), len(COLUMNS)),
        "losses": state.losses,
        "norms": state.norms,
        "seconds": seconds,
        "reason": None if state.reason is None else state.reason.name,
    }


def require_same(saved: dict[str, Any], facts: Mapping[str, str]) -> None:
    """Raise CheckpointError, naming what differs, unless the saved run is the one that is asked for."""
    theirs = saved.get("facts")
    if not isinstance(theirs, dict):
        raise CheckpointError("the checkpoint does not say of which run it is")
    for name, ours in facts.items():
        if theirs.get(name) != ours:
            raise CheckpointError(
                f"the checkpoint belongs to another run: its {name} is {theirs.get(name)}, here it is {ours}"
            )


def load_state(saved: dict[str, Any], state: RunState, theta: NDArray[Any], rule: Stateful) -> None:
    """Put a saved state in place: the optimiser's, theta, and the rest."""
    try:
        if any(saved[name].shape != theta.shape for name in ("theta", *_THETAS)):
            raise CheckpointError("the checkpoint's parameters have another length than the network's")
        records = [_record(row) for row in saved["records"]]
        plateau = None if saved["plateau"] is None else PlateauState(**saved["plateau"])
        reason = None if saved["reason"] is None else StopReason[saved["reason"]]
        plain = {name: saved[name] for name in (*_PLAIN, "losses", "norms")}
        rule.load_state_dict(saved["optimizer"])
    except CheckpointError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(f"the checkpoint is damaged ({type(error).__name__}: {error})") from error
    for name, value in plain.items():
        setattr(state, name, value)
    for name in _THETAS:
        getattr(state, name)[...] = saved[name]
    state.records, state.plateau, state.reason = records, plateau, reason
    theta[...] = saved["theta"]


def _record(row: NDArray[np.float64]) -> EpochRecord:
    values: dict[str, Any] = dict(zip(COLUMNS, row.tolist(), strict=True))
    return EpochRecord(**{**values, "epoch": int(values["epoch"]), "updates": int(values["updates"])})
