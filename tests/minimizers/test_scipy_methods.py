"""Ravine's methods inside scipy.optimize.minimize."""

import numpy as np
import pytest

import ravine as rv
from ravine.minimizers.options import METHODS

optimize = pytest.importorskip("scipy.optimize")
START = [-1.2, 1.0]


def test_every_method_has_its_name():
    assert {name.replace("_", "-") for name in rv.scipy.__all__} == set(METHODS)
    assert repr(rv.scipy.newton_cg) == "ravine.scipy.newton_cg"


@pytest.mark.parametrize(
    "name", sorted({*rv.scipy.__all__} - {"levenberg_marquardt", "gradient_descent", "textbook_newton"})
)
def test_the_result_is_scipys(name):
    method = getattr(rv.scipy, name)
    calls = []
    result = optimize.minimize(
        lambda x, shift: optimize.rosen(x) + shift,
        START,
        (3.0,),
        method=method,
        jac=lambda x, _: optimize.rosen_der(x),
        hess=lambda x, _: optimize.rosen_hess(x),
        callback=lambda xk: calls.append(xk.copy()),
        tol=1e-7,
    )
    assert isinstance(result, optimize.OptimizeResult)
    assert result.success
    assert result.fun == pytest.approx(3)
    assert result.gradient_norm <= 1e-7
    np.testing.assert_allclose(result.x, 1, atol=1e-6)
    assert {"x", "fun", "jac", "nit", "nfev", "njev", "status", "message", "reason"} <= set(result)
    assert len(calls) >= result.nit - 1 > 0  # the last iteration ends the run instead
    assert optimize.rosen(calls[-1]) < optimize.rosen(np.array(START))


def test_values_with_gradients_options_and_stop_iteration():
    def both(x):
        return optimize.rosen(x), optimize.rosen_der(x)

    def stop(intermediate_result):
        assert intermediate_result.fun < optimize.rosen(np.array(START))
        raise StopIteration

    result = optimize.minimize(both, START, jac=True, method=rv.scipy.bfgs, callback=stop)
    assert result.reason is rv.StopReason.CALLBACK
    few = optimize.minimize(both, START, jac=True, method=rv.scipy.lbfgs, options={"maxiter": 2})
    assert few.nit == 2
    assert optimize.minimize(optimize.rosen, START, method=rv.scipy.bfgs).success


def test_bounds_and_unknown_options_are_refused():
    with pytest.raises(ValueError, match="neither bounds"):
        optimize.minimize(optimize.rosen, START, method=rv.scipy.newton, bounds=[(0, 1), (0, 1)])
    with pytest.raises(TypeError, match="did you mean 'maxiter'"):
        optimize.minimize(optimize.rosen, START, method=rv.scipy.newton, options={"maxitr": 1})
