"""Start-up of the command line beside bare Python: `python benchmarks/startup.py [--runs 30] [--markdown]`.

Interleaved, in user and system CPU time of the child and in wall time; medians. The command is run as installed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "presswatch --help": [str(Path(sys.executable).with_name("presswatch")), "--help"],
    "presswatch crawl --help": [str(Path(sys.executable).with_name("presswatch")), "crawl", "--help"],
}


def once(command: list[str]) -> tuple[float, float]:
    """Wall and CPU milliseconds of one run."""
    before, started = os.times(), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - started, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return wall * 1000, cpu * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--markdown", action="store_true", help="append the table to benchmarks/RESULTS.md")
    chosen = parser.parse_args()
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in COMMANDS}
    for command in COMMANDS.values():
        once(command)
    for _ in range(chosen.runs):
        for name, command in COMMANDS.items():
            taken[name].append(once(command))
    bare = statistics.median(wall for wall, _ in taken["python -c pass"])
    lines = ["| command | wall ms | CPU ms | times bare Python |", "|---|---:|---:|---:|"]
    for name, figures in taken.items():
        wall, cpu = (statistics.median(column) for column in zip(*figures, strict=True))
        lines.append(f"| `{name}` | {wall:.0f} | {cpu:.0f} | {wall / bare:.2f} |")
    table = "\n".join(lines)
    print(table)
    if chosen.markdown:
        with Path(__file__).with_name("RESULTS.md").open("a") as results:
            results.write(f"\n## Start-up\n\n`python benchmarks/startup.py --runs {chosen.runs}`\n\n{table}\n")


if __name__ == "__main__":
    main()
