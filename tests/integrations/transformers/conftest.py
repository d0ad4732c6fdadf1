import gc

import pytest
import torch

from dataset_cartography.integrations.shared import exports
from labels import as_dataset, generate, make_trainer


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
    monkeypatch.setattr(exports, "export_map", lambda df, root: [])


@pytest.fixture(scope="session")
def keeps_batch_size(tmp_path_factory):
    """Whether this Trainer goes on with the checkpoint's batch size, whatever is asked for: before transformers 5.2."""
    folder = tmp_path_factory.mktemp("keeps_batch_size")
    settings = {"save_strategy": "steps", "save_steps": 1, "max_steps": 1}
    make_trainer(folder, as_dataset(generate(8)), per_device_train_batch_size=2, **settings).train()
    settings["max_steps"] = 2
    trainer = make_trainer(folder, as_dataset(generate(8)), per_device_train_batch_size=4, **settings)
    trainer.train(resume_from_checkpoint=True)
    return trainer._train_batch_size == 2
