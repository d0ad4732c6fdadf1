"""A Lightning module's map is the Trainer's, however its logits are found, and a fit that goes on makes the same."""

import logging

import lightning.pytorch as pl
import pytest
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from torch.utils.data import DataLoader, Subset

from dataset_cartography.errors import InputError
from dataset_cartography.integrations.lightning import CartographyCallback
from dataset_cartography.integrations.pytorch import with_ids
from dataset_cartography.integrations.shared import exports
from dataset_cartography.log import LogReader
from labels import generate
from loops import BATCH, COLLATE, EPOCHS, assert_same_dynamics, steady_model, trained_by_transformers
from steps import RATE

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*`.*` is deprecated"),
    pytest.mark.filterwarnings("ignore:.*does not have many workers"),
    pytest.mark.filterwarnings("ignore:.*Checkpoint directory"),
    pytest.mark.filterwarnings("ignore:.*lr_scheduler"),
    pytest.mark.filterwarnings("ignore:.*Trying to infer the `batch_size`"),
]
BATCHES = 4  # in an epoch


class Module(pl.LightningModule):
    """The classifier of `loops`; `way` says where its logits can be found."""

    def __init__(self, way):
        super().__init__()
        self.model, self.way = steady_model().train(), way

    def forward(self, **inputs):
        return self.model(**inputs)

    def training_step(self, batch, number):
        inputs = {name: value for name, value in batch.items() if name not in ("row", "place")}
        outputs = self(**inputs) if self.way == "answered" else self.model(**inputs)
        if self.way == "returned":
            return {"loss": outputs.loss, "logits": outputs.logits}
        return outputs.loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), RATE)


class Place:
    """A loader that finds its place again, as torchdata's stateful one does."""

    def __init__(self, data):
        self.dataset, self._skipped, self._at = data, 0, 0

    def __len__(self):
        return BATCHES

    def __iter__(self):
        skipped, self._skipped = self._skipped, 0
        for number, batch in enumerate(DataLoader(self.dataset, batch_size=BATCH, collate_fn=COLLATE)):
            if number >= skipped:
                self._at = number + 1
                yield batch

    def state_dict(self):
        return {"at": self._at}

    def load_state_dict(self, state):
        self._skipped = state["at"] % BATCHES


class Stop(pl.Callback):
    """Breaks off after a batch."""

    def __init__(self, step):
        self.step = step

    def on_train_batch_end(self, trainer, module, outputs, batch, number):
        if trainer.global_step == self.step:
            raise InterruptedError


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    torch.set_num_threads(1)
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    monkeypatch.setattr(exports, "export_map", lambda df, root: [])


@pytest.fixture(scope="module")
def data():
    return with_ids(generate(14))


@pytest.fixture(scope="module")
def by_transformers(tmp_path_factory):
    return trained_by_transformers(tmp_path_factory.mktemp("transformers"), generate(14))


def fit(folder, data, *callbacks, way="answered", loader=None, resume=None, epochs=EPOCHS):
    module = Module(way)
    trainer = pl.Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        callbacks=list(callbacks),
        default_root_dir=folder,
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=any(isinstance(callback, ModelCheckpoint) for callback in callbacks),
    )
    loader = loader or DataLoader(data, batch_size=BATCH, collate_fn=COLLATE)
    trainer.fit(module, loader, ckpt_path=resume, weights_only=False)
    return module


WAYS = {"answered": {}, "returned": {}, "of a part": {"module": "model"}}


@pytest.mark.parametrize("way", WAYS)
def test_the_map_is_the_trainers(way, data, by_transformers, tmp_path):
    callback = CartographyCallback(tmp_path / "map", task="classification", **WAYS[way])
    tracked = fit(tmp_path, data, callback, way=way)
    assert_same_dynamics(tmp_path / "map", by_transformers)
    alone = fit(tmp_path, data, way=way)
    for here, there in zip(tracked.parameters(), alone.parameters(), strict=True):
        assert torch.equal(here, there)


@pytest.mark.parametrize("stop", [3, 5, 7], ids=["first epoch", "after its end", "second epoch"])
def test_a_fit_that_goes_on_makes_the_same_map(stop, data, by_transformers, tmp_path):
    def callbacks():
        return (
            CartographyCallback(tmp_path / "map", task="classification"),
            ModelCheckpoint(
                dirpath=tmp_path / "saved", save_top_k=-1, filename="{step}", every_n_train_steps=2
            ),
        )

    with pytest.raises(InterruptedError):
        fit(tmp_path, data, Stop(stop), *callbacks(), loader=Place(data))
    saved = max((tmp_path / "saved").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    fit(tmp_path, data, *callbacks(), loader=Place(data), resume=saved)
    assert_same_dynamics(tmp_path / "map", by_transformers)
    log = LogReader(tmp_path / "map")
    assert [(epoch.number, epoch.complete, epoch.note) for epoch in log.manifest.epochs] == [
        (1, True, ""),
        (2, True, ""),
    ]
    assert len(log.manifest.attempts) == 2


def test_batches_that_are_read_by_hand(data, by_transformers, tmp_path):
    """As with ids of a stream, found by a function of the user's own."""

    def read(batch, answer):
        return [f"e{row}" for row in batch["row"].tolist()], answer.logits, batch["labels"]

    callback = CartographyCallback(tmp_path / "map", data.ids, task="classification", read=read)
    fit(tmp_path, data, callback)
    assert_same_dynamics(tmp_path / "map", by_transformers)


def refused(folder, data, *, way="answered", loader=None, **arguments):
    with pytest.raises(InputError) as caught:
        fit(
            folder,
            data,
            CartographyCallback(folder / "map", task="classification", **arguments),
            way=way,
            loader=loader,
        )
    return str(caught.value)


def test_what_is_not_found_is_refused_at_the_first_batch(data, tmp_path):
    assert refused(tmp_path, data, way="of a part") == (
        "CartographyCallback saw no logits: let training_step return {'loss': …, 'logits': …}, let it call self(…), or "
        "name the part of the module that gives them with module=…."
    )
    assert refused(tmp_path, data, module="head").startswith(
        "The module has no part 'head'; it has model, model.bert"
    )
    plain = DataLoader(generate(14), batch_size=BATCH, collate_fn=type(COLLATE)(("input_ids", "labels")))
    assert refused(tmp_path, data, loader=plain) == (
        "CartographyCallback found no ids in a batch with 'input_ids', 'labels': wrap the dataset with with_ids, and "
        "say where the rest lies with read=…."
    )


def test_a_part_of_the_data_and_rows_by_another_name(data, by_transformers, tmp_path):
    """`random_split` hides the wrapper, whose ids count nevertheless."""
    named = with_ids(generate(14), data.ids, key="place")
    columns = Renamed(COLLATE)
    part = Subset(named, range(len(named)))
    fit(
        tmp_path,
        part,
        CartographyCallback(tmp_path / "map", task="classification"),
        way="returned",
        loader=DataLoader(part, batch_size=BATCH, collate_fn=columns),
    )
    assert_same_dynamics(tmp_path / "map", by_transformers)


class Renamed:
    """The collator, of items whose row is their place."""

    def __init__(self, collate):
        self._collate = collate

    def __call__(self, items):
        batch = self._collate([{"row": item["place"], **item} for item in items])
        batch["place"] = batch.pop("row")
        return batch
