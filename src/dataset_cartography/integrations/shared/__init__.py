"""What the recorders of several frameworks share: attempts, passes, processes, and the exports at the end.

Needs none of the frameworks; what takes tensors needs torch (extra: `train`), `arrays` and `exports` do not.
"""
