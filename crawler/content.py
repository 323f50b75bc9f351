"""What kinds and encodings of answers are asked for (RFC 9110, 12.5), the encodings undone within a cap (8.4), and how
long an answer is fresh (RFC 9111).
"""

from __future__ import annotations

import re
import zlib

import brotli
import zstandard

from crawler.errors import FetchError

ACCEPT = "text/html,application/xhtml+xml,application/rss+xml,application/atom+xml,application/xml;q=0.9,*/*;q=0.5"
ACCEPT_ENCODING = "gzip, deflate, zstd"
DECODINGS = 3  # RFC 9110 allows a chain of encodings; more than a few is an attack

LONGEST_FRESH = 31_536_000  # seconds; RFC 9111, 1.2.2 asks for no more than 2^31
_MAX_AGE = re.compile(r"(?:^|[,;\s])max-age\s{0,9}=\s{0,9}\"?([0-9]{1,10})", re.IGNORECASE)
_NOT_KEPT = re.compile(r"(?:^|[,;\s])(?:no-cache|no-store)(?:$|[,;=\s])", re.IGNORECASE)


def decompress(body: bytes, encoding: str, cap: int, url: str) -> bytes:
    """Undo the content encodings (``gzip``, ``deflate``, ``br``, ``zstd``, a comma list in the order applied).

    Never makes more than `cap` bytes; raises `FetchError` beyond that, for unknown encodings and broken data.
    """
    names = [name.strip().lower() for name in encoding.split(",") if name.strip()]
    if len(names) > DECODINGS:
        raise FetchError(f"{url}: its body is compressed {len(names)} times", url)
    for name in reversed(names):
        if name == "identity":
            continue
        try:
            body = _decode(name, body, cap)
        except KeyError as error:
            raise FetchError(f"{url}: its content encoding {name!r} is not known", url) from error
        except (zlib.error, brotli.error, zstandard.ZstdError, EOFError) as error:
            raise FetchError(f"{url}: its {name} body is broken ({error})", url) from error
        if len(body) > cap:
            raise too_large(url, cap)
    return body


def max_age(cache_control: str | None, age: str | None = None) -> int | None:
    """Seconds for which an answer stays fresh by its Cache-Control (RFC 9111, 5.2.2) less its Age; `None`: not told."""
    header = (cache_control or "")[:2000]
    found = _MAX_AGE.search(header)
    if found is None or _NOT_KEPT.search(header):
        return None
    passed = int(age[:10]) if age and age[:10].isascii() and age[:10].isdigit() else 0
    return max(0, min(int(found[1]), LONGEST_FRESH) - passed)


def _decode(name: str, body: bytes, cap: int) -> bytes:
    if not body:
        return body
    if name in ("gzip", "x-gzip"):
        return _inflate(body, zlib.MAX_WBITS | 16, cap)
    if name == "deflate":
        # RFC 9110 says zlib, some servers send the bare stream: the first byte of zlib's header tells
        zlib_header = body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
        return _inflate(body, zlib.MAX_WBITS if zlib_header else -zlib.MAX_WBITS, cap)
    if name == "br":
        unpacker = brotli.Decompressor()
        made: bytes = unpacker.process(body, output_buffer_limit=cap + 1)
        if len(made) <= cap and not unpacker.is_finished():
            raise EOFError("it ends early")
        return made
    if name == "zstd":
        with zstandard.ZstdDecompressor().stream_reader(body, read_across_frames=True) as reader:
            return reader.read(cap + 1)
    raise KeyError(name)


def _inflate(body: bytes, wbits: int, cap: int) -> bytes:
    made = bytearray()
    while body:  # gzip may hold several members
        stream = zlib.decompressobj(wbits)
        made += stream.decompress(body, cap + 1 - len(made))
        if len(made) > cap:
            break
        if not stream.eof:
            raise EOFError("it ends early")
        body = stream.unused_data.lstrip(b"\0")
        if wbits != zlib.MAX_WBITS | 16 or body[:2] != b"\x1f\x8b":
            break
    return bytes(made)


def too_large(url: str, cap: int) -> FetchError:
    """What is said of a body beyond the cap (bytes)."""
    return FetchError(f"{url}: its body is larger than {cap:,} bytes; max_bytes can raise the limit", url)
