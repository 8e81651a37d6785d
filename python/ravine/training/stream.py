"""Training from an iterator of batches: data that do not fit the memory, or never end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from numpy.typing import ArrayLike

from ravine.arrays import require_count
from ravine.history import History
from ravine.losses import Loss
from ravine.network import MLP
from ravine.objective import EmpiricalRisk
from ravine.optim import Adam, Optimizer
from ravine.probabilities import metric_name
from ravine.progress import Progress
from ravine.schedules import OnPlateau, ScheduleLike
from ravine.seeds import Seed, stream_key
from ravine.targets import ClassWeight
from ravine.training.early_stopping import EarlyStopping
from ravine.training.perturbation import Perturbation
from ravine.training.run import Run
from ravine.training.settings import Callback, Settings, StepCallback, listeners, require_rule
from ravine.training.sources import Stream
from ravine.training.validation import validation_of

__all__ = ["fit_stream"]


def fit_stream(
    net: MLP,
    batches: Iterable[Any],
    loss: str | Loss = "squared_error",
    optimizer: Optimizer | None = None,
    max_updates: int | None = None,
    *,
    record_every: int = 100,
    validation_data: tuple[ArrayLike, ArrayLike] | None = None,
    callbacks: Iterable[Callback] = (),
    step_callbacks: Iterable[StepCallback] = (),
    l2: float | Sequence[float] = 0.0,
    l1: float | Sequence[float] = 0.0,
    prior: ArrayLike | MLP | None = None,
    class_weight: ClassWeight | None = None,
    missing: str = "refuse",
    reduction: str = "mean",
    schedule: ScheduleLike | OnPlateau | None = None,
    momentum_schedule: ScheduleLike | None = None,
    clip_norm: float | None = None,
    clip_value: float | None = None,
    perturbation: Perturbation | None = None,
    early_stopping: EarlyStopping | None = None,
    goal: float | None = None,
    max_time: float | None = None,
    seed: Seed = 0,
    progress: bool = False,
) -> History:
    """Train the network on batches as they come, one update each, and return the history.

    Each update is ``optimizer.step(theta, ∇J_B(theta))``, J_B the risk of the batch by itself: Σ w L / Σ w
    over the batch, or with ``reduction="sum"`` Σ w L; and the penalty.

    Parameters
    ----------
    net : the network; theta is changed in place.
    batches : an iterable of pairs (X, y) or triples (X, y, sample_weight); batches may differ in length.
    loss, optimizer, validation_data, callbacks, step_callbacks : as for :func:`ravine.fit`.
    l2, l1, prior, class_weight, missing, reduction : as for :class:`EmpiricalRisk`, of each batch;
        "balanced" is refused, for it would mean other class weights in each.
    schedule, momentum_schedule, clip_norm, clip_value, perturbation, early_stopping, goal, max_time :
        likewise; what is said of an epoch there holds here for `record_every` updates.
    seed : for the noise of `perturbation`; the batches are yours.
    max_updates : updates after which the run ends; no batch is taken from the iterator after that.
    record_every : updates of one record of the history.
    progress : show a line about each record; needs max_updates.

    Raises
    ------
    TypeError, ValueError : a batch breaks a rule; the message says which batch. Updates before it stay made.

    >>> import numpy as np, ravine as rv
    >>> random = np.random.default_rng(0)
    >>> def batches():
    ...     while True:
    ...         x = random.uniform(-1, 1, (32, 1))
    ...         yield x, x[:, 0] ** 2
    >>> net = rv.MLP([1, 8, 1], seed=0)
    >>> history = rv.fit_stream(net, batches(), optimizer=rv.optim.Adam(lr=0.01), max_updates=1000)
    >>> len(history["loss"]), history.stop_reason.name, bool(history["loss"][-1] < 1e-2)
    (10, 'UPDATES', True)
    """
    rule = require_rule(Adam() if optimizer is None else optimizer, momentum_schedule)
    require_count(record_every, "record_every")
    try:
        iterator = iter(batches)
    except TypeError:
        raise TypeError(f"batches must be an iterable of (X, y), got {type(batches).__name__}") from None
    settings = Settings(
        epochs=None,
        key=stream_key(seed),
        schedule=schedule,
        momentum_schedule=momentum_schedule,
        clip_norm=clip_norm,
        clip_value=clip_value,
        perturbation=perturbation,
        early_stopping=early_stopping,
        goal=goal,
        max_time=max_time,
        max_updates=max_updates,
        callbacks=listeners(callbacks, "callbacks"),
        step_callbacks=listeners(step_callbacks, "step_callbacks"),
    )
    if max_updates is not None:
        settings = settings.over(max_updates)
    if isinstance(class_weight, str):
        raise ValueError(f"class_weight must be a dict or an array for a stream, got {class_weight!r}")
    validation = None if validation_data is None else validation_of(net, validation_data, loss, missing)
    options = {"l2": l2, "l1": l1, "prior": prior, "class_weight": class_weight}
    options |= {"missing": missing, "reduction": reduction}

    def risk_of(batch: Any, number: int) -> EmpiricalRisk:
        return _risk(net, batch, number, loss, options)

    with ExitStack() as stack:
        if progress:
            if max_updates is None:
                raise ValueError("progress=True needs max_updates, to know how far there is to go")
            name = metric_name(loss) if validation is not None else None
            records = -(-max_updates // record_every)
            bar = stack.enter_context(Progress(records, metric_name=name))
            settings = replace(settings, callbacks=(*settings.callbacks, bar))
        source = Stream(iterator, risk_of, record_every)
        return Run(net, source, loss, validation, rule, settings).train()


def _risk(net: MLP, batch: Any, number: int, loss: str | Loss, options: dict[str, Any]) -> EmpiricalRisk:
    if not isinstance(batch, (tuple, list)) or len(batch) not in (2, 3):
        raise TypeError(f"batch {number} must be (X, y) or (X, y, sample_weight), got {type(batch).__name__}")
    try:
        weight = batch[2] if len(batch) == 3 else None
        return EmpiricalRisk(net, batch[0], batch[1], loss, sample_weight=weight, **options)
    except (TypeError, ValueError) as error:
        raise type(error)(f"batch {number}: {error}") from error
