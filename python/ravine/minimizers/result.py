"""What a minimiser leaves behind: the same fields for every method."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ravine import _core
from ravine.history import StopReason
from ravine.tables import format_number, format_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ravine.minimizers.starts import MinimizeStarts

__all__ = ["MinimizeHistory", "MinimizeResult", "RunResult", "StopTest"]

# By the core's names, in its order: the place is the status.
REASONS: dict[str, tuple[StopReason, bool, int]] = {
    name: (StopReason[name.upper()], success, status)
    for status, (name, success) in enumerate(_core.stop_reasons(), start=1)
}


@dataclass(frozen=True)
class StopTest:
    """One test of the end: what was measured last, and the threshold it is held against."""

    name: str
    measured: float
    threshold: float


@dataclass(frozen=True)
class MinimizeHistory:
    """One number an iteration each, as arrays.

    Attributes
    ----------
    loss, gradient_norm : f and ‖∇f‖₂ after the iteration.
    step_norm : ‖p‖₂ of the step that was tried.
    gain_ratio : actual divided by predicted decrease; for line searches by the first-order decrease.
    damping : α of the shifted matrix, or the radius of the trust region; NaN for methods without.
    curvature : pᵀBp / pᵀp, B the method's matrix; NaN for methods without.
    seconds : since the start of the run.
    accepted : whether the step was taken.
    left_saddle : whether it led away from a saddle, along negative curvature.
    """

    loss: NDArray[np.float64]
    gradient_norm: NDArray[np.float64]
    step_norm: NDArray[np.float64]
    gain_ratio: NDArray[np.float64]
    damping: NDArray[np.float64]
    curvature: NDArray[np.float64]
    seconds: NDArray[np.float64]
    accepted: NDArray[np.bool_]
    left_saddle: NDArray[np.bool_]

    def __len__(self) -> int:
        return int(self.loss.size)

    @classmethod
    def from_core(cls, columns: Mapping[str, NDArray[np.float64]], before: float = 0.0) -> MinimizeHistory:
        """Take the core's columns; `before` seconds had passed when the run began."""
        named = {("loss" if name == "value" else name): column for name, column in columns.items()}
        named["seconds"] = named["seconds"] + before
        flags = {name: named[name] != 0 for name in ("accepted", "left_saddle")}
        return cls(**{**named, **flags})

    def followed_by(self, other: MinimizeHistory) -> MinimizeHistory:
        """Return the history of this run and one that went on from it."""
        return MinimizeHistory(
            **{
                each.name: np.concatenate([getattr(self, each.name), getattr(other, each.name)])
                for each in fields(self)
            }
        )

    def to_dataframe(self) -> Any:
        """Return a pandas.DataFrame, a row an iteration; needs pandas."""
        import pandas

        return pandas.DataFrame({each.name: getattr(self, each.name) for each in fields(self)})


@dataclass(frozen=True, kw_only=True)
class RunResult(Mapping[str, Any]):
    """What every run leaves behind, whatever was minimised; fields are attributes and keys, printing a table.

    Attributes
    ----------
    x : (n,) the best point found; for a risk a copy of theta, which is there already.
    hess : ∂²f/∂x² at x (n, n) where the method worked with it and n is small enough, else None.
    success : whether the reason is one to be glad of.
    reason : the :class:`ravine.StopReason`; `message` is its sentence, `status` its number.
    nit, nfev, njev, nhev, nhvp : iterations; evaluations of f, ∇f, matrices, products with one.
    gradient_norm : ‖∇f‖₂ at x.
    eigmin : λ_min of the Hessian at x where it was computed, else NaN.
    second_order : what was found out about the curvature at x, a sentence.
    certificate : the :class:`ravine.diagnostics.CriticalPoint` at x, or None where it was not asked for.
    tests : each stop test, what was measured beside its threshold.
    history : one row an iteration.
    time : seconds.
    method : the method; `log` says what `auto` did and which derivatives were made by finite differences.
    """

    x: NDArray[np.float64]
    hess: NDArray[np.float64] | None
    success: bool
    status: int
    message: str
    reason: StopReason
    nit: int
    nfev: int
    njev: int
    nhev: int
    nhvp: int
    gradient_norm: float
    eigmin: float
    second_order: str
    certificate: Any
    tests: tuple[StopTest, ...]
    history: MinimizeHistory
    time: float
    method: str
    log: tuple[str, ...] = field(default=())

    def __getitem__(self, name: str) -> Any:
        if name in {each.name for each in fields(self)}:
            return getattr(self, name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return (each.name for each in fields(self))

    def __len__(self) -> int:
        return len(fields(self))

    def __hash__(self) -> int:
        return id(self)

    def __str__(self) -> str:
        title = f"{self.method}: {self.message} ({'success' if self.success else 'no success'})"
        rows = [
            [test.name, format_number(test.measured), _threshold(test)]
            for test in self.tests
            if np.isfinite(test.measured)
        ]
        lines = [title, "", format_table(["", "measured", "threshold"], rows), ""]
        lines += [f"second order: {self.second_order}"]
        if self.certificate is not None:
            lines += ["", str(self.certificate)]
        lines += [
            f"evaluations: {self.nfev} f, {self.njev} gradients, {self.nhev} matrices, {self.nhvp} products"
        ]
        return "\n".join([*lines, *self.log])

    def plot(self) -> Figure:
        """Draw loss, gradient norm, step and damping against iterations; needs matplotlib."""
        from ravine.plots import minimize_history

        return minimize_history(self)


@dataclass(frozen=True, kw_only=True)
class MinimizeResult(RunResult):
    """The point that a run came to, and why it ended there; fields have SciPy's names where it has them.

    Attributes
    ----------
    fun, jac : f and ∇f at x. The others are those of every run: x, success, reason, message, nit, nfev, …
    starts : a :class:`ravine.MinimizeStarts` where there were several, all else being of the best; else None.
    """

    fun: float
    jac: NDArray[np.float64]
    starts: MinimizeStarts | None = None

    __hash__ = RunResult.__hash__

    def __str__(self) -> str:
        table = super().__str__()
        return table if self.starts is None else f"{table}\n\n{self.starts}"


def _threshold(test: StopTest) -> str:
    return "" if not np.isfinite(test.threshold) else format_number(test.threshold)
