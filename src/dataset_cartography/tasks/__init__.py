"""Edge: what `run.py` needs of each task: load, prepare, train, decode, score. Siblings that read alike.

A task is a class with the methods of `tasks.base.Task`; the command line knows them by `tasks.registry.TASKS`.
"""
