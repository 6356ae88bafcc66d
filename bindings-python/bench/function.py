"""What the function wrapper costs: per audit event, per call, at start, in memory.

``scripts/bench-python-function`` runs it where the wheel is installed. Each number is
the median of processes with the wrapper less that of processes without, in turn.
"""

from __future__ import annotations

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import wardline

ROUNDS = 11

#: What runs in each process; `HOOK` is put before it.
EVENTS = """
import json, os, socket, subprocess, sys, time
def cost(call, count):
    best = 1e9
    for _ in range(7):
        start = time.perf_counter_ns()
        for _ in range(count):
            call()
        best = min(best, (time.perf_counter_ns() - start) / count)
    return best
audit = sys.audit
one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
print(json.dumps({
    "an unrelated event": cost(lambda: audit("bench.unrelated"), 200_000),
    "an unrelated event of a known kind": cost(lambda: audit("os.getxattr", "x", "y"), 200_000),
    "open and close": cost(lambda: open("/etc/hostname").close(), 5_000),
    "os.remove of what is not there": cost(lambda: remove("/tmp/nowhere/a"), 3_000),
    "connect a datagram": cost(lambda: one.connect(("127.0.0.1", 9)), 5_000),
    "subprocess.run(['true'])": cost(lambda: subprocess.run(["/bin/true"]), 30),
}))
"""
REMOVE = """
def remove(path):
    import os
    try:
        os.remove(path)
    except OSError:
        pass
"""
POLICY = """
wardline: 1
kind: function
name: bench
platform: linux
mode: enforce
controls:
  file_block: { paths: [/etc/shadow, /root/.ssh, "**/.aws/credentials"] }
  executables_blocked: { executables: [nc, xmrig] }
  block_malicious_executables: {}
  network_block: { networks: [169.254.169.254], domains: [.blocked.test] }
"""
GOALS = {"an unrelated event": 300, "an unrelated event of a known kind": 300, "start": 15, "memory": 5}
LAYER = pathlib.Path(wardline.__file__).parent / "function" / "layer"


def run(program: str, env: dict[str, str]) -> str:
    return subprocess.run([sys.executable, "-c", program], env=env, check=True, capture_output=True, text=True).stdout


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        bundle = pathlib.Path(folder) / "f.wlb"
        bundle.write_bytes(bytes(wardline.compile({"text": POLICY, "name": "bench.yaml"})))
        bare = dict(os.environ)
        armed = bare | {"WARDLINE_BUNDLE": str(bundle), "WARDLINE_AUDIT": "/dev/null"}
        armed["PYTHONPATH"] = os.pathsep.join(filter(None, [str(LAYER), bare.get("PYTHONPATH")]))
        empty = "import empty_hook; empty_hook.install()\n"
        ways = {"bare": ("", bare), "empty hook": (empty, bare), "armed": ("", armed)}
        found: dict[str, dict[str, list[float]]] = {}
        for _ in range(ROUNDS):
            for way, (hook, env) in ways.items():
                for name, value in json.loads(run(hook + REMOVE + EVENTS, env)).items():
                    found.setdefault(name, {}).setdefault(way, []).append(value)
        # A start is what a function that does nothing takes, of a runtime that has
        # imported what the real one has.
        program = (
            "import resource as r; own = r.getrusage(r.RUSAGE_SELF);"
            "rss = [line for line in open('/proc/self/status') if line.startswith('VmRSS')][0].split()[1];"
            "print(int(rss) / 1024, (own.ru_utime + own.ru_stime) * 1000)"
        )
        for name, before in (("bare Python", ""), ("with what awslambdaric imports", "import json, logging, http.client, importlib.util\n")):
            for _ in range(2 * ROUNDS):
                for way, env in (("bare", bare), ("armed", armed)):
                    start = time.perf_counter()
                    memory, busy = map(float, run(before + program, env).split())
                    took = (time.perf_counter() - start) * 1000
                    for what, value in (("start", took), ("start, processor time", busy), ("memory", memory)):
                        found.setdefault(f"{what}, {name}", {}).setdefault(way, []).append(value)
        for name, ways_of in found.items():
            median = {way: statistics.median(values) for way, values in ways_of.items()}
            unit = "ms" if name.startswith("start") else "MB" if name.startswith("memory") else "ns"
            base = "empty hook" if "unrelated" in name else "bare"
            more = median["armed"] - median[base]
            goal = GOALS.get(name.partition(",")[0])
            verdict = "" if goal is None else f" (goal {goal}: {'ok' if more <= goal else 'short'})"
            shown = ", ".join(f"{way} {value:.1f}" for way, value in median.items())
            print(f"{more:10.1f} {unit} more than {base}{verdict}  {name}: {shown}")


if __name__ == "__main__":
    main()
