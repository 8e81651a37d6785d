"""The sides: each minimises a problem's J from the same start, and leaves its trace."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

import ravine as rv
from bench.accuracy.problems import Array, Problem
from bench.accuracy.trace import OutOfTimeError, Trace

Points = list[tuple[float, float]]
ENDLESS = 10**9
BATCH, RATE = 32, 3e-3


def risk_of(problem: Problem, seed: int) -> rv.EmpiricalRisk:
    """Ravine's J, at the start."""
    net = rv.MLP(problem.widths, activation="tanh", seed=seed)
    return rv.EmpiricalRisk(net, *problem.data(), loss=problem.loss, l2=problem.l2)


def ravine(problem: Problem, seed: int, seconds: float) -> Points:
    """``rv.minimize`` with every option at its default, but for the time and no gradient small enough."""
    risk = risk_of(problem, seed)
    trace = Trace(seconds)
    trace.record(risk.value(), at=0.0)
    result = rv.minimize(risk, max_time=seconds, gtol=0, maxiter=ENDLESS)
    for at, loss in zip(result.history.seconds, result.history.loss, strict=True):
        trace.record(float(loss), at=float(at))
    return trace.finish(at=result.time)


def scipy_jax(problem: Problem, seed: int, seconds: float) -> Points:
    """SciPy's L-BFGS-B on a jitted gradient of JAX's, compiled before the clock starts."""
    import jax
    import jax.numpy as jnp
    from scipy.optimize import minimize

    jax.config.update("jax_enable_x64", True)
    X, y = (jnp.asarray(a) for a in problem.data())

    def loss(theta: jax.Array) -> jax.Array:
        a, at, penalty = X, 0, 0.0
        for layer, (n, m) in enumerate(zip(problem.widths, problem.widths[1:], strict=False)):
            W, b = theta[at : at + n * m].reshape(n, m), theta[at + n * m : at + (n + 1) * m]
            at += (n + 1) * m
            a = (jnp.tanh(a) if layer else a) @ W + b
            penalty += 0.5 * problem.l2 * jnp.sum(W**2)
        if problem.loss == "squared_error":
            return 0.5 * jnp.mean((a[:, 0] - y) ** 2) + penalty
        chosen = jnp.take_along_axis(a, y[:, None], axis=1)[:, 0]
        return jnp.mean(jax.nn.logsumexp(a, axis=1) - chosen) + penalty

    compiled = jax.jit(jax.value_and_grad(loss))
    theta = problem.start(seed)
    compiled(theta)[0].block_until_ready()
    trace = Trace(seconds)

    def evaluate(theta: Array) -> tuple[float, Array]:
        value, gradient = compiled(theta)
        trace.record(float(value))
        return float(value), np.asarray(gradient)

    with suppress(OutOfTimeError):
        options = {"maxiter": ENDLESS, "maxfun": ENDLESS, "ftol": 0, "gtol": 0, "maxcor": 20}
        minimize(evaluate, theta, jac=True, method="L-BFGS-B", options=options)
    return trace.finish()


def _torch(problem: Problem, seed: int) -> tuple[Any, Callable[[Any, Any], Any], Any, Any]:
    """Module with the start's weights, J on some rows, and the data."""
    import torch

    layers: list[Any] = []
    source = rv.MLP(problem.widths, activation="tanh", seed=seed)
    for layer in source.layers:
        linear = torch.nn.Linear(*layer.weight.shape, dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(layer.weight.T.copy()))
            linear.bias.copy_(torch.from_numpy(layer.bias.copy()))
        layers += [linear, torch.nn.Tanh()]
    module = torch.nn.Sequential(*layers[:-1])
    weights = [layer.weight for layer in layers[::2]]
    half_square = problem.loss == "squared_error"

    def loss(X: Any, y: Any) -> Any:
        f = module(X)
        mean = 0.5 * ((f[:, 0] - y) ** 2).mean() if half_square else torch.nn.functional.cross_entropy(f, y)
        return mean + 0.5 * problem.l2 * sum((W**2).sum() for W in weights)

    X, y = (torch.from_numpy(np.ascontiguousarray(a)) for a in problem.data())
    return module, loss, X, y


def torch_lbfgs(problem: Problem, seed: int, seconds: float) -> Points:
    """PyTorch's L-BFGS with its strong Wolfe line search."""
    import torch

    module, loss, X, y = _torch(problem, seed)
    optimizer = torch.optim.LBFGS(
        module.parameters(),
        max_iter=ENDLESS,
        max_eval=ENDLESS,
        tolerance_grad=0,
        tolerance_change=0,
        history_size=20,
        line_search_fn="strong_wolfe",
    )
    loss(X, y).backward()
    trace = Trace(seconds)

    def closure() -> Any:
        optimizer.zero_grad()
        value = loss(X, y)
        value.backward()
        trace.record(float(value))
        return value

    with suppress(OutOfTimeError):
        optimizer.step(closure)
    return trace.finish()


def torch_adam(problem: Problem, seed: int, seconds: float) -> Points:
    """PyTorch's Adam on batches of 32 rows, its rate falling linearly to a hundredth over the time."""
    import torch

    module, loss, X, y = _torch(problem, seed)
    optimizer = torch.optim.Adam(module.parameters(), lr=RATE, foreach=False, fused=True)
    generator = torch.Generator().manual_seed(seed)
    value = loss(X, y)
    value.backward()
    trace = Trace(seconds)
    trace.record(float(value), at=0.0)
    with suppress(OutOfTimeError):
        while True:
            for rows in torch.randperm(len(X), generator=generator).split(BATCH):
                optimizer.zero_grad()
                loss(X[rows], y[rows]).backward()
                optimizer.step()
            for group in optimizer.param_groups:
                group["lr"] = RATE * max(0.01, 1 - trace.elapsed / seconds)
            began = time.perf_counter()
            with torch.no_grad():
                value = float(loss(X, y))
            trace.leave_out(time.perf_counter() - began)
            trace.record(value)
    return trace.finish()


def _sklearn(problem: Problem, seed: int, seconds: float, **options: object) -> tuple[Any, Trace]:
    """Its estimator, started at the common start, and the trace that records every loss of L-BFGS."""
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    base = MLPRegressor if problem.loss == "squared_error" else MLPClassifier
    source = rv.MLP(problem.widths, activation="tanh", seed=seed)
    start = iter([(layer.weight.copy(), layer.bias.copy()) for layer in source.layers])

    # Which class it extends is known when it runs: no checker can follow.
    class Recording(base):  # type: ignore[misc, valid-type]
        def _init_coef(self, *_: object) -> tuple[Array, Array]:
            return next(start)

        def _loss_grad_lbfgs(self, *arguments: object, **named: object) -> tuple[float, Array]:
            loss, gradient = super()._loss_grad_lbfgs(*arguments, **named)
            trace.record(float(loss))
            return loss, gradient

    alpha = problem.l2 * len(problem.data()[0])
    model = Recording(
        hidden_layer_sizes=problem.widths[1:-1], activation="tanh", alpha=alpha, random_state=seed, **options
    )
    trace = Trace(seconds)
    return model, trace


def sklearn_lbfgs(problem: Problem, seed: int, seconds: float) -> Points:
    """scikit-learn's ``solver="lbfgs"``, without limits but the time."""
    X, y = problem.data()
    model, trace = _sklearn(problem, seed, seconds, solver="lbfgs", max_iter=ENDLESS, max_fun=ENDLESS, tol=0)
    with suppress(OutOfTimeError):
        model.fit(X, y)
    return trace.finish()


def sklearn_adam(problem: Problem, seed: int, seconds: float) -> Points:
    """scikit-learn's default solver with its default batches and rate, an epoch a call."""
    X, y = problem.data()
    J = risk_of(problem, seed)
    model, trace = _sklearn(problem, seed, seconds, solver="adam")
    trace.record(J.value(), at=0.0)
    classes = {} if problem.loss == "squared_error" else {"classes": np.unique(y)}
    with suppress(OutOfTimeError):
        while True:
            model.partial_fit(X, y, **classes)
            classes = {}
            began = time.perf_counter()
            parts = zip(model.coefs_, model.intercepts_, strict=True)
            value = J.value(np.concatenate([a.ravel() for layer in parts for a in layer]))
            trace.leave_out(time.perf_counter() - began)
            trace.record(value)
    return trace.finish()


SIDES: dict[str, tuple[str, str, Callable[[Problem, int, float], Points]]] = {
    "ravine": ("ravine, rv.minimize", "numpy", ravine),
    "scipy_jax": ("SciPy L-BFGS-B + JAX", "jax", scipy_jax),
    "torch_lbfgs": ("PyTorch LBFGS", "torch", torch_lbfgs),
    "torch_adam": ("PyTorch Adam", "torch", torch_adam),
    "sklearn_lbfgs": ("scikit-learn lbfgs", "sklearn", sklearn_lbfgs),
    "sklearn_adam": ("scikit-learn adam", "sklearn", sklearn_adam),
}
"""Title, the package that it needs, and the run."""


def run(side: str, problem: Problem, seed: int, seconds: float) -> Points:
    """One run, in this process."""
    with warnings.catch_warnings():
        # scikit-learn tells at each call that so few iterations did not converge: here that is meant.
        warnings.simplefilter("ignore")
        return SIDES[side][2](problem, seed, seconds)
