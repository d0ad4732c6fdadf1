"""Where the server listens, and what its address is called."""

import socket

import pytest

from dataset_cartography.errors import InputError
from dataset_cartography.explorer import is_loopback, serve


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.0.7", False),
        ("example.org", False),
        ("", False),
    ],
)
def test_what_only_this_machine_reaches(host, loopback):
    assert is_loopback(host) == loopback


def test_the_address_of_each_kind_of_host():
    with serve._listen("127.0.0.1", 0) as listening:
        assert serve._name_of(listening) == f"127.0.0.1:{listening.getsockname()[1]}"
    with serve._listen("0.0.0.0", 0) as listening:
        port = listening.getsockname()[1]
        assert serve._name_of(listening) == f"{socket.gethostname().lower()}:{port}"


@pytest.mark.skipif(not socket.has_ipv6, reason="this Python knows no IPv6")
def test_an_address_of_ipv6_is_in_brackets():
    try:
        listening = serve._listen("::1", 0)
    except InputError:
        pytest.skip("this machine has no IPv6")
    with listening:
        assert serve._name_of(listening) == f"[::1]:{listening.getsockname()[1]}"


@pytest.mark.parametrize(("host", "port"), [("a" * 70, 0), ("127.0.0.1", 70_000), ("127.0.0.1", -1)])
def test_what_cannot_be_listened_at_is_one_sentence(host, port):
    with pytest.raises(InputError) as error:
        serve._listen(host, port)
    assert str(error.value).startswith(f"Cannot listen at {host}, port {port}: ")
    assert str(error.value).endswith(". Give another --port or --host.")
