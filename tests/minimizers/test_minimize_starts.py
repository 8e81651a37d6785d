"""Many starts of rv.minimize: each is the run alone, on every number of threads; the lowest is kept."""

from __future__ import annotations

import signal
import threading
import time

import numpy as np
import pytest

import ravine as rv

X = np.linspace(-1, 1, 20)[:, None]
Y = np.sin(np.pi * X[:, 0])
OPTIONS = {"method": "levenberg-marquardt", "maxiter": 12}


def network() -> rv.MLP:
    return rv.MLP([1, 4, 1], activation="tanh", initializer="glorot_normal", seed=99)


def alone(seed: int, **options):
    net = network()
    net.initialize(seed)
    return rv.minimize(rv.EmpiricalRisk(net, X, Y), **options)


@pytest.mark.usefixtures("restore_threads")
@pytest.mark.parametrize("method", ["levenberg-marquardt", "lbfgs", "newton"])
def test_each_start_is_the_run_alone_and_the_best_is_kept(method):
    options = {"method": method, "maxiter": 12}
    runs = [alone(seed, **options) for seed in range(5, 17)]
    best = int(np.argmin([run.fun for run in runs]))
    for threads in (1, 2, 3):
        rv.set_num_threads(threads)
        net = network()
        result = rv.minimize(rv.EmpiricalRisk(net, X, Y), starts=12, seed=5, **options)
        starts = result.starts
        assert starts.seeds == tuple(range(5, 17))
        assert starts.x.tobytes() == np.stack([run.x for run in runs]).tobytes()
        assert starts.fun.tolist() == [run.fun for run in runs]
        assert starts.gradient_norm.tolist() == [run.gradient_norm for run in runs]
        assert starts.nit.tolist() == [run.nit for run in runs]
        assert starts.nfev.tolist() == [run.nfev for run in runs]
        assert starts.reasons == tuple(run.reason for run in runs)
        assert starts.best == best
        assert net.theta.tobytes() == runs[best].x.tobytes() == result.x.tobytes()
        assert result.history.loss.tolist() == runs[best].history.loss.tolist()
        assert result.fun == starts.fun.min() == rv.EmpiricalRisk(net, X, Y).value()
        assert result.nit == runs[best].nit


def test_the_first_of_equals_is_the_best():
    net = rv.MLP([1, 3, 1], initializer="zeros")
    result = rv.minimize(rv.EmpiricalRisk(net, X, Y), starts=6, **OPTIONS)
    assert np.ptp(result.starts.fun) == 0
    assert result.starts.best == 0


def test_auto_goes_on_from_the_lowest():
    net = network()
    risk = rv.EmpiricalRisk(net, X, Y)
    result = rv.minimize(risk, starts=8, maxiter=60)
    best = result.starts.best
    assert result.method == "auto"
    assert result.fun == risk.value() <= result.starts.fun[best] == result.starts.fun.min()
    assert result.log[0].startswith("levenberg-marquardt")


def test_what_is_held_stays_and_the_rest_is_drawn():
    net = network()
    before, free = net.theta.copy(), [0, 1, 5]
    result = rv.minimize(rv.EmpiricalRisk(net, X, Y), starts=5, free=free, **OPTIONS)
    held = np.setdiff1d(np.arange(before.size), free)
    assert (result.starts.x[:, held] == before[held]).all()
    assert (net.theta[held] == before[held]).all()
    assert len({start.tobytes() for start in result.starts.x}) == 5
    assert net.theta.tobytes() == result.starts.x[result.starts.best].tobytes()


def test_seeds_that_are_drawn_can_be_repeated():
    risk = rv.EmpiricalRisk(network(), X, Y)
    starts = rv.minimize(risk, starts=3, seed=np.random.default_rng(2), **OPTIONS).starts
    assert len(set(starts.seeds)) == 3
    assert alone(starts.seeds[2], **OPTIONS).fun == starts.fun[2]


def test_the_spread_is_told():
    result = rv.minimize(rv.EmpiricalRisk(network(), X, Y), starts=30, goal=2e-3, **OPTIONS)
    text = str(result.starts)
    for word in ("ITERATIONS", "GOAL", "all", "lowest", "median", "highest", f"seed {result.starts.best}"):
        assert word in text
    assert text in str(result)
    assert len(result.starts) == 30
    assert result.starts.time > 0
    assert (result.starts.seconds > 0).all()


def test_a_python_loss_is_run_on_one_thread():
    threads = set()

    def squares(f, y):
        threads.add(threading.get_ident())
        r = f - y.reshape(f.shape)
        return 0.5 * (r**2).sum(axis=1), r, np.ones((*f.shape, 1))

    risk = rv.EmpiricalRisk(network(), X, Y, rv.losses.Custom(squares))
    built_in = rv.minimize(rv.EmpiricalRisk(network(), X, Y), starts=3, **OPTIONS)
    result = rv.minimize(risk, starts=3, **OPTIONS)
    assert threads == {threading.get_ident()}
    np.testing.assert_allclose(result.starts.fun, built_in.starts.fun, rtol=1e-6)


def test_an_exception_of_a_python_loss_leaves_theta_alone():
    calls = []

    def breaks(f, y):
        calls.append(1)
        if len(calls) > 20:
            raise OSError("the disk is full")
        r = f - y.reshape(f.shape)
        return 0.5 * (r**2).sum(axis=1), r, np.ones((*f.shape, 1))

    net = network()
    before = net.theta.copy()
    with pytest.raises(OSError, match="the disk is full"):
        rv.minimize(rv.EmpiricalRisk(net, X, Y, rv.losses.Custom(breaks)), starts=50, **OPTIONS)
    assert (net.theta == before).all()


def test_starts_that_break_are_not_the_best():
    """A start at which the risk overflows ends there, and the others go on."""

    class SometimesHuge(rv.initializers.Initializer):
        def weights(self, rng, n_in, n_out):
            scale = 1e200 if rng.random() < 0.3 else 0.5
            return scale * rng.standard_normal((n_in, n_out))

    net = rv.MLP([1, 3, 1], activation="identity", initializer=SometimesHuge())
    result = rv.minimize(rv.EmpiricalRisk(net, X, Y), starts=12, **OPTIONS)
    assert rv.StopReason.NOT_FINITE in result.starts.reasons
    assert np.isfinite(result.fun)
    assert np.isfinite(net.theta).all()
    assert "NOT_FINITE" in str(result.starts)


@pytest.mark.usefixtures("restore_threads")
@pytest.mark.parametrize("threads", [1, 2])
def test_ctrl_c_ends_all_runs_at_once_and_leaves_theta_alone(threads):
    rv.set_num_threads(threads)
    net = rv.MLP([2, 20, 20, 1], activation="tanh", seed=0)
    x = np.random.default_rng(0).uniform(-1, 1, (500, 2))
    risk, before = rv.EmpiricalRisk(net, x, x[:, 0] * x[:, 1]), net.theta.copy()
    sent = []

    def send():
        sent.append(time.perf_counter())
        signal.raise_signal(signal.SIGINT)

    timer = threading.Timer(0.2, send)
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            rv.minimize(risk, starts=10_000, method="levenberg-marquardt")
    finally:
        timer.join()
    assert time.perf_counter() - sent[0] < 1
    assert (net.theta == before).all()


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"starts": 0}, ValueError, "starts"),
        ({"starts": 2.5}, TypeError, "starts"),
        ({"seed": -1}, ValueError, "seed must not be negative"),
        ({"seed": "one"}, TypeError, "seed"),
        ({"callback": print}, ValueError, "callback must be left out with starts=3"),
        ({"x0": np.zeros(13)}, ValueError, "x0 must be left out"),
        ({"maxitr": 3}, TypeError, "did you mean 'maxiter'"),
    ],
)
def test_wrong_arguments_of_starts_are_refused(arguments, error, text):
    net = network()
    before = net.theta.copy()
    with pytest.raises(error, match=text):
        rv.minimize(
            rv.EmpiricalRisk(net, X, Y), **{"starts": 3, "method": "levenberg-marquardt", **arguments}
        )
    assert (net.theta == before).all()


@pytest.mark.usefixtures("restore_threads")
def test_each_thread_needs_a_matrix(monkeypatch):
    rv.set_num_threads(2)
    net = network()
    risk = rv.EmpiricalRisk(net, X, Y)
    monkeypatch.setattr("ravine.minimizers.run.available_bytes", lambda: 1.5 * 8 * net.parameter_count**2)
    assert rv.minimize(risk, method="newton", maxiter=1).nit == 1
    with pytest.raises(MemoryError, match="2 matrices, one for each thread,"):
        rv.minimize(risk, method="newton", starts=4)
    assert rv.minimize(risk, method="lbfgs", maxiter=1, starts=4).nit == 1


def test_a_function_has_nobody_to_draw_its_starts():
    with pytest.raises(TypeError, match="needs a risk"):
        rv.minimize(lambda x: float(x @ x), [1.0], starts=3)
