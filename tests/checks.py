"""Run every check, each to its end, and say which failed: `python tests/checks.py [arguments for pytest]`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# Twice as many as there are cores, as many tests wait for clocks and servers.
WORKERS = 2 * (os.cpu_count() or 1)

# Each worker would rewrite and compile all tests by itself, which takes longer than to read them.
COLLECTION = ("pytest", "--collect-only", "-qq", "-p", "no:xdist")
TESTS = ("pytest", "-n", str(WORKERS), "--dist", "worksteal")
# They use a core, of which the tests leave some: what they say is shown when the tests have ended.
BESIDE = (
    ("mypy",),
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("lint-imports",),
)


def main(arguments: list[str]) -> int:
    """Exit code 0 when all checks passed, else 1; the tools are those installed beside this interpreter."""
    with ThreadPoolExecutor(1) as beside:
        others = [beside.submit(run, check, said=subprocess.PIPE) for check in BESIDE]
        if not arguments:
            run(COLLECTION, said=subprocess.PIPE)  # what is wrong with it the tests will tell
        print("==", *TESTS, *arguments, flush=True)
        done = [(TESTS, *run((*TESTS, *arguments), said=None))]
        print(f"   {done[0][2]:.0f} s", flush=True)
    for check, other in zip(BESIDE, others, strict=True):
        done.append((check, *other.result()))
        print("==", *check)
        print(f"{done[-1][1].stdout.rstrip()}\n   {done[-1][2]:.0f} s", flush=True)
    failed = [" ".join(check) for check, result, _ in done if result.returncode]
    print("failed: " + ", ".join(failed) if failed else "all checks passed", file=sys.stderr if failed else sys.stdout)
    return 1 if failed else 0


def run(check: tuple[str, ...], said: int | None) -> tuple[subprocess.CompletedProcess[str], float]:
    """One check to its end, and the seconds it took; with `said` a pipe, what it says is kept."""
    name, *rest = check
    # Tests start hundreds of processes: without kept bytecode each would compile the whole project.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    started = time.monotonic()
    result = subprocess.run(
        [Path(sys.executable).parent / name, *rest],
        cwd=Path(__file__).parents[1],
        env=environment,
        stdout=said,
        stderr=subprocess.STDOUT if said else None,
        text=True,
        check=False,
    )
    return result, time.monotonic() - started


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
