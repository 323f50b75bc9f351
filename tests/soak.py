"""`make soak`: a daemon watches a live newsroom through a proxy that spoils answers, while its engine is killed.

Of ten requests one is answered wrongly: the connection is reset, cut in mid-body or never answered, or a host says 503
for some seconds. The newsroom goes on publishing, the engine dies now and then. Then the faults end, the waits they
left behind are lifted, and the store must come to hold the newsroom's truth: nothing lost, nothing twice, no text in
parts.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from aiohttp import ClientError, ClientSession, ClientTimeout, web

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from torture import PATIENCE, World, engine_of, kill_all, settle  # noqa: E402

from crawler.newsroom import Newsroom  # noqa: E402

STEP = timedelta(minutes=45)  # by which the newsroom goes on every few seconds
# Hosts that fail are left alone for minutes of the real clock: in a long run what they show must outlive those.
LONG, LONG_STEP = 300.0, timedelta(minutes=4)
SPOILT = 0.1  # of all answers
FAULTS = {"reset": 4, "cut": 4, "hang": 2, "503": 1}  # how often beside each other
BURST = 3.0  # seconds for which a host says 503
NEVER = 600.0
TIMEOUT = 3.0  # the daemon's; a hang lasts longer
HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "content-length"}


class FaultyProxy:
    """An HTTP proxy on loopback which answers some requests as a bad network would."""

    def __init__(self, chance: random.Random) -> None:
        self.did: Counter[str] = Counter()
        self._chance = chance
        self._bursts: dict[str, float] = {}
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._started.wait(PATIENCE):
            raise RuntimeError("the proxy did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._open())
        self._started.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._close())
        hanging = asyncio.all_tasks(self._loop)
        for task in hanging:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*hanging, return_exceptions=True))
        self._loop.close()

    async def _open(self) -> None:
        self._client = ClientSession(auto_decompress=False, timeout=ClientTimeout(total=PATIENCE))
        self._runner = web.ServerRunner(web.Server(self._answer), shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def _close(self) -> None:
        await self._runner.cleanup()
        await self._client.close()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        fault = self._fault(request.host)
        self.did[fault or "as it is"] += 1
        if fault == "503":
            return web.Response(status=503)
        if fault == "reset":
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if fault == "hang":
            await asyncio.sleep(NEVER)
        target = request.raw_path if "://" in request.raw_path else f"http://{request.host}{request.raw_path}"
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP}
        try:
            async with self._client.get(target, headers=headers, allow_redirects=False) as reply:
                body = await reply.read()
        except ClientError:
            return web.Response(status=502)
        kept = {name: value for name, value in reply.headers.items() if name.lower() not in HOP_BY_HOP}
        if fault == "cut" and len(body) > 1:
            answer = web.StreamResponse(status=reply.status, headers={**kept, "Content-Length": str(len(body))})
            await answer.prepare(request)
            await answer.write(body[: len(body) // 2])
            assert request.transport is not None
            request.transport.close()
            return answer
        return web.Response(status=reply.status, headers=kept, body=body)

    def _fault(self, host: str) -> str | None:
        if time.monotonic() < self._bursts.get(host, 0.0):
            return "503"
        if self._chance.random() > SPOILT:
            return None
        (fault,) = self._chance.choices(tuple(FAULTS), tuple(FAULTS.values()))
        if fault == "503":
            self._bursts[host] = time.monotonic() + BURST
        return fault


def soak(seconds: float, seed: int, folder: Path) -> tuple[list[str], Counter[str]]:
    """What is wrong with the store in the end, and how often what was done to the daemon."""
    chance = random.Random(seed)
    step = STEP if seconds <= LONG else LONG_STEP
    # It takes at least two seconds, and the newsroom's clock may not pass the real one.
    begin = datetime.now(UTC) - timedelta(days=12) - step * (seconds / 2)
    with (
        Newsroom(seed=seed % 1000, articles_per_outlet=5, start=begin, delay=0.01) as newsroom,
        FaultyProxy(chance) as proxy,
    ):
        world = World(folder, newsroom)
        process = world.start(
            PRESSWATCH_PROXY=proxy.url,
            PRESSWATCH_TIMEOUT=str(TIMEOUT),
            PRESSWATCH_RETRY_AFTER="5",
            PRESSWATCH_RETRIES="1",
        )
        try:
            ends = time.monotonic() + seconds
            while time.monotonic() < ends:
                time.sleep(chance.uniform(2.0, 6.0))
                world.publish(step)
                if chance.random() < 0.25 and (engine := engine_of(process.pid)) is not None:
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(engine, signal.SIGKILL)
                    proxy.did["engine killed"] += 1
                assert process.poll() is None, "the daemon ended by itself"
            process.terminate()
            if (code := process.wait(PATIENCE)) != 0:
                return [f"the daemon did not stop in good order: exit code {code}"], proxy.did
        finally:
            kill_all(process)
        # Hosts that failed are left alone for minutes; that they pass is not what is tested.
        wrong = settle(world)
        proxy.did["articles"] = len(newsroom.truth())
    return wrong, proxy.did


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=7200.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    asked = parser.parse_args()
    print(f"{asked.seconds:.0f} s, seed {asked.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="presswatch-soak-") as folder:
        wrong, did = soak(asked.seconds, asked.seed, Path(folder))
        for what, count in sorted(did.items()):
            print(f"  {count:6} {what}")
        if wrong:
            print(f"{len(wrong)} wrong: {wrong[:20]}\n{(Path(folder) / 'log').read_text()[-4000:]}")
        else:
            print("all there, nothing twice")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
