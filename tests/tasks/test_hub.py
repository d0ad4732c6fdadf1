import time

import datasets
import pytest
from huggingface_hub import constants
from huggingface_hub.errors import RepositoryNotFoundError

from dataset_cartography.errors import InputError, OfflineError
from dataset_cartography.tasks import hub, models
from dataset_cartography.tasks.loading import load_raw
from dataset_cartography.tasks.models import resolve_model

LOCAL = "Give a local file (.json, .jsonl, .csv, .tsv, .parquet, .conll, .txt) or --dataset demo."


@pytest.fixture(autouse=True)
def online(monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", False)


def answer(monkeypatch, outcome):
    def repo_info(self, name, *, repo_type, timeout):
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(hub.HfApi, "repo_info", repo_info)


def test_a_dataset_with_no_hub_and_no_copy(monkeypatch, tmp_path):
    answer(monkeypatch, ConnectionError("no route\nto host"))
    with pytest.raises(OfflineError) as caught:
        load_raw("Eladio/emrqa-msquad", cache_dir=tmp_path)
    assert str(caught.value) == (
        "Cannot get the dataset 'Eladio/emrqa-msquad': the hub cannot be reached (no route), "
        f"and it is not in the local cache. {LOCAL}"
    )
    assert not constants.HF_HUB_OFFLINE
    assert not datasets.config.HF_HUB_OFFLINE


def test_a_model_with_no_hub_and_no_copy(monkeypatch):
    answer(monkeypatch, ConnectionError("no route"))
    monkeypatch.setattr(models, "try_to_load_from_cache", lambda name, file: None)
    with pytest.raises(OfflineError) as caught:
        resolve_model("google/electra-small-discriminator")
    assert str(caught.value) == (
        "Cannot get the model 'google/electra-small-discriminator': the hub cannot be reached (no route), "
        "and it is not in the local cache. "
        "Give --model a local folder with a config.json, or --model demo for the offline encoder."
    )


def test_a_model_with_no_hub_comes_from_the_cache(monkeypatch, tmp_path):
    answer(monkeypatch, ConnectionError("no route"))
    monkeypatch.setattr(models, "try_to_load_from_cache", lambda name, file: str(tmp_path / file))
    assert resolve_model("some/model") == str(tmp_path)


def test_offline_mode_asks_nothing(monkeypatch):
    answer(monkeypatch, AssertionError("asked"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert hub.why_unreachable("model", "some/model") == "offline mode is set"


def test_a_hub_that_never_answers_is_left_behind(monkeypatch):
    monkeypatch.setattr(hub, "PROBE_TIMEOUT", 0.05)
    monkeypatch.setattr(hub.HfApi, "repo_info", lambda self, name, **options: time.sleep(1))
    before = time.monotonic()
    assert hub.why_unreachable("model", "some/model") == "no answer within 0 s"
    assert time.monotonic() - before < 0.9


def test_a_name_that_the_hub_does_not_know(monkeypatch):
    missing = RepositoryNotFoundError.__new__(RepositoryNotFoundError)
    answer(monkeypatch, missing)
    with pytest.raises(InputError) as caught:
        load_raw("no/such")
    assert str(caught.value) == (
        "The hub has no dataset 'no/such' that you may read: check the spelling, or log in with "
        "`hf auth login` if it is private or gated."
    )


def test_a_name_that_no_repository_can_have():
    with pytest.raises(InputError) as caught:
        load_raw("my data")
    assert str(caught.value) == (
        "'my data' is no dataset: no local path, not 'demo', and no possible name on the hub."
    )


def test_a_dataset_from_the_hub_with_its_configuration(monkeypatch):
    answer(monkeypatch, None)
    asked = {}

    def load_dataset(name, config, **options):
        asked.update(options, name=name, config=config)
        return datasets.Dataset.from_list([{"question": "q"}])

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    assert len(load_raw("owner/name:plain", "validation")) == 1
    assert asked == {"name": "owner/name", "config": "plain", "split": "validation", "cache_dir": None}


def test_no_split_named_and_several_there(monkeypatch):
    answer(monkeypatch, None)
    rows = datasets.Dataset.from_list([{"question": "q"}])
    splits = datasets.DatasetDict({"train": rows, "test": rows})
    monkeypatch.setattr(datasets, "load_dataset", lambda *args, **options: splits)
    with pytest.raises(InputError) as caught:
        load_raw("owner/name", None)
    assert str(caught.value) == (
        "The dataset 'owner/name' has several splits; choose one. It has: 'train', 'test'."
    )


def test_what_datasets_says_becomes_one_sentence(monkeypatch):
    answer(monkeypatch, None)

    def load_dataset(*args, **options):
        raise ValueError("Unknown split \"dev\". Should be one of ['train'].\nmore")

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    with pytest.raises(InputError) as caught:
        load_raw("owner/name", "dev")
    assert str(caught.value) == (
        "Cannot load the dataset 'owner/name' from the hub: "
        "Unknown split \"dev\". Should be one of ['train']."
    )
