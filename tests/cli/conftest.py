import json

import datasets
import pytest
import torch

from dataset_cartography.cli.run import main
from questions import generate, tokenizer
from tiny import tiny_qa_model


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    """Copies of datasets go to a folder of the test run, not to the user's cache."""
    cache = tmp_path_factory.getbasetemp() / "datasets"
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", cache)


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny_model")
    words = tokenizer()
    tiny_qa_model(len(words)).save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def questions_file(tmp_path_factory):
    """A jsonl of 16 questions, of several kinds."""
    path = tmp_path_factory.mktemp("questions") / "questions.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in generate(16)))
    return path


@pytest.fixture
def refused(capfd, tmp_path, monkeypatch):
    """Run a command that must end in exit code 2; its one sentence, with the test's folder as TMP."""
    monkeypatch.chdir(tmp_path)

    def call(main, *argv):
        capfd.readouterr()
        code = main([str(word) for word in argv])
        err = capfd.readouterr().err
        lines = err.strip().splitlines()
        errors = [line for line in lines if line.startswith("error: ")]
        assert "Traceback" not in err
        assert code == 2
        assert errors == lines[-1:], err
        return errors[0].removeprefix("error: ").replace(str(tmp_path), "TMP")

    return call


@pytest.fixture(scope="session")
def recorded(tmp_path_factory, model_folder, questions_file):
    """A cartography directory of three epochs, recorded by `run.py`."""
    folder = tmp_path_factory.mktemp("recorded")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(datasets.config, "HF_DATASETS_CACHE", folder / "datasets")
        argv = [
            "--do_train",
            "--dataset",
            questions_file,
            "--model",
            model_folder,
            "--output_dir",
            folder / "model",
        ]
        argv += ["--num_train_epochs", 3, "--max_length", 32, "--doc_stride", 8, "--use_cpu", "True"]
        argv += ["--save_strategy", "no", "--enable_cartography", "--cartography_output_dir", folder / "map"]
        assert main([str(word) for word in argv]) == 0
    return folder / "map"
