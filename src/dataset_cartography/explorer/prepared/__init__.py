"""What needs the dataset, made by a process beside the server and kept for the next time.

A line a module, in the order of the work: `process` follows the process from the server, `steps` is what it does;
`workspace` says where things lie, `examples` reads any dataset; `texts`, `search` and `filters` each hold both sides of
one step, how it is written and how it is read.
"""
