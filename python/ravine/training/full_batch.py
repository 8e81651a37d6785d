"""Training by a minimiser: the core walks, and Python looks at each of its iterations."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ravine.history import EpochRecord, History, StopReason
from ravine.minimizers.minimizer import Minimizer
from ravine.minimizers.result import REASONS
from ravine.network import MLP
from ravine.objective import EmpiricalRisk
from ravine.training.batches import USUAL_BATCH
from ravine.training.course import Course
from ravine.training.settings import Settings
from ravine.training.sources import Rows
from ravine.training.validation import Validation

if TYPE_CHECKING:
    from ravine.minimizers.auto import Passed, Stage

__all__ = ["FullBatchRun", "require_whole"]

_OF_RULES = ("schedule", "momentum_schedule", "clip_norm", "clip_value", "perturbation", "step_callbacks")
"""Settings that speak of mini-batch updates."""

_WITHOUT_END = 1e15
"""Iterations that the core may make: the run counts its own."""


class Memory:
    """Where a minimiser stands beside theta.

    Attributes
    ----------
    numbers : what the method remembers: its damping, radius, pairs, matrix.
    passed, value : the methods of a chain that are through, whether their stage's limit cut them short, and
        the risk to which they have led.
    iterations : of the method under way.
    """

    def __init__(self) -> None:
        self.numbers: NDArray[np.float64] = np.empty(0)
        self.passed: list[Passed] = []
        self.value = np.nan
        self.iterations = 0

    def pass_on(self, passed: Passed, value: float) -> None:
        """A method has ended; the next one begins without a memory."""
        self.numbers = np.empty(0)
        self.passed.append(passed)
        self.value, self.iterations = value, 0

    def state_dict(self) -> dict[str, Any]:
        """All that the next iterations depend on."""
        return dict(vars(self))

    def load_state_dict(self, state: dict[str, Any], /) -> None:
        """Put it back."""
        self.numbers = np.array(state["numbers"], dtype=np.float64)
        self.passed = [(str(method), bool(cut)) for method, cut in state["passed"]]
        self.value, self.iterations = float(state["value"]), int(state["iterations"])


class FullBatchRun(Course):
    """One run of a minimiser over all rows. An epoch is `iterations` of its iterations.

    The loss of an epoch is J where it has led, so that the training loss, too, judges an epoch's end. An
    epoch in which no step was taken has left the parameters as they were: it says nothing about progress.
    """

    def __init__(
        self,
        net: MLP,
        risk: EmpiricalRisk,
        source: Rows,
        validation: Validation | None,
        minimizer: Minimizer,
        settings: Settings,
        given_up: Callable[[], bool] | None = None,
    ) -> None:
        self._memory = Memory()
        super().__init__(net, source, risk.loss_function, validation, self._memory, settings, given_up)
        self._risk = risk
        self._minimizer = minimizer
        self._seen = 0  # iterations of the core's walk
        self._last_theta = net.theta.copy()
        self._figures: dict[str, float] | None = None  # of validation, at the last theta

    def train(self) -> History:
        """Walk until there is a reason to stop."""
        state = self._state
        self._last_theta[...] = self._net.theta
        if state.under_way and state.done >= self._minimizer.iterations:  # interrupted while it was judged
            state.reason = self._finish_epoch()
        if state.reason is None and not self._has_arrived():
            self._walk()
        self._save()
        return self._end()

    def _walk(self) -> None:
        """Let the method walk, or those of the chain "auto" one after the other."""
        # Not above: it brings the diagnostics of curvature, for which training by rules has no use.
        from ravine.minimizers.auto import is_over, next_stage
        from ravine.minimizers.run import Problem

        method, memory = self._minimizer.method, self._memory
        problem = Problem.of_risk(self._risk, None, None)
        while (stage := next_stage(method, problem, memory.passed, memory.value)) is not None:
            answer = self._take_stage(stage)
            if answer["reason"] == "callback":
                return
            passed = stage.method, answer["reason"] == "iterations"
            end = next_stage(method, problem, [*memory.passed, passed], answer["fun"]) is None
            if end or is_over(answer, stage_is_limited=True):
                self._arrive(answer)
                return
            memory.pass_on(passed, answer["fun"])
            if answer["nit"] > self._seen and not self._take(
                answer["x"], answer["fun"], answer["gradient_norm"], answer["nit"]
            ):
                return

    def _take_stage(self, stage: Stage) -> dict[str, Any]:
        """Let one method walk, from where a checkpoint has left it, and return the core's answer."""
        memory, self._seen = self._memory, 0
        most = stage.settings.get("maxiter", _WITHOUT_END) - memory.iterations
        settings = {**self._minimizer.options, **stage.settings, "maxiter": most}
        numbers = None if self._file is None else memory.numbers
        try:
            return self._risk._minimize(
                stage.method, settings, [], self._look, theta=self._net.theta, memory=numbers
            )
        except KeyboardInterrupt:
            # The core may have gone on by a step that nobody has looked at: the run stands where it was seen.
            self._net.theta[...] = self._last_theta
            self._save(interrupted=True)
            raise

    def _look(self, x: NDArray[Any], value: float, gradient: NDArray[Any], *rest: Any) -> bool:
        """Look at an iteration inside the core's walk; whether to go on."""
        if self._given_up is not None and self._given_up():
            raise KeyboardInterrupt
        iteration, memory = rest[5], self._memory
        memory.numbers = rest[6] if len(rest) > 6 else memory.numbers
        memory.iterations += iteration - self._seen
        return self._take(x, value, float(np.linalg.norm(gradient)), iteration)

    def _take(self, x: NDArray[Any], value: float, gradient_norm: float, iteration: int) -> bool:
        """Take an iteration into the run; whether to go on."""
        self._see(x, value, gradient_norm, iteration)
        state = self._state
        if state.done >= self._minimizer.iterations:
            state.reason = self._finish_epoch()
        limit = self._settings.max_updates
        if state.reason is None and limit is not None and state.updates >= limit:
            state.reason = StopReason.UPDATES
        if state.reason is None and self._seconds_left() == 0:
            state.reason = StopReason.TIME
        over = state.reason is not None or self._has_arrived()
        if not over:
            self._save()
        return not over

    def _see(self, x: NDArray[Any], value: float, gradient_norm: float, iteration: int) -> None:
        """Take an iteration into the epoch."""
        state = self._state
        if not state.under_way:
            state.begin_epoch(self._last_theta, 1)
        state.count(iteration - self._seen)
        self._seen = iteration
        state.losses[0], state.norms[0] = value, gradient_norm
        if not np.array_equal(x, self._last_theta):
            self._figures = None
            self._last_theta[...] = x

    def _arrive(self, answer: dict[str, Any]) -> None:
        """The method has ended by itself; its last iteration has not been looked at."""
        reason, success, _ = REASONS[answer["reason"]]
        if reason is not StopReason.NOT_FINITE and answer["nit"] > self._seen:
            self._see(answer["x"], answer["fun"], answer["gradient_norm"], answer["nit"])
            if self._state.done >= self._minimizer.iterations:
                self._finish_epoch()
        if not success and reason is not StopReason.NOT_FINITE:
            endless = self._risk.unbounded_hint(self._net.theta) is not None
            reason = StopReason.NO_FINITE_MINIMUM if endless else reason
        self._state.reason = reason

    def _has_arrived(self) -> bool:
        epochs = self._settings.epochs
        return epochs is not None and self._state.epoch >= epochs

    def _record(self) -> EpochRecord:
        state = self._state
        if self._validation is not None and self._figures is None:
            self._figures = self._validation.figures()
        return EpochRecord(
            epoch=state.epoch + 1,
            loss=float(state.losses[0]),
            gradient_norm=float(state.norms[0]),
            seconds=self._seconds(),
            updates=state.updates,
            **(self._figures or {}),
        )

    def _judge_epoch(self, record: EpochRecord) -> float:
        value = self._judge.value(record)
        self._state.judge(value, self._net.theta, record.epoch)
        return value

    def _is_tired(self, value: float) -> bool:
        moved = not np.array_equal(self._net.theta, self._state.epoch_theta)
        return moved and super()._is_tired(value)


def require_whole(
    minimizer: Minimizer, risk: EmpiricalRisk, settings: Settings, batch_size: int | None
) -> None:
    """Raise unless a minimiser can do what was asked: all rows at once, of a smooth float64 risk."""
    # Not above: it brings the diagnostics of curvature, for which training by rules has no use.
    from ravine.minimizers.run import Problem

    for name in _OF_RULES:
        if getattr(settings, name):
            raise ValueError(
                f"{name} belongs to the updates of ravine.optim: leave it out with {minimizer.method}"
            )
    if batch_size is not None and batch_size < risk.sample_count and batch_size != USUAL_BATCH:
        raise ValueError(
            f"batch_size must be left out with {minimizer.method}, which takes all rows, got {batch_size}"
        )
    Problem.of_risk(risk, None, None)
