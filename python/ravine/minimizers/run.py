"""One run of one method: the problem as the core takes it, and the result made of its answer."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine import _core
from ravine.diagnostics.critical_point import CriticalPoint, PointVerdict, critical_point
from ravine.history import StopReason
from ravine.memory import available_bytes
from ravine.minimizers.functions import Function, start_of
from ravine.minimizers.result import REASONS, MinimizeHistory, MinimizeResult, StopTest
from ravine.objective import EmpiricalRisk
from ravine.risk_arguments import row_index

__all__ = ["CallbackRecord", "Problem", "Watch", "refuse_beside_risk", "require_minimisable"]

# Orders up to which a full spectrum at the end costs less than the run that led there.
CHEAP_SPECTRUM = 500


@dataclass(frozen=True)
class CallbackRecord:
    """What a callback with an argument `intermediate_result` is told, with SciPy's names."""

    x: NDArray[np.float64]
    fun: float
    jac: NDArray[np.float64]
    gradient_norm: float
    nit: int
    step_norm: float
    gain_ratio: float
    damping: float
    curvature: float
    time: float


class Watch:
    """Calls the user's callback the way its signature asks for."""

    def __init__(self, callback: Callable[..., Any] | None) -> None:
        if callback is not None and not callable(callback):
            raise TypeError(f"callback must be callable, got {callback!r}")
        self._callback = callback
        self._takes_record = callback is not None and _takes_record(callback)
        self.iterations_before = 0
        self.seconds_before = 0.0

    @property
    def core(self) -> Callable[..., bool] | None:
        """The callable for the core, or None."""
        return None if self._callback is None else self._call

    def _call(self, x: Any, fun: float, jac: Any, step: float, ratio: float, damping: float, curvature: float,
              seconds: float, iteration: int) -> bool:  # fmt: skip
        assert self._callback is not None
        try:
            if self._takes_record:
                nit, time = self.iterations_before + iteration, self.seconds_before + seconds
                norm = float(np.linalg.norm(jac))
                record = CallbackRecord(x, fun, jac, norm, nit, step, ratio, damping, curvature, time)
                self._callback(intermediate_result=record)
            else:
                self._callback(x)
        except StopIteration:
            return False
        return True


def _takes_record(callback: Callable[..., Any]) -> bool:
    try:
        parameters = inspect.signature(callback).parameters
    except (TypeError, ValueError):  # a built-in without a signature
        return False
    return list(parameters) == ["intermediate_result"]


def require_minimisable(risk: EmpiricalRisk) -> None:
    """Raise unless the risk is smooth and in float64."""
    if risk.net.dtype != np.float64:
        raise TypeError(
            "minimisers work in float64, and this network is float32: make a float64 one, "
            "copy theta over (other.theta = net.theta), and build the risk on it"
        )
    if not risk.smooth:
        kink = "l1 > 0" if any(risk.l1) else f"the loss {risk.loss!r}"
        raise ValueError(
            f"{kink} has kinks, and every minimiser needs a smooth function: "
            "use ravine.fit with a rule of ravine.optim"
        )


def refuse_beside_risk(given: Mapping[str, bool]) -> None:
    """Raise if an argument is given that a risk brings itself."""
    for name, there in given.items():
        if there:
            raise TypeError(f"{name} belongs to a plain function: a risk brings its own derivatives")


@dataclass(frozen=True)
class Problem:
    """A risk or a function, where it starts, and which of its parameters may move."""

    risk: EmpiricalRisk | None
    function: Function | None
    start: NDArray[np.float64]
    free: tuple[int, ...]  # empty: all

    @classmethod
    def of_risk(cls, risk: EmpiricalRisk, x0: ArrayLike | None, free: ArrayLike | None) -> Problem:
        """Check the risk; a start is copied into its network's theta."""
        require_minimisable(risk)
        net = risk.net
        if x0 is not None:
            start = start_of(x0)
            if start.shape != net.theta.shape:
                raise ValueError(f"x0 must have shape {net.theta.shape}, as theta, got {start.shape}")
            net.theta = start
        bad = np.flatnonzero(~np.isfinite(net.theta))
        if bad.size:
            raise ValueError(f"theta[{bad[0]}] = {net.theta[bad[0]]} is not finite")
        return cls(risk, None, net.theta.copy(), _indices(free, net.parameter_count))

    @classmethod
    def of_function(cls, function: Function, start: NDArray[np.float64], free: ArrayLike | None) -> Problem:
        """Take a function and its start."""
        return cls(None, function, start, _indices(free, start.size))

    @property
    def size(self) -> int:
        """How many parameters may move."""
        return len(self.free) or self.start.size

    def run(self, method: str, settings: Mapping[str, float | str], watch: Watch) -> dict[str, Any]:
        """Let the core minimise, from theta or from the start, and return its answer."""
        self._require_memory(method)
        if self.risk is not None:
            return self.risk._minimize(method, dict(settings), list(self.free), watch.core)
        if settings.get("hessian_rows", 1.0) != 1.0:
            raise TypeError("hessian_rows belongs to a risk: a function has no rows to take some of")
        assert self.function is not None
        function = Function(dict(self.function.callables), list(self.function.differences), self.function.fit)
        function.require(method, self.start)
        answer = _core.minimize_function(
            function.callables,
            self.start,
            function.fit,
            function.differences,
            method,
            dict(settings),
            list(self.free),
            watch.core,
        )
        return {**answer, "differences": function.made}

    def run_starts(
        self, method: str, settings: Mapping[str, float | str], starts: NDArray[np.float64]
    ) -> dict[str, Any]:
        """Let the core minimise a risk from each row of `starts`, which becomes that run's end."""
        assert self.risk is not None
        self._require_memory(method, min(len(starts), _core.get_num_threads()))
        return self.risk._minimize_starts(method, dict(settings), list(self.free), starts)

    def started_at(self, x: NDArray[np.float64]) -> Problem:
        """Return the same problem from another start."""
        return replace(self, start=np.array(x))

    def finish(self, method: str, answer: Mapping[str, Any], certificate: bool | None) -> MinimizeResult:
        """Make the result of the core's answer."""
        return MinimizeResult(
            fun=answer["fun"], jac=answer["jac"], **self.outcome(method, answer, certificate)
        )

    def outcome(self, method: str, answer: Mapping[str, Any], certificate: bool | None) -> dict[str, Any]:
        """What the results of all runs have in common, by the names of :class:`RunResult`."""
        reason, success, status = REASONS[answer["reason"]]
        message = str(reason)
        if reason is StopReason.NOT_FINITE and answer["bad_iteration"] >= 0:
            message += f" It was met at iteration {answer['bad_iteration']}."
        felt = self._follows(answer) if reason is StopReason.ROUNDING_FLOOR else None
        if self.function is not None and (
            reason is StopReason.NO_DESCENT or answer["doubtful"] or felt is False
        ):
            if answer["doubtful"] and reason is not StopReason.NO_DESCENT:
                message += " But the last steps did not change the function as its derivatives foretold."
            elif felt is False:
                message += " But a step there does not change the function as its gradient foretells."
            message += " Does the derivative belong to the function? ravine.check_derivatives tells."
        log = [f"{what} by finite differences" for what in answer.get("differences", ())] + list(
            answer.get("log", ())
        )
        hint = self.risk.unbounded_hint() if self.risk is not None and not success else None
        if hint is not None and reason not in (StopReason.CALLBACK, StopReason.NOT_FINITE):
            reason, status = StopReason.NO_FINITE_MINIMUM, len(REASONS) + 1
            message = f"{reason} Here {hint}."
        point, H = self._certify(answer, certificate)
        history = answer["history"]
        return {
            "x": answer["x"],
            "hess": H,
            "success": success,
            "status": status,
            "message": message,
            "reason": reason,
            **{name: answer[name] for name in ("nit", "nhvp", "gradient_norm")},
            **{name: answer[name] + (felt is not None) for name in ("nfev", "njev")},
            "nhev": answer["nhev"] + (H is not None),
            "eigmin": answer["eigmin"] if point is None else point.eigmin,
            "second_order": _second_order(answer, point),
            "certificate": point,
            "tests": tuple(StopTest(*test) for test in answer["tests"]),
            "history": MinimizeHistory.from_core(history) if isinstance(history, dict) else history,
            "time": answer["seconds"],
            "method": method,
            "log": tuple(log),
        }

    def _follows(self, answer: Mapping[str, Any]) -> bool | None:
        """Whether the function follows its gradient at the end; None where that was not looked at."""
        if self.function is None or self.free or "residuals" in self.function.callables:
            return None
        return self.function.follows_its_gradient(answer["x"].copy(), answer["fun"], answer["jac"])

    def _certify(self, answer: Mapping[str, Any], certificate: bool | None) -> tuple[Any, Any]:
        """What kind of point the run came to, and the Hessian there; None where it was not asked for."""
        hessian = self._hessian()
        worked_with_it = answer["checked"] and answer["reason"] != "goal" and self.size <= CHEAP_SPECTRUM
        if certificate is False or hessian is None or (certificate is None and not worked_with_it):
            return None, None
        H = np.asarray(hessian(answer["x"].copy()), dtype=np.float64)
        if self.free:
            H = H[np.ix_(self.free, self.free)]
        here = SimpleNamespace(
            value=lambda _: answer["fun"], gradient=lambda _: answer["jac"], hessian=lambda _: H
        )
        return critical_point(here, answer["x"][list(self.free)] if self.free else answer["x"]), H

    def _hessian(self) -> Callable[..., Any] | None:
        if self.risk is not None:
            return self.risk.hessian
        assert self.function is not None
        return self.function.callables.get("hessian")

    def _require_memory(self, method: str, at_once: int = 1) -> None:
        if method in ("newton-cg", "lbfgs", "nonlinear-cg", "gradient-descent"):
            return
        needed = 8 * self.size**2 * at_once
        if needed > available_bytes():
            matrices = "a matrix" if at_once == 1 else f"{at_once} matrices, one for each thread,"
            raise MemoryError(
                f"{method} with {self.size} parameters needs {matrices} of {needed / 1e9:.3g} GB, there are "
                f"{available_bytes() / 1e9:.3g} GB; newton-cg and lbfgs need none"
            )


def _second_order(answer: Mapping[str, Any], point: CriticalPoint | None) -> str:
    if not answer["checked"]:
        return "not checked"
    if point is not None and point.verdict is PointVerdict.FLAT:
        return "flat: the Hessian vanishes too, and decides nothing"
    if answer["strict_saddle"]:
        return f"strict saddle, λ_min = {answer['eigmin']:.3g}"
    return "no negative curvature"


def _indices(free: ArrayLike | None, size: int) -> tuple[int, ...]:
    if free is None:
        return ()
    index = row_index(free, size, "free")
    unique = np.unique(index)
    if unique.size != index.size:
        raise ValueError("free names a parameter twice")
    return tuple(int(each) for each in unique)
