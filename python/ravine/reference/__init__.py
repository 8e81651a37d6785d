"""The textbook: every kernel of ravine again in plain NumPy, slow and obvious.

It is the oracle of the tests, the twin that the benchmarks stand beside, and the place to read how
things work. It needs nothing but NumPy. Read it in this order:

================= ==================================================================================
activations       σ, σ′ and σ″ of every activation
losses            L, ∇L and ∇²L of every loss
network           shape, packing of θ, forward sweep
derivatives       backward sweep: the gradient, and the Jacobian of the outputs
risk              what training makes small: weights, penalty, mini-batches
curvature         products with the Hessian; the Hessian and the Gauss-Newton matrix
signals           what reaches each layer, and the gradients of single samples
updates, …        update rules: gradient descent and momentum, Adam's family, rules of signs
training          one pass over the mini-batches
line_search       minimisers: strong Wolfe steps; first_order has BFGS, L-BFGS and conjugate gradient,
                  second_order Newton and the trust region, fitting Levenberg-Marquardt
products          matrix products, and how far rounding may carry them
dense             Cholesky, LDLᵀ, QR, and the solves with their factors
tape, …           differentiation with four gates, a judge that shares no formula with the rest
================= ==================================================================================

The main job in eleven lines:

>>> import numpy as np
>>> from ravine import reference as ref
>>> rng = np.random.default_rng(0)
>>> X = rng.uniform(-1, 1, (64, 1))
>>> y = X[:, 0] ** 2
>>> net = ref.Network([1, 8, 1], ["tanh", "identity"], [True, True])
>>> theta = rng.normal(size=net.parameter_count)
>>> risk, rule = ref.EmpiricalRisk(net, X, y), ref.Adam(lr=0.02)
>>> for _ in range(60):
...     losses = ref.epoch(risk, theta, rule, rng.permutation(64).reshape(4, 16))
>>> print(f"{risk.value(theta):.4f}")
0.0028
"""

from ravine.reference.activations import ACTIVATIONS
from ravine.reference.curvature import gauss_newton, gauss_newton_product, hessian, hessian_product
from ravine.reference.dense import (
    back_substitution,
    cholesky,
    forward_substitution,
    householder_qr,
    ldlt,
    least_squares,
)
from ravine.reference.derivatives import backward, deltas, jacobian
from ravine.reference.first_order import BETAS, Found, bfgs, bfgs_update, lbfgs, nonlinear_cg, two_loops
from ravine.reference.fitting import (
    Fit,
    levenberg_marquardt,
    network_residuals,
)
from ravine.reference.line_search import Place, strong_wolfe
from ravine.reference.losses import LOSSES, LossTerms, one_hot
from ravine.reference.network import Layer, Network, Sweep, forward, pack, predict, unpack
from ravine.reference.products import product, product_by_definition, rounding_bound
from ravine.reference.risk import EmpiricalRisk
from ravine.reference.second_order import (
    lowest_curvature,
    newton,
    region_step,
    shifted_solve,
    solve_by_cholesky,
    trust_region,
)
from ravine.reference.signals import LayerStatistics, largest_slope, layer_statistics, sample_gradients
from ravine.reference.training import epoch
from ravine.reference.updates import SGD, Adadelta, Adagrad, RMSprop, Rule
from ravine.reference.updates_adam import Adam, Adamax, AdamW, NAdam, RAdam
from ravine.reference.updates_signs import Lion, Rprop

__all__ = [
    "ACTIVATIONS",
    "BETAS",
    "LOSSES",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "EmpiricalRisk",
    "Fit",
    "Found",
    "Layer",
    "LayerStatistics",
    "Lion",
    "LossTerms",
    "NAdam",
    "Network",
    "Place",
    "RAdam",
    "RMSprop",
    "Rprop",
    "Rule",
    "Sweep",
    "back_substitution",
    "backward",
    "bfgs",
    "bfgs_update",
    "cholesky",
    "deltas",
    "epoch",
    "forward",
    "forward_substitution",
    "gauss_newton",
    "gauss_newton_product",
    "hessian",
    "hessian_product",
    "householder_qr",
    "jacobian",
    "largest_slope",
    "layer_statistics",
    "lbfgs",
    "ldlt",
    "least_squares",
    "levenberg_marquardt",
    "lowest_curvature",
    "network_residuals",
    "newton",
    "nonlinear_cg",
    "one_hot",
    "pack",
    "predict",
    "product",
    "product_by_definition",
    "region_step",
    "rounding_bound",
    "sample_gradients",
    "shifted_solve",
    "solve_by_cholesky",
    "strong_wolfe",
    "trust_region",
    "two_loops",
    "unpack",
]
