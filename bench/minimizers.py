"""``python -m bench.minimizers``: time to accuracy of whole fits, beside SciPy with JAX and the textbook.

Franke's function at 1,000 random points by 2-20-20-1 tanh networks; sin(10x)/(10x) at 2,000 points by 1-20-1;
the handwritten digits by a classifier of 2,410 parameters. SciPy and JAX are measured if they are installed.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

import ravine as rv
from bench.report import table
from ravine import reference
from ravine.benchmarks.machine import description

Rows = list[list[str]]


def franke(points: int = 1000) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Franke's function (NPS-53-79-003, 1979) at random points of a square, inputs moved to [-1, 1]²."""
    X = np.random.default_rng(0).random((points, 2))
    x, y = 9 * X.T
    z = (
        0.75 * np.exp(-((x - 2) ** 2 + (y - 2) ** 2) / 4)
        + 0.75 * np.exp(-((x + 1) ** 2) / 49 - (y + 1) / 10)
        + 0.5 * np.exp(-((x - 7) ** 2 + (y - 3) ** 2) / 4)
        - 0.2 * np.exp(-((x - 4) ** 2) - (y - 7) ** 2)
    )
    return 2 * X - 1, z


def franke_risk(seed: int) -> rv.EmpiricalRisk:
    """The risk, half the mean squared error, on a network of its own."""
    return rv.EmpiricalRisk(rv.MLP([2, 20, 20, 1], activation="tanh", seed=seed), *franke())


def scipy_with_jax(seed: int, seconds: float) -> float:
    """The loss that SciPy's L-BFGS-B with jitted gradients reaches from the same start in so many seconds."""
    import jax
    import jax.numpy as jnp
    from scipy.optimize import minimize

    jax.config.update("jax_enable_x64", True)
    net, (X, z) = franke_risk(seed).net, franke()
    layers = [(layer.weight.shape, layer.weight.size, layer.bias.size) for layer in net.layers]

    def loss(theta: jax.Array) -> jax.Array:
        a, at = jnp.asarray(X), 0
        for index, (shape, weights, biases) in enumerate(layers):
            W = theta[at : at + weights].reshape(shape)
            b = theta[at + weights : at + weights + biases]
            at += weights + biases
            a = a @ W + b
            a = jnp.tanh(a) if index < len(layers) - 1 else a
        return 0.5 * jnp.mean((a[:, 0] - z) ** 2)

    compiled = jax.jit(jax.value_and_grad(loss))
    compiled(net.theta)[0].block_until_ready()
    best, end = np.inf, time.perf_counter() + seconds

    def evaluate(theta: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        nonlocal best
        value, gradient = compiled(theta)
        best = min(best, float(value))
        if time.perf_counter() > end:
            raise TimeoutError
        return float(value), np.asarray(gradient)

    try:
        options = {"maxiter": 10**7, "maxfun": 10**7, "ftol": 0, "gtol": 0, "maxcor": 20}
        minimize(evaluate, net.theta.copy(), jac=True, method="L-BFGS-B", options=options)
    except TimeoutError:
        pass
    return best


def beside_scipy(seconds: float, starts: int) -> Iterator[list[str]]:
    """How much sooner ravine reaches the loss that SciPy with JAX reaches in so many seconds."""
    ratios = []
    for seed in range(starts):
        goal = scipy_with_jax(seed, seconds)
        began = time.perf_counter()
        result = rv.minimize(franke_risk(seed), goal=goal, max_time=seconds, maxiter=10**9)
        took = time.perf_counter() - began
        reached = result.fun <= goal
        ratios.append(seconds / took if reached else 0.0)
        yield [f"Franke, seed {seed}: loss {goal:.2g}", f"{took:.2f} s for {seconds:g} s", ""]
    yield ["Franke: sooner than SciPy with JAX, median", f"{np.median(ratios):.0f} x", ">= 20 x"]


def iterations_a_second(seconds: float) -> Iterator[list[str]]:
    """Levenberg-Marquardt's iterations beside the textbook's in NumPy and LAPACK."""
    risk = franke_risk(0)
    net = risk.net
    twin = reference.Network(list(net.widths), list(net.activations), list(net.biases))
    residuals, jacobian = reference.network_residuals(twin, *franke())
    iterations, end = 0, time.perf_counter() + seconds

    def count(_theta: NDArray[np.float64], _value: float) -> bool:
        nonlocal iterations
        iterations += 1
        return time.perf_counter() > end

    reference.levenberg_marquardt(residuals, jacobian, net.theta.copy(), maxiter=10**9, stop=count)
    textbook = iterations / seconds
    result = rv.minimize(
        risk, method="levenberg-marquardt", max_time=seconds, gtol=0, maxiter=10**9, certificate=False
    )
    ours = (
        result.nhev / result.time
    )  # of steps that were taken: a rejected one needs no matrix, here as there
    yield ["Franke: iterations a second, ours and the textbook's", f"{ours:.0f}, {textbook:.0f}", ""]
    yield ["Franke: the ratio", f"{ours / textbook:.1f} x", ">= 4 x"]


def accuracy(seconds: float, starts: int) -> Iterator[list[str]]:
    """What ``auto`` reaches in so many seconds."""
    errors = []
    for seed in range(starts):
        result = rv.minimize(franke_risk(seed), max_time=seconds, gtol=0, maxiter=10**9, certificate=False)
        errors.append(2 * result.fun)
    label = f"Franke: mean squared error after {seconds:g} s, median of {starts} starts"
    yield [label, f"{np.median(errors):.2g}", "< 5e-12 in 20 s"]


def sinc(starts: int) -> Iterator[list[str]]:
    """Seconds to a mean squared error of 1e-12."""
    x = np.linspace(-1, 1, 2000)[:, None]
    times = []
    for seed in range(starts):
        risk = rv.EmpiricalRisk(
            rv.MLP([1, 20, 1], activation="tanh", seed=seed), x, np.sinc(10 * x[:, 0] / np.pi)
        )
        began = time.perf_counter()
        result = rv.minimize(risk, goal=0.5e-12, max_time=10, gtol=0, maxiter=10**9)
        times.append(time.perf_counter() - began if result.fun <= 0.5e-12 else np.inf)
    label = f"sin(10x)/(10x): seconds to 1e-12, median of {starts} starts"
    yield [label, f"{np.median(times):.2f}", "< 1"]


def digits() -> Iterator[list[str]]:
    """Seconds to a gradient norm of 1e-10 of a classifier: by auto, and by Newton after 300 of L-BFGS."""
    X, y = rv.datasets.digits()
    Z = rv.Standardizer.fit(X).transform(X)
    for warm_up, method in ((0, "auto"), (300, "newton")):
        net = rv.MLP([64, 32, 10], activation="tanh", seed=0)
        risk = rv.EmpiricalRisk(net, Z, y, loss="cross_entropy", l2=1e-3)
        began = time.perf_counter()
        if warm_up:
            rv.minimize(risk, method="lbfgs", maxiter=warm_up)
        result = rv.minimize(risk, method=method, gtol=1e-10, certificate=False)
        took = time.perf_counter() - began
        tail = " ".join(f"{norm:.0e}" for norm in result.history.gradient_norm[-4:])
        label = f"digits, P = {net.parameter_count}, {method}: seconds to ‖g‖ <= 1e-10, last norms"
        yield [label, f"{took:.1f}, {tail}", "seconds"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.minimizers", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each run on Franke's function")
    parser.add_argument("--starts", type=int, default=10, help="starts of each median")
    options = parser.parse_args(arguments)
    threads = min(2, rv.get_num_threads())
    rv.set_num_threads(threads)
    rows: Rows = [*sinc(options.starts), *digits(), *iterations_a_second(min(options.seconds, 5))]
    rows += accuracy(options.seconds, options.starts)
    if find_spec("jax") and find_spec("scipy"):
        rows += beside_scipy(options.seconds, min(options.starts, 3))
    for name, value in description().items():
        print(f"{name}: {value}")
    print(f"threads: {threads}\n")
    print(table(["what", "measured", "bar"], rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
