#!/usr/bin/env python3
"""Times `ctlake ingest` from a zip to S3 against unzip with s5cmd, aws-cli and rclone.

    python benches/ingest.py --ctlake target/release/ctlake
    python benches/ingest.py --ctlake target/release/ctlake --only-scenario cap flip --runs 1 --json results.json

The same server for all, on this machine; each measured run is a process of its own; in each round all take their turn,
in another order than the round before, and ratios are taken within a round. After each run every object's MD5 is
compared with the archive's. Prints markdown tables, and which targets were reached.
"""

# Only the standard library, and no large value kept: what Linux reports as a child's peak memory includes that of the
# process it was started from, so this one stays smaller than anything it measures.
import argparse
import dataclasses
import json
import os
import pathlib
import platform
import resource
import signal
import subprocess
import sys
import tempfile

import loaders
import store
from outcome import LIMIT
from scenarios import SCENARIOS

HERE = pathlib.Path(__file__).resolve().parent
SUMS = ("wall", "cpu", "written_mb")


class Bench:
    """What all scenarios share: archives, contenders, rounds."""

    def __init__(self, args, work):
        self.args, self.work, self.log = args, work, work / "log.txt"
        self.contenders = [loaders.Ctlake(args.ctlake)] if args.ctlake else []
        self.contenders += [loaders.PEERS[name]() for name in args.peers]

    def archive(self, files, sizes):
        """A zip of so many images, made once and read once, so that nobody pays for the disk."""
        path = self.work / f"images-{files}-{sizes[0]}-{sizes[1]}.zip"
        if not path.with_suffix(".tsv").exists():
            command = [sys.executable, "-B", HERE / "images.py", path, "--files", files, "--bytes", *sizes]
            subprocess.run(list(map(str, command)), check=True)
        with open(path, "rb") as file:
            while file.read(1 << 20):
                pass
        return path

    def expected(self, archive):
        """The MD5 of what an archive holds, by path."""
        with open(archive.with_suffix(".tsv")) as lines:
            return {path: digest for path, _, digest in (line.rstrip("\n").split("\t") for line in lines)}

    def those(self, but=()):
        """The contenders of a scenario."""
        return [contender for contender in self.contenders if contender.name not in but]

    def store(self):
        """An empty store."""
        return store.Store(self.work / "store.txt")

    def run(self, steps, address, limit=LIMIT):
        """Processes one after another, as one measurement."""
        total = {"exit": 0, "wall": 0.0, "cpu": 0.0, "peak_mb": 0.0, "written_mb": 0.0, "walls": []}
        for step in steps:
            found = store.measured(step, store.environment(address), self.log, limit)
            for key in SUMS:
                total[key] += found[key]
            total["peak_mb"] = max(total["peak_mb"], found["peak_mb"])
            total["walls"].append(found["wall"])
            total["exit"] = found["exit"]
            if found["exit"] != 0:
                break
        return total

    def rounds(self, contenders, one):
        """Calls `one(contender, round)` for all in all rounds, and collects what it returns by name."""
        found = {contender.name: [] for contender in contenders}
        for number in range(self.args.runs):
            turn = number % len(contenders)
            for contender in contenders[turn:] + contenders[:turn]:
                result = one(contender, number) | {"unzip_apart": getattr(contender, "unzip_apart", None)}
                found[contender.name].append(result)
                print(f"round {number + 1}: {contender.name} {told(result)}", file=sys.stderr)
        return found

    def watched(self, s3, faults, run):
        """A run with the CPU of the server, and with the proxy's counts where there is one."""
        before = s3.cpu()
        if faults:
            with store.Proxy(s3, self.work / "proxy.txt", *faults) as proxy:
                result = run(proxy.address)
                result["proxy_cpu"] = proxy.cpu()
            result["requests"] = proxy.report
        else:
            result = run(s3.address)
        return result | {"server_cpu": s3.cpu() - before}

    def load(self, contender, steps, expected, faults=(), limit=LIMIT):
        """One run into an empty store, by way of the proxy where there are faults; and what is then in the store."""
        with self.store() as s3:
            result = self.watched(s3, faults, lambda address: self.run(steps, address, limit))
            return result | self.compare(s3, contender, expected)

    def place(self, contender):
        """Where a contender's files are, below the bucket."""
        return f"{contender.name.replace(' ', '-')}/{loaders.RELEASE}"

    def compare(self, s3, contender, expected):
        """How many objects are not as in the archive."""
        content = s3.content(self.place(contender))
        return {
            "missing": sum(path not in content for path in expected),
            "damaged": sum(content.get(path, digest) != digest for path, digest in expected.items()),
            "extra": sum(path not in expected for path in content),
        }


def told(result):
    """A run in a line, for the one who waits."""
    words = f"{result['wall']:.2f} s, exit {result['exit']}"
    faults = [f"{result[key]} {key}" for key in ("missing", "damaged") if result.get(key)]
    return ", ".join([words, *faults])


def versions(args):
    """What was compared, on what."""

    def said(name, *words):
        return subprocess.run([name, *words], capture_output=True, text=True, check=True).stdout.split()

    found = {"python": platform.python_version(), "system": platform.system(), "cpus": os.cpu_count()}
    found |= {"s5cmd": said(store.tool("s5cmd"), "version")[0], "rclone": said(store.tool("rclone"), "version")[1]}
    found |= {"aws-cli": said(store.tool("aws"), "--version")[0].rpartition("/")[2]}
    if args.ctlake:
        found["ctlake"] = said(args.ctlake, "-V")[1]
    return found


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description="Time `ctlake ingest` against s5cmd, aws-cli and rclone.")
    parser.add_argument("--ctlake", type=pathlib.Path, help="the binary, release build; without it only the peers run")
    parser.add_argument(
        "--only-scenario", nargs="+", choices=SCENARIOS, default=list(SCENARIOS), help="which to run [all]"
    )
    parser.add_argument("--runs", type=int, default=3, help="rounds of each scenario [3]")
    peers = list(loaders.PEERS)
    parser.add_argument("--peers", nargs="*", default=peers, choices=peers, help="whom to run beside ours")
    parser.add_argument("--work", type=pathlib.Path, help="folder to work in and to leave the archives in [temporary]")
    parser.add_argument("--json", type=pathlib.Path, help="write everything measured to this file")
    args = parser.parse_args()
    if not (args.peers or args.ctlake):
        parser.error("nothing to run: --ctlake or --peers is needed")
    if sys.platform != "linux":
        parser.error("what a process wrote is read from /proc: this runs on Linux")
    if args.ctlake:
        args.ctlake = args.ctlake.resolve()

    # Then the server, the proxy and what is measured end too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    tools = versions(args)
    results = []
    with tempfile.TemporaryDirectory() as scratch:
        work = (args.work or pathlib.Path(scratch)).resolve()
        work.mkdir(parents=True, exist_ok=True)
        bench = Bench(args, work)
        for name in args.only_scenario:
            print(f"{name}:", file=sys.stderr)
            for part in SCENARIOS[name](bench):
                results.append({"scenario": name} | dataclasses.asdict(part))
                print(f"\n{part.markdown()}", flush=True)
    floor = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print("\n" + ", ".join(f"{name} {version}" for name, version in tools.items()) + f"; peaks start at {floor:.0f} MB")
    if args.json:
        args.json.write_text(json.dumps({"versions": tools, "scenarios": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
