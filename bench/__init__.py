"""How fast ravine is: every kernel beside its NumPy twin, and the whole beside other packages.

``pytest bench`` times each compiled kernel beside the same thing in NumPy (pytest-benchmark).
``python -m bench`` runs the cases that the project holds itself to, each side in a process of its own on the
same cores, and prints ratios beside the bars; ``docs/benchmarks.md`` tells how to read them.

========= =====================================================================================
cases     what is run: the catalogue of cases, and which ratio must reach which bar
problems  the arrays of a case, the same for every side
peers/    one module a side, and the worker process that times it
workers   those processes, seen from outside: pinned, asked in turn
compare   one case: interleaved rounds, ratios, agreement of the results
updates   update_rules and update_worker: every rule beside the bounds of the machine
curvature dense matrices beside peers, and pairs of ravine's own work
memory    how much a gradient or a Hessian adds to the peak of memory
imports   what ``import ravine`` adds to ``import numpy``
twins     NumPy written for speed, network and updates; vector_twins: element by element
report    the tables, and the measured part of docs/benchmarks.md
========= =====================================================================================
"""
