"""Time to accuracy: the same loss from the same start, by ravine and by what people use today.

``python -m bench.accuracy`` runs every side on every problem, each run in a process of its own on the
same cores, and prints who reaches which loss after how many seconds; ``--out docs/time_to_accuracy.md``
writes page and picture.
"""
