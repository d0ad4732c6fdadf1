import pytest

from dataset_cartography.explorer.prepared.workspace import Workspace, fingerprint


def test_only_what_was_prepared_is_cleaned_away(tmp_path):
    workspace = Workspace.of(tmp_path, fingerprint("ours"))
    for name in (workspace.key, fingerprint("another"), "my notes", "0123"):
        (workspace.root / name).mkdir(parents=True)
    (workspace.folder / ".1.tmp").mkdir()
    (workspace.folder / ".2.tmp-journal").touch()
    workspace.clean()
    assert {path.name for path in workspace.root.iterdir()} == {workspace.key, "my notes", "0123"}
    assert list(workspace.folder.iterdir()) == []


def test_what_fails_leaves_nothing(tmp_path):
    workspace = Workspace.of(tmp_path, fingerprint("ours"))

    def write():
        with workspace.publishing(workspace.texts) as path:
            path.mkdir()
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        write()
    assert list(workspace.folder.iterdir()) == []
