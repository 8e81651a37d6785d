"""JAX: everything jitted and warm; an epoch is one jitted scan over the batches, parameters donated."""

from __future__ import annotations

from functools import partial
from importlib.metadata import version
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import cho_factor, cho_solve

from bench.cases import Case
from bench.peers import BETAS, EPS, LEARNING_RATE, Program, UnsupportedCaseError
from bench.problems import Array, Problem, layers, pack

Parameters: TypeAlias = list[tuple[jax.Array, jax.Array]]
State: TypeAlias = Any
"""(parameters, running averages of g and of g², number of updates)"""

ACTIVATIONS = {"tanh": jnp.tanh, "relu": jax.nn.relu}


def versions() -> str:
    """What runs."""
    return f"jax {jax.__version__} (jaxlib {version('jaxlib')})"


def build(case: Case, problem: Problem, threads: int) -> Program:
    """The program of a case; the number of threads came through the environment."""
    del threads
    jax.config.update("jax_enable_x64", case.dtype == "float64")
    programs = {"value_and_gradient": _gradient, "hessian": _hessian, "epoch": _epoch}
    programs["hessian_product"] = _hessian_product
    programs["newton_step"] = programs["newton_matrix"] = _newton_step
    if case.kind not in programs:
        raise UnsupportedCaseError(case.kind)
    return programs[case.kind](case, problem)


def _parameters(case: Case, problem: Problem) -> Parameters:
    return [(jnp.array(W), jnp.array(b)) for W, b in layers(case, problem.theta)]


def _packed(parameters: Parameters) -> Array:
    return pack([(np.asarray(W), np.asarray(b)) for W, b in parameters])


def _outputs(activation: str, parameters: Parameters, X: jax.Array) -> jax.Array:
    sigma = ACTIVATIONS[activation]
    *hidden, (W_out, b_out) = parameters
    A = X
    for W, b in hidden:
        A = sigma(A @ W + b)
    return A @ W_out + b_out


def _loss(case: Case, parameters: Parameters, X: jax.Array, y: jax.Array) -> jax.Array:
    f = _outputs(case.activation, parameters, X)
    if case.loss == "squared_error":
        return 0.5 * jnp.mean(jnp.sum((f - y) ** 2, axis=1))
    chosen = jnp.take_along_axis(f, y[:, None], axis=1)[:, 0]
    return jnp.mean(jax.nn.logsumexp(f, axis=1) - chosen)


def _gradient(case: Case, problem: Problem) -> Program:
    parameters = _parameters(case, problem)
    X, y = jnp.array(problem.X), jnp.array(problem.y)
    value_and_gradient = jax.jit(jax.value_and_grad(partial(_loss, case)))

    def run() -> Any:
        return jax.block_until_ready(value_and_gradient(parameters, X, y))

    def results() -> dict[str, Array]:
        value, gradient = run()
        return {"value": np.asarray(value), "gradient": _packed(gradient)}

    return Program(run, results)


def _hessian(case: Case, problem: Problem) -> Program:
    theta, X, y = jnp.array(problem.theta), jnp.array(problem.X), jnp.array(problem.y)

    def loss(theta: jax.Array, X: jax.Array, y: jax.Array) -> jax.Array:
        return _loss(case, layers(case, theta), X, y)

    hessian = jax.jit(jax.hessian(loss))

    def run() -> Any:
        return jax.block_until_ready(hessian(theta, X, y))

    return Program(run, lambda: {"matrix": np.asarray(run())})


def _newton_step(case: Case, problem: Problem) -> Program:
    theta, X, y = jnp.array(problem.theta), jnp.array(problem.X), jnp.array(problem.y)

    def loss(theta: jax.Array, X: jax.Array, y: jax.Array) -> jax.Array:
        return _loss(case, layers(case, theta), X, y)

    def step(theta: jax.Array, X: jax.Array, y: jax.Array) -> jax.Array:
        H = jax.hessian(loss)(theta, X, y) + jnp.eye(theta.size)
        solution: jax.Array = cho_solve(cho_factor(H, lower=True), theta)
        return solution

    compiled = jax.jit(step)

    def run() -> Any:
        return jax.block_until_ready(compiled(theta, X, y))

    return Program(run, lambda: {"step": np.asarray(run())})


def _hessian_product(case: Case, problem: Problem) -> Program:
    """Forward over reverse, vmapped over several vectors."""
    theta, X, y = jnp.array(problem.theta), jnp.array(problem.X), jnp.array(problem.y)
    v = jnp.array(problem.v if case.vectors > 1 else problem.v[0])

    def multiply(theta: jax.Array, v: jax.Array, X: jax.Array, y: jax.Array) -> jax.Array:
        gradient = jax.grad(lambda theta: _loss(case, layers(case, theta), X, y))
        product: jax.Array = jax.jvp(gradient, (theta,), (v,))[1]
        return product

    product = jax.jit(jax.vmap(multiply, (None, 0, None, None)) if case.vectors > 1 else multiply)

    def run() -> Any:
        return jax.block_until_ready(product(theta, v, X, y))

    return Program(run, lambda: {"products": np.atleast_2d(np.asarray(run()))}, units=case.vectors)


def _adam(state: State, gradient: Parameters) -> State:
    parameters, s, r, t = state
    beta1, beta2 = BETAS
    t = t + 1
    s = jax.tree.map(lambda s, g: beta1 * s + (1 - beta1) * g, s, gradient)
    r = jax.tree.map(lambda r, g: beta2 * r + (1 - beta2) * g * g, r, gradient)
    rate, shrink = LEARNING_RATE / (1 - beta1**t), 1 / (1 - beta2**t)
    parameters = jax.tree.map(lambda p, s, r: p - rate * s / (jnp.sqrt(r * shrink) + EPS), parameters, s, r)
    return parameters, s, r, t


def _epoch(case: Case, problem: Problem) -> Program:
    start = _parameters(case, problem)
    X, y = jnp.array(problem.X), jnp.array(problem.y)
    n, full = len(problem.X), len(problem.X) // case.batch * case.batch
    value_and_gradient = jax.value_and_grad(partial(_loss, case))

    def update(state: State, rows: jax.Array, X: jax.Array, y: jax.Array) -> tuple[State, jax.Array]:
        value, gradient = value_and_gradient(state[0], X[rows], y[rows])
        return _adam(state, gradient), value

    @partial(jax.jit, donate_argnums=0)
    def epoch(state: State, order: jax.Array, X: jax.Array, y: jax.Array) -> tuple[State, jax.Array]:
        batches = order[:full].reshape(-1, case.batch)
        state, values = jax.lax.scan(lambda s, rows: update(s, rows, X, y), state, batches)
        # A scan wants batches of one length; the rest of the rows is a last, shorter one.
        state, last = update(state, order[full:], X, y)
        return state, values.sum() * case.batch + last * (n - full)

    shuffler = np.random.default_rng(0)

    def train(epochs: int, shuffle: bool) -> Parameters:
        zeros = [jax.tree.map(jnp.zeros_like, start) for _ in range(2)]
        state: State = (jax.tree.map(jnp.copy, start), *zeros, jnp.float32(0))
        for _ in range(epochs):
            # NumPy's permutation is quicker than a sort inside the jitted function.
            order = shuffler.permutation(n) if shuffle else np.arange(n)
            state, value = epoch(state, order.astype(np.int32), X, y)
        jax.block_until_ready((state, value))
        parameters: Parameters = state[0]
        return parameters

    return Program(
        lambda: train(case.epochs, shuffle=True),
        lambda: {"theta": _packed(train(1, shuffle=False))},
        units=case.epochs,
    )
