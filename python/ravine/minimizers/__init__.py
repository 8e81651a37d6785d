"""Minimisers of any smooth function: what :func:`ravine.minimize` is made of."""
