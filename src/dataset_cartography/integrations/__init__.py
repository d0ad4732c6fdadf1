"""Edges to training frameworks: leaves of the import tree, one module or package per framework.

Only `tasks` and `cli` may import them. Each needs an extra and is imported on use. `shared` is what they have in
common; `lightning` builds on `pytorch`.
"""
