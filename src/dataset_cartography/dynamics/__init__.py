"""Log to dynamics: dense (examples, epochs) arrays that every formula works on.

What a log's rows mean for an example (which window counts, what the gold probability is) is decided here,
when reading, by a `Reading`: the same log can be read in several ways.
"""

from dataset_cartography.dynamics.load import Dynamics, load_dynamics
from dataset_cartography.dynamics.reading import Reading
from dataset_cartography.dynamics.tokens import read_tokens
from dataset_cartography.dynamics.units import UnitDynamics, load_units

__all__ = ["Dynamics", "Reading", "UnitDynamics", "load_dynamics", "load_units", "read_tokens"]
