import json
import re
import shutil
import warnings
import zipfile

import pytest
import torch
import torch.distributed.checkpoint as sharding
from transformers import Trainer, TrainingArguments

from dataset_cartography.integrations.transformers import checkpoints
from dataset_cartography.integrations.transformers.checkpoints import Skipped, newest_complete, why_incomplete
from tiny import tiny_qa_model

NEEDED = ["trainer_state.json", "model.safetensors", "optimizer.pt", "scheduler.pt", "rng_state.pth"]


def trainer(folder, **arguments):
    rows = [
        {"input_ids": [1, 2, 3 + row], "attention_mask": [1, 1, 1], "start_positions": 1, "end_positions": 2}
        for row in range(4)
    ]
    options = {"max_steps": 3, "save_steps": 1, "report_to": [], "use_cpu": True, "disable_tqdm": True}
    options |= {"per_device_train_batch_size": 2, "dataloader_pin_memory": False}
    return Trainer(
        tiny_qa_model(20), TrainingArguments(str(folder), **{**options, **arguments}), train_dataset=rows
    )


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A Trainer's output directory with the checkpoints of steps 1, 2 and 3."""
    folder = tmp_path_factory.mktemp("trained")
    trainer(folder).train()
    return folder


@pytest.fixture
def output_dir(trained, tmp_path):
    return shutil.copytree(trained, tmp_path / "out")


@pytest.fixture
def checkpoint(output_dir):
    return output_dir / "checkpoint-3"


def cut(path, keep):
    path.write_bytes(path.read_bytes()[:keep])


def reason_without_size(checkpoint):
    return (why_incomplete(checkpoint) or "").split(" (")[0]


def shard(checkpoint, name, tensors):
    with warnings.catch_warnings(action="ignore"):  # one process, no process group
        writer = sharding.FileSystemWriter(checkpoint / name)
        sharding.save(tensors, storage_writer=writer, no_dist=True)


def make_fsdp(checkpoint):
    """The folders that FSDP's sharded state takes the place of files with."""
    (checkpoint / "model.safetensors").unlink()
    (checkpoint / "optimizer.pt").unlink()
    shard(checkpoint, "pytorch_model_fsdp_0", {"model": {"w": torch.ones(500), "b": torch.ones(3)}})
    shard(checkpoint, "optimizer_0", {"optimizer": {"w": torch.ones(500), "lr": 0.1}})


def make_shards(checkpoint):
    (checkpoint / "model.safetensors").unlink()
    tiny_qa_model(20).save_pretrained(checkpoint, max_shard_size="40KB")
    return sorted(path.name for path in checkpoint.glob("model-*.safetensors"))


def test_a_trainers_own_checkpoints_are_complete(trained):
    assert [why_incomplete(trained / f"checkpoint-{step}") for step in (1, 2, 3)] == [None] * 3
    assert newest_complete(trained) == (trained / "checkpoint-3", [])


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_file(checkpoint, name):
    (checkpoint / name).unlink()
    expected = "the model's weights are missing" if name == "model.safetensors" else f"{name} is missing"
    assert why_incomplete(checkpoint) == expected


@pytest.mark.parametrize("name", NEEDED)
def test_an_empty_file(checkpoint, name):
    cut(checkpoint / name, 0)
    assert why_incomplete(checkpoint) == f"{name} is empty"


@pytest.mark.parametrize("part", ["one byte", "a third", "all but one byte"])
@pytest.mark.parametrize("name", NEEDED)
def test_a_file_cut_short(checkpoint, name, part):
    size = (checkpoint / name).stat().st_size
    cut(checkpoint / name, {"one byte": 1, "a third": size // 3, "all but one byte": size - 1}[part])
    faults = {".json": "is not a JSON object", ".safetensors": "is cut short"}
    fault = faults.get((checkpoint / name).suffix, "is cut short or damaged")
    if name == "trainer_state.json" and part == "all but one byte":
        fault = None  # its last byte is a line feed
    assert reason_without_size(checkpoint) == (f"{name} {fault}" if fault else "")


def test_sizes_are_told(checkpoint):
    size = (checkpoint / "model.safetensors").stat().st_size
    cut(checkpoint / "model.safetensors", 60_000)
    assert why_incomplete(checkpoint) == f"model.safetensors is cut short (60.0 of {size / 1000:.1f} kB)"
    cut(checkpoint / "model.safetensors", 100)
    assert why_incomplete(checkpoint) == "model.safetensors is cut short (100 bytes)"


def test_one_byte_of_many_is_told(checkpoint):
    size = (checkpoint / "model.safetensors").stat().st_size
    cut(checkpoint / "model.safetensors", -1)
    assert why_incomplete(checkpoint) == f"model.safetensors is cut short ({size - 1:,} of {size:,} bytes)"


def test_weights_longer_than_they_should_be(checkpoint):
    with (checkpoint / "model.safetensors").open("ab") as file:
        file.write(b"x")
    assert reason_without_size(checkpoint) == "model.safetensors is longer than its header says"


@pytest.mark.parametrize(
    "header", [b"{{", b"[]", b'{"w": {}}', b'{"w": {"data_offsets": "ab"}}', b"\xff\xff"]
)
def test_a_damaged_header(checkpoint, header):
    (checkpoint / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    assert why_incomplete(checkpoint) == "model.safetensors has a damaged header"


def test_a_hole_in_the_list_of_a_zips_members(checkpoint):
    content = bytearray((checkpoint / "optimizer.pt").read_bytes())
    content[content.rindex(b"PK\x01\x02") : -22] = bytes(len(content) - 22 - content.rindex(b"PK\x01\x02"))
    (checkpoint / "optimizer.pt").write_bytes(content)
    assert reason_without_size(checkpoint) == "optimizer.pt is cut short or damaged"


@pytest.mark.parametrize("state", ['{"global_step": 2}', "{}"])
def test_a_state_of_another_step(checkpoint, state):
    (checkpoint / "trainer_state.json").write_text(state)
    step = 2 if "2" in state else None
    assert why_incomplete(checkpoint) == f"trainer_state.json is of step {step}"


def test_a_checkpoint_under_another_name(checkpoint):
    kept = checkpoint.rename(checkpoint.with_name("kept"))
    assert why_incomplete(kept) is None
    cut(kept / "trainer_state.json", 9)
    assert why_incomplete(kept) == "trainer_state.json is not a JSON object"


def test_what_resuming_does_not_need(checkpoint):
    others = {path.name for path in checkpoint.iterdir()} - set(NEEDED)
    assert others == {"config.json", "training_args.bin"}
    for name in others:
        (checkpoint / name).unlink()
    assert why_incomplete(checkpoint) is None
    resumed = trainer(checkpoint.parent, max_steps=4, save_strategy="no")
    assert resumed.train(resume_from_checkpoint=str(checkpoint)).global_step == 4


def test_a_broken_config(checkpoint):
    cut(checkpoint / "config.json", 10)
    assert why_incomplete(checkpoint) == "config.json is not a JSON object"


def test_save_only_model(tmp_path):
    trainer(tmp_path, save_only_model=True, max_steps=1).train()
    assert why_incomplete(tmp_path / "checkpoint-1") == (
        "it holds the model only (save_only_model), no optimizer"
    )


@pytest.mark.parametrize(
    "name",
    ["pytorch_model.bin", "adapter_model.bin", "adapter_model.safetensors", "b/adapter_model.safetensors"],
)
def test_weights_under_other_names(checkpoint, name):
    (checkpoint / name).parent.mkdir(exist_ok=True)
    source = "model.safetensors" if name.endswith("safetensors") else "optimizer.pt"
    shutil.copy(checkpoint / source, checkpoint / name)
    (checkpoint / "model.safetensors").unlink()
    assert why_incomplete(checkpoint) is None
    cut(checkpoint / name, -1)
    assert reason_without_size(checkpoint).startswith(f"{name} is cut short")


def test_weights_in_shards(checkpoint):
    shards = make_shards(checkpoint)
    assert len(shards) > 1
    assert why_incomplete(checkpoint) is None
    cut(checkpoint / shards[0], -1)
    assert reason_without_size(checkpoint) == f"{shards[0]} is cut short"
    (checkpoint / shards[0]).unlink()
    assert why_incomplete(checkpoint) == f"{shards[0]} is missing"


@pytest.mark.parametrize("name", ["trainer_state.json", "config.json"])
@pytest.mark.parametrize("content", ["[]", "3", "null", "{"])
def test_json_that_is_no_object(checkpoint, name, content):
    (checkpoint / name).write_text(content)
    assert why_incomplete(checkpoint) == f"{name} is not a JSON object"


def flip(path):
    """Change bytes in the middle of the largest member of a zip."""
    with zipfile.ZipFile(path) as archive:
        largest = max(archive.infolist(), key=lambda member: member.file_size)
        bytes_ = archive.read(largest)
    content = path.read_bytes()
    begin = content.index(bytes_) + len(bytes_) // 2
    path.write_bytes(content[:begin] + bytes([content[begin] ^ 0xFF]) + content[begin + 1 :])


@pytest.mark.parametrize("name", ["optimizer.pt", "scheduler.pt", "rng_state.pth"])
def test_a_flipped_byte(checkpoint, name, monkeypatch):
    flip(checkpoint / name)
    assert reason_without_size(checkpoint) == f"{name} is cut short or damaged"
    monkeypatch.setattr(checkpoints, "MOST_CHECKED", 10)
    assert why_incomplete(checkpoint) is None  # too large to be read through


@pytest.mark.parametrize(
    ("content", "run", "skipped"),
    [
        ('{"run": "a"}', "a", False),
        ('{"run": "b"}', "a", True),
        ('{"run": "b"}', None, False),
        ("{}", "a", False),
        ("[", "a", False),
    ],
)
def test_the_checkpoints_of_another_recorded_run_are_passed_over(output_dir, content, run, skipped):
    newest, before = (output_dir / f"checkpoint-{step}" for step in (3, 2))
    (newest / "cartography.json").write_text(content)
    reasons = [Skipped(newest, "it was made by another recorded run")] if skipped else []
    assert newest_complete(output_dir, run) == (before if skipped else newest, reasons)


@pytest.mark.parametrize("index", ["{}", '{"weight_map": {}}', '{"weight_map": 1}'])
def test_an_index_of_nothing(checkpoint, index):
    make_shards(checkpoint)
    (checkpoint / "model.safetensors.index.json").write_text(index)
    assert why_incomplete(checkpoint) == "model.safetensors.index.json lists no files"


def test_fsdp_in_shards(checkpoint):
    make_fsdp(checkpoint)
    assert why_incomplete(checkpoint) is None


@pytest.mark.parametrize("folder", ["pytorch_model_fsdp_0", "optimizer_0"])
def test_fsdp_shards_missing_or_cut(checkpoint, folder):
    make_fsdp(checkpoint)
    cut(checkpoint / folder / "__0_0.distcp", -1)
    assert reason_without_size(checkpoint) == f"{folder}/__0_0.distcp is cut short"
    (checkpoint / folder / "__0_0.distcp").unlink()
    assert why_incomplete(checkpoint) == f"{folder}/__0_0.distcp is missing"
    (checkpoint / folder / ".metadata").unlink()
    assert why_incomplete(checkpoint) == f"{folder}/.metadata is missing"


def test_a_shard_cut_anywhere(checkpoint):
    """Also where a tensor's own zip ends."""
    make_fsdp(checkpoint)
    path = checkpoint / "pytorch_model_fsdp_0" / "__0_0.distcp"
    content = path.read_bytes()
    ends = [match.end() + 18 for match in re.finditer(b"PK\x05\x06", content)]
    assert len(ends) == 2
    assert ends[-1] == len(content)
    for keep in (1, ends[0], ends[0] + 40, len(content) - 1):
        path.write_bytes(content[:keep])
        assert why_incomplete(checkpoint) == (
            f"pytorch_model_fsdp_0/__0_0.distcp is cut short ({keep / 1000:.1f} of {len(content) / 1000:.1f} kB)"
            if keep != len(content) - 1
            else f"pytorch_model_fsdp_0/__0_0.distcp is cut short ({keep:,} of {len(content):,} bytes)"
        )


@pytest.mark.parametrize("keep", [1, 30, -1])
def test_a_list_of_shards_cut_short(checkpoint, keep):
    make_fsdp(checkpoint)
    cut(checkpoint / "optimizer_0" / ".metadata", keep)
    assert why_incomplete(checkpoint) == "optimizer_0/.metadata lists no files"


def test_fsdp_in_one_file(checkpoint):
    shutil.copy(checkpoint / "optimizer.pt", checkpoint / "pytorch_model_fsdp.bin")
    (checkpoint / "optimizer.pt").rename(checkpoint / "optimizer.bin")
    assert why_incomplete(checkpoint) is None
    cut(checkpoint / "optimizer.bin", -1)
    assert reason_without_size(checkpoint) == "optimizer.bin is cut short or damaged"


def test_deepspeed(checkpoint):
    folder = checkpoint / "global_step3"
    folder.mkdir()
    for name in ("mp_rank_00_model_states.pt", "zero_pp_rank_0_mp_rank_00_optim_states.pt"):
        shutil.copy(checkpoint / "optimizer.pt", folder / name)
    for name in ("model.safetensors", "optimizer.pt", "scheduler.pt"):
        (checkpoint / name).unlink()
    assert why_incomplete(checkpoint) == "latest is missing"
    (checkpoint / "latest").write_text("global_step3")
    assert why_incomplete(checkpoint) is None
    cut(folder / "mp_rank_00_model_states.pt", -1)
    assert reason_without_size(checkpoint).endswith("mp_rank_00_model_states.pt is cut short or damaged")
    (folder / "zero_pp_rank_0_mp_rank_00_optim_states.pt").unlink()
    shutil.copy(checkpoint / "rng_state.pth", folder / "mp_rank_00_model_states.pt")
    assert why_incomplete(checkpoint) == "global_step3 holds no optim_states.pt"


@pytest.mark.parametrize(
    ("ranks", "reason"),
    [
        ([0, 1], None),
        ([0, 1, 2, 3], None),
        ([0], "rng_state_1.pth is missing"),
        ([1], "rng_state_0.pth is missing"),
        ([0, 1, 3], "rng_state_2.pth is missing"),
    ],
)
def test_random_states_of_several_ranks(checkpoint, ranks, reason):
    for rank in ranks:
        shutil.copy(checkpoint / "rng_state.pth", checkpoint / f"rng_state_{rank}.pth")
    (checkpoint / "rng_state.pth").unlink()
    assert why_incomplete(checkpoint) == reason


def test_a_scaler_counts_where_there_is_one(checkpoint):
    (checkpoint / "scaler.pt").write_bytes(b"PK")
    assert why_incomplete(checkpoint) == "scaler.pt is cut short or damaged (2 bytes)"


def test_a_file_that_cannot_be_read(checkpoint, monkeypatch):
    def refuse(self, *_):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(type(checkpoint), "read_bytes", refuse)
    assert why_incomplete(checkpoint) == "trainer_state.json cannot be read (Permission denied)"


def test_the_newest_complete_one_and_those_passed_over(output_dir):
    (output_dir / "checkpoint-3" / "trainer_state.json").unlink()
    cut(output_dir / "checkpoint-2" / "optimizer.pt", 0)
    assert newest_complete(output_dir) == (
        output_dir / "checkpoint-1",
        [
            Skipped(output_dir / "checkpoint-3", "trainer_state.json is missing"),
            Skipped(output_dir / "checkpoint-2", "optimizer.pt is empty"),
        ],
    )


def test_steps_are_numbers(output_dir):
    (output_dir / "checkpoint-3").rename(output_dir / "checkpoint-10")
    state = output_dir / "checkpoint-10" / "trainer_state.json"
    state.write_text(json.dumps({**json.loads(state.read_text()), "global_step": 10}))
    assert newest_complete(output_dir) == (output_dir / "checkpoint-10", [])


def test_no_checkpoint_is_complete(output_dir):
    for step in (1, 2, 3):
        shutil.rmtree(output_dir / f"checkpoint-{step}")
        (output_dir / f"checkpoint-{step}").mkdir()
    found, skipped = newest_complete(output_dir)
    assert found is None
    assert [(path.name, reason) for path, reason in skipped] == [
        (f"checkpoint-{step}", "trainer_state.json is missing") for step in (3, 2, 1)
    ]


def test_no_checkpoints(tmp_path):
    assert newest_complete(tmp_path) == (None, [])
    assert newest_complete(tmp_path / "nowhere") == (None, [])


def test_other_names_do_not_count(output_dir):
    for name in (".checkpoint-9", "tmp-checkpoint-9", "checkpoint-9.old", "checkpoint-best", "runs"):
        (output_dir / name).mkdir()
    (output_dir / "checkpoint-9").write_text("a file")
    assert newest_complete(output_dir) == (output_dir / "checkpoint-3", [])
