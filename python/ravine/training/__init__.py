"""Inside :func:`ravine.fit`: settings, batches, the loop, and what is remembered of it."""
