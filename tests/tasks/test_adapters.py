"""Adapters of language models: trained alone, and read again as part of the model that they adapt."""

import json

import pytest
import torch

from dataset_cartography.errors import InputError, MissingFileError
from dataset_cartography.tasks.adapters import with_lora
from dataset_cartography.tasks.models import DECODER, load_model_and_tokenizer
from sequences import tiny_decoder, tiny_encoder_decoder
from tiny import tiny_tokenizer

pytest.importorskip("peft")
pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing.*:FutureWarning")


@pytest.fixture
def base(tmp_path):
    tokenizer = tiny_tokenizer(["what is it"])
    tiny_decoder(len(tokenizer)).save_pretrained(tmp_path / "base")
    tokenizer.save_pretrained(tmp_path / "base")
    return tmp_path / "base"


@pytest.mark.parametrize("make", [tiny_decoder, tiny_encoder_decoder])
def test_only_the_adapter_is_trained(make):
    model = with_lora(make(), 2)
    trained = [name for name, value in model.named_parameters() if value.requires_grad]
    assert trained
    assert all("lora_" in name for name in trained)
    assert model.peft_config["default"].r == 2
    assert model.peft_config["default"].lora_alpha == 4


def test_an_adapters_folder_is_a_model_with_its_weights_merged(base, tmp_path):
    model, tokenizer = load_model_and_tokenizer(str(base), DECODER)
    adapted = with_lora(model, 2).eval()
    with torch.no_grad():
        for name, value in adapted.named_parameters():
            if "lora_B" in name:
                value.normal_()
    adapted.save_pretrained(tmp_path / "adapter")
    tokenizer.save_pretrained(tmp_path / "adapter")
    again, _ = load_model_and_tokenizer(str(tmp_path / "adapter"), DECODER)
    tokens = torch.arange(5, 15)[None]
    with torch.no_grad():
        torch.testing.assert_close(again.eval()(tokens).logits, adapted(tokens).logits)
    assert not any("lora" in name for name in again.state_dict())


def test_a_base_that_is_gone_or_not_named(base, tmp_path):
    model, tokenizer = load_model_and_tokenizer(str(base), DECODER)
    folder = tmp_path / "adapter"
    with_lora(model, 2).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    base.rename(tmp_path / "elsewhere")
    with pytest.raises(MissingFileError, match=f"No model folder at '{base}'"):
        load_model_and_tokenizer(str(folder), DECODER)
    config = json.loads((folder / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps({**config, "base_model_name_or_path": None}))
    message = (
        f"The adapter in '{folder}' does not say which model it adapts: write base_model_name_or_path into its "
        "adapter_config.json."
    )
    with pytest.raises(InputError, match=message):
        load_model_and_tokenizer(str(folder), DECODER)
