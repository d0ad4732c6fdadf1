import gc
import sys

import pytest
import torch

from dataset_cartography.integrations.transformers import track


@pytest.fixture(autouse=True, scope="session")
def quick_collections():
    """Trainer collects garbage before it trains, which takes longer than these tests' training: modules stay."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def no_map(monkeypatch):
    """Leave out the map after training: most of a short test's time would go into its picture."""
    module = sys.modules[track.__module__]  # the package's attribute of this name is the function
    monkeypatch.setattr(module, "export_map", lambda df, root: [])
