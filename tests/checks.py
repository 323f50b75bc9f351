"""Run every check, each to its end, and say which failed: `python tests/checks.py [arguments for pytest]`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

# One more than there are cores, as many tests wait for clocks and servers.
WORKERS = (os.cpu_count() or 1) + 1

CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("lint-imports",),
    ("pytest", "-n", str(WORKERS), "--dist", "worksteal"),
)


def main(arguments: list[str]) -> int:
    """Exit code 0 when all checks passed, else 1; the tools are those installed beside this interpreter."""
    tools = Path(sys.executable).parent
    # Tests start hundreds of processes: without kept bytecode each would compile the whole project.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    failed = []
    for name, *rest in CHECKS:
        command = [str(tools / name), *rest, *(arguments if name == "pytest" else ())]
        print("==", name, *command[1:], flush=True)
        started = time.monotonic()
        if subprocess.run(command, cwd=Path(__file__).parents[1], env=environment, check=False).returncode:
            failed.append(" ".join((name, *rest)))
        print(f"   {time.monotonic() - started:.0f} s", flush=True)
    print("failed: " + ", ".join(failed) if failed else "all checks passed", file=sys.stderr if failed else sys.stdout)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
