"""One process at a time records into a directory."""

import subprocess
import sys

import pytest

from dataset_cartography.errors import OutputExistsError
from dataset_cartography.log import DirectoryLock

HOLD = """
import sys, time
from pathlib import Path
from dataset_cartography.log import DirectoryLock
lock = DirectoryLock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def test_another_process_is_refused_until_the_first_is_gone(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(OutputExistsError) as caught:
            DirectoryLock(tmp_path)
        assert str(caught.value) == (
            f"Another process is recording into '{tmp_path}' at this moment: wait for it, or give another directory "
            "(--cartography_output_dir)."
        )
        process.kill()
        process.wait()
    DirectoryLock(tmp_path).release()
    assert list(tmp_path.iterdir()) == []


def test_the_same_process_may_take_it_again(tmp_path):
    first, second = DirectoryLock(tmp_path), DirectoryLock(tmp_path)
    first.release()
    second.release()
    assert list(tmp_path.iterdir()) == []
