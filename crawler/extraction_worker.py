"""The process that extracts: `python -m crawler.extraction_worker FD` reads pages from a socket and answers readings.

It keeps the Scrapy process free of parsing (the two use a core each) and of what a hostile page can do: a page that
hangs or kills this process costs itself only. Light on purpose: neither Scrapy nor SQLAlchemy is imported.
"""

from __future__ import annotations

import contextlib
import gc
import pickle
import resource
import signal
import socket
import struct
import sys
import time
from typing import Final

from crawler.errors import PresswatchError
from crawler.ingest import prepare, records_of
from crawler.items import Extraction, Hints, Page, Topic
from crawler.topics import TopicMatcher

HEADER: Final = struct.Struct("!I")
MEMORY: Final = 1 << 30  # bytes of data; the largest real page measured needs a twentieth
GRACE: Final = 5.0  # seconds after what its owner allows a page at which a worker whose owner is gone ends itself
COLLECT_EVERY: Final = 20_000  # allocations between collections: the default spends a tenth of extraction's time


def main() -> None:
    """Serve pages until the owner closes the socket."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the owner's business
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard), hard))
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY, 20, 50)
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the owner was killed, nobody is left to be told
        _serve(socket.socket(fileno=int(sys.argv[1])))


def _serve(connection: socket.socket) -> None:
    matcher: TopicMatcher | None = None
    keep_raw = True
    stream = connection.makefile("rb", 1 << 16)
    while head := stream.read(HEADER.size):
        size = HEADER.unpack(head)[0] if len(head) == HEADER.size else 1
        if len(body := stream.read(size)) < size:
            return  # the owner was killed in the middle of it
        message = pickle.loads(body)  # noqa: S301 - from the process that started this one
        if message[0] == "setup":
            _, topics, keep_raw = message
            matcher = _matcher(topics)
            continue
        _, number, allowed, page, hints, extraction = message
        # Ends this process, whatever it is doing, when the owner that would have killed it is gone.
        signal.setitimer(signal.ITIMER_REAL, allowed + GRACE)
        answer = pickle.dumps((number, *_read(page, hints, extraction, matcher, keep_raw)), pickle.HIGHEST_PROTOCOL)
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        connection.sendall(HEADER.pack(len(answer)) + answer)


def _matcher(topics: tuple[Topic, ...]) -> TopicMatcher | None:
    return TopicMatcher(topics) if topics else None


def _read(
    page: Page, hints: Hints, extraction: Extraction | None, matcher: TopicMatcher | None, keep_raw: bool
) -> tuple[object | None, tuple[object, ...], str | None, float]:
    """(extraction, records, error, CPU seconds) of one page; a page that breaks the extractor gives its error.

    With an `extraction` the page was read already, and only the records are made.
    """
    began = time.process_time()
    try:
        if extraction is not None:
            records = records_of(page, extraction, hints=hints, matcher=matcher, keep_raw=keep_raw)
            return extraction, records, None, time.process_time() - began
        prepared = prepare(page, hints, matcher, keep_raw)
    except PresswatchError as error:
        return None, (), str(error), time.process_time() - began
    except Exception as error:  # noqa: BLE001 - a page must not end the crawl; the reason is kept with its URL
        return None, (), f"extraction failed, {type(error).__name__}: {error}", time.process_time() - began
    return prepared.extraction, prepared.records, None, time.process_time() - began


if __name__ == "__main__":
    main()
