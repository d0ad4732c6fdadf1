"""Serve the explorer: bind, prepare beside, answer until interrupted."""

import contextlib
import ipaddress
import logging
import secrets
import socket
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from dataset_cartography.decisions import FILE_NAME
from dataset_cartography.errors import InputError, MissingExtraError
from dataset_cartography.explorer.decision_log import DecisionLog
from dataset_cartography.explorer.explorer import Explorer, title_of
from dataset_cartography.explorer.mapfile import PLACE, MapFile
from dataset_cartography.explorer.page import make_page
from dataset_cartography.explorer.prepared.examples import LoadExamples
from dataset_cartography.explorer.prepared.process import Preparation
from dataset_cartography.explorer.prepared.workspace import Workspace, fingerprint, map_key
from dataset_cartography.regions import assign_categories

logger = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"


def serve_explorer(
    directory: str | Path,
    load_examples: LoadExamples | None = None,
    *,
    examples_key: str = "",
    categorize: Callable[[pd.DataFrame], pd.DataFrame] = assign_categories,
    decisions: str | Path | None = None,
    by: str | None = None,
    title: str | None = None,
    host: str = LOOPBACK,
    port: int = 0,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve a map and its examples as a page to explore, until interrupted (Ctrl-C).

    The page opens with the map; its examples are prepared meanwhile in a process of its own, and kept in
    `directory/explorer` for the next time. Decisions are written to `directory/decisions.jsonl` as they are made;
    `read_decisions` reads them.

    Args:
        directory: A cartography directory.
        load_examples: Reads the dataset, in another process: a function of a module, or a `functools.partial` of
            one; see `explorer.prepared.examples.LoadExamples`. Without it the page has no text.
        examples_key: Tells the datasets apart that `load_examples` may read; when it changes, the examples are
            prepared anew.
        categorize: Adds the column "category" to a map of which only the places are there; the default regions if
            not given.
        decisions: Another file for the decisions.
        by: Who decides, noted with each decision.
        title: The page's heading.
        host: The address to listen at. With any other than the loopback's, whoever can reach this machine and has
            the page's address can read the examples and decide.
        port: 0 = any that is free.
        on_ready: Called with the page's address, which holds a secret, once the server listens.

    Raises:
        MissingFileError, LogError: There is no map to load.
        MissingColumnError: The map has no place for its examples.
        InputError: The host or port cannot be listened at, or a decision cannot be read.
        OutputExistsError: Another explorer writes to the same decisions.
        OutputNotWritableError: The decisions cannot be written to.
        MissingExtraError: Starlette or Uvicorn is not installed.
    """
    try:
        import uvicorn

        from dataset_cartography.explorer.app import make_app
    except ImportError as error:
        raise MissingExtraError.of("The explorer", "view") from error
    directory = Path(directory)
    map_file = MapFile(directory)
    df = categorize(map_file.frame(PLACE))
    heading = title or title_of(map_file.facts, directory)
    key = map_key(directory, len(df))
    workspace = Workspace.of(directory, fingerprint(key, examples_key))
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(_listen(host, port))
        log = DecisionLog(Path(decisions) if decisions else directory / FILE_NAME, by)
        stack.callback(log.close)
        explorer = Explorer(df, map_file, workspace, log, heading)
        del df
        preparation = Preparation(workspace, explorer.open)
        stack.callback(preparation.close)
        token = secrets.token_urlsafe()
        hosts = frozenset({"localhost", host, socket.gethostname().lower()})
        app = make_app(explorer, preparation, make_page(heading), token=token, hosts=hosts)
        if load_examples is None:
            preparation.refuse("No dataset was given, so there are no texts.")
        else:
            preparation.start(directory, key, load_examples)
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,
                server_header=False,
                lifespan="off",
                ws="none",
                timeout_graceful_shutdown=2,
            )
        )
        if on_ready is not None:
            on_ready(f"http://{_name_of(listening)}/{token}/")
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[listening])


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens at an address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _name_of(listening: socket.socket) -> str:
    """Host and port as an address has them; of one that listens to the whole network, this machine's name."""
    host, port = listening.getsockname()[:2]
    if ipaddress.ip_address(host).is_unspecified:
        host = socket.gethostname().lower()
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _listen(host: str, port: int) -> socket.socket:
    try:
        if not 0 <= port < 2**16:  # some systems take the rest of a division
            raise OverflowError("a port is a number from 0 to 65,535")
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(found[4][:2], family=found[0])
    except (OSError, OverflowError, UnicodeError) as error:
        raise InputError(
            f"Cannot listen at {host}, port {port}: {error}. Give another --port or --host."
        ) from error
