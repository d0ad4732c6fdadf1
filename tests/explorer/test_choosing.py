import threading

import pytest

from dataset_cartography.errors import InputError
from dataset_cartography.explorer.choosing import Cache


def test_the_last_few_values_are_kept():
    cache, computed = Cache(2), []

    def get(key):
        return cache.get(key, lambda: computed.append(key) or key.upper())

    assert [get(key) for key in "abacab"] == list("ABACAB")
    assert computed == ["a", "b", "c", "b"]


def test_who_asks_for_what_is_being_computed_waits_for_it():
    cache, computed, begun, go_on = Cache(2), [], threading.Event(), threading.Event()

    def slow():
        computed.append("slow")
        begun.set()
        go_on.wait(10)
        return 7

    found = []
    threads = [threading.Thread(target=lambda: found.append(cache.get("key", slow))) for _ in range(3)]
    threads[0].start()
    begun.wait(10)
    for thread in threads[1:]:
        thread.start()
    go_on.set()
    for thread in threads:
        thread.join()
    assert (found, computed) == ([7, 7, 7], ["slow"])


def test_who_waited_for_what_failed_computes_it():
    cache, begun, go_on = Cache(2), threading.Event(), threading.Event()

    def fail():
        begun.set()
        go_on.wait(10)
        raise InputError("not yet")

    def first():
        with pytest.raises(InputError, match="not yet"):
            cache.get("key", fail)

    found = []
    threads = [threading.Thread(target=first)]
    threads[0].start()
    begun.wait(10)
    threads.append(threading.Thread(target=lambda: found.append(cache.get("key", lambda: 7))))
    threads[1].start()
    go_on.set()
    for thread in threads:
        thread.join()
    assert found == [7]


def test_what_failed_is_tried_again():
    cache = Cache(2)

    def fail():
        raise InputError("not yet")

    with pytest.raises(InputError, match="not yet"):
        cache.get("key", fail)
    assert cache.get("key", lambda: 7) == 7
