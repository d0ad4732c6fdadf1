"""Edges to training frameworks: leaves of the import tree, one package per framework.

Only `tasks` and `cli` may import them. Each needs an extra and is imported on use.
"""
