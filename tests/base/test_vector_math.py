"""The vector mathematics against forty digits: a few ulp, and the same bits wherever a number lies."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ravine import _core
from support import exact
from support.memory import laid_out_at

FUNCTIONS = sorted(exact.FUNCTIONS)
DTYPES = [np.float32, np.float64]
LARGEST_ULPS = 3.0
INF, NAN = np.inf, np.nan


def image(name: str, x: NDArray[np.floating]) -> NDArray[np.floating]:
    out = np.empty_like(x)
    _core.vector_math(name, x, out)
    return out


def points(name: str, dtype: type) -> NDArray[np.floating]:
    """Both signs of every magnitude, the interesting range filled, both sides of each threshold."""
    info = np.finfo(dtype)
    rng = np.random.default_rng(17)
    top = np.log(float(info.max))
    bottom = np.log(float(info.smallest_subnormal))
    magnitudes = np.exp(rng.uniform(np.log(float(info.tiny)), np.log(200.0), 150))
    fine = rng.uniform(-40, 40, 400)
    tails = np.concatenate(
        [np.linspace(0.97 * top, 1.001 * top, 40), np.linspace(1.001 * bottom, 0.8 * bottom, 60)]
    )
    x = np.concatenate([magnitudes, -magnitudes, fine, tails, rng.uniform(-1.5, 1.5, 200)])
    x = np.concatenate(
        [x, np.array([1, -1]) * float(info.smallest_subnormal), [float(info.tiny), -float(info.tiny)]]
    )
    if name == "log1p":
        ends = np.array([-1 + float(info.epsneg), float(info.max), 1e30, -0.5, -0.29, 0.41])
        x = np.concatenate([x[x > -1], ends, np.exp(rng.uniform(0, 0.99 * top, 100))])
    if name in ("sin", "cos"):
        near_roots = np.round(rng.uniform(0, 1e5, 60)) * np.pi / 2
        x = np.concatenate([x, near_roots, np.exp(rng.uniform(5, 0.99 * top, 60)), [float(info.max)]])
    return x.astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_error_is_a_few_ulp(name: str, dtype: type) -> None:
    x = points(name, dtype)
    assert exact.ulps(image(name, x), x, exact.FUNCTIONS[name]) <= LARGEST_ULPS


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("name", "at", "want"),
    [
        ("exp", [-INF, 0.0, -0.0, INF, -1e30, 1e30], [0.0, 1.0, 1.0, INF, 0.0, INF]),
        ("expm1", [-INF, 0.0, -0.0, INF, -1e30, 1e30], [-1.0, 0.0, -0.0, INF, -1.0, INF]),
        ("log1p", [0.0, -0.0, -1.0, INF, -INF, -2.0], [0.0, -0.0, -INF, INF, NAN, NAN]),
        ("tanh", [-INF, 0.0, -0.0, INF, -1e30, 1e30], [-1.0, 0.0, -0.0, 1.0, -1.0, 1.0]),
        ("erf", [-INF, 0.0, -0.0, INF, -1e30, 1e30], [-1.0, 0.0, -0.0, 1.0, -1.0, 1.0]),
        ("logistic", [-INF, 0.0, -0.0, INF, -1e30, 1e30], [0.0, 0.5, 0.5, 1.0, 0.0, 1.0]),
        ("softplus", [-INF, INF, -1e30, 1e30], [0.0, INF, 0.0, 1e30]),
        ("sin", [-INF, 0.0, -0.0, INF], [NAN, 0.0, -0.0, NAN]),
        ("cos", [-INF, 0.0, -0.0, INF], [NAN, 1.0, 1.0, NAN]),
    ],
)
def test_ends_zeros_and_infinities(name: str, at: list[float], want: list[float], dtype: type) -> None:
    got = image(name, np.array(at, dtype))
    np.testing.assert_array_equal(got, np.array(want, dtype))
    numbers = ~np.isnan(got)  # the sign of a NaN means nothing
    np.testing.assert_array_equal(np.signbit(got)[numbers], np.signbit(want)[numbers])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_nan_stays_nan_and_does_not_spread(name: str, dtype: type) -> None:
    x = np.full(37, 0.25, dtype)
    x[[3, 20, 36]] = NAN
    got = image(name, x)
    np.testing.assert_array_equal(np.isnan(got), np.isnan(x))
    assert (got[~np.isnan(x)] == image(name, x[:1])).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_image_does_not_depend_on_where_the_number_lies(name: str, dtype: type) -> None:
    """Every length and every alignment: the lanes of a tail are those of the body, bit for bit."""
    rng = np.random.default_rng(19)
    x = (rng.normal(size=150) * np.exp(rng.uniform(-5, 4, 150))).astype(dtype)
    if name == "log1p":
        x = np.abs(x)
    whole = image(name, x)
    for n in [*range(70), 127, 149]:
        offset = n % 17
        shifted = laid_out_at(x[:n], offset * x.itemsize)
        out = laid_out_at(np.zeros(n, dtype), ((n * 7) % 16) * x.itemsize)
        _core.vector_math(name, shifted, out)
        assert out.tobytes() == whole[:n].tobytes()
        first = 149 - n
        assert image(name, x[first:149].copy()).tobytes() == whole[first:149].tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_nothing_is_written_beside_the_image(name: str, dtype: type) -> None:
    for n in (0, 1, 5, 16, 33):
        frame = np.full(n + 40, 7.0, dtype)
        _core.vector_math(name, np.full(n, 0.5, dtype), frame[20 : 20 + n])
        assert (frame[:20] == 7.0).all()
        assert (frame[20 + n :] == 7.0).all()


def test_an_unknown_function_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="cbrt"):
        _core.vector_math("cbrt", np.zeros(3), np.zeros(3))
