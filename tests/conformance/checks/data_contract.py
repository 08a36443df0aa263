"""A tool that is not ours must accept the contract, and the tables by it."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import yaml

import contract

ENGINE = "datacontract"


def check(lake, folder, report):
    """Lint the contract the binary prints, then test a built lake against it."""
    if importlib.util.find_spec("datacontract") is None:
        report.skip(ENGINE, "datacontract-cli is not installed; install requirements.txt")
        return
    plain = lake.ctlake.run("schema", "--format", "odcs")
    served = lake.ctlake.run("schema", "--format", "odcs", "--lake", lake.folder)

    printed = {name: part for name, part in yaml.safe_load(plain).items() if name != "servers"}
    same = printed == contract.document()
    report.result(ENGINE, "the binary prints the contract of the repository", [] if same else ["they differ"])

    _run("lint", plain, Path(folder) / "contract.yaml", report)
    _run("test", served, Path(folder) / "contract-with-servers.yaml", report)


def _run(command, text, file, report):
    file.write_text(text, encoding="utf-8")
    outcome = file.with_suffix(".json")
    program = Path(sys.executable).with_name("datacontract")
    options = ["--output", outcome, "--output-format", "json"]
    done = subprocess.run([program, command, file, *options], capture_output=True, text=True, encoding="utf-8")
    if not outcome.exists():
        report.result(ENGINE, command, [done.stderr.strip() or done.stdout.strip()])
        return
    checks = json.loads(outcome.read_text(encoding="utf-8"))["checks"]
    # A type check on Parquet is one it does not carry out; pyarrow.parquet compares the types instead.
    passed = sum(check["result"] == "passed" for check in checks)
    problems = [
        f"{check['result']}: {check['name']}: {check.get('reason')}"
        for check in checks
        if check["result"] in ("failed", "error")
    ]
    if done.returncode != 0 and not problems:
        problems = [done.stderr.strip() or f"exit code {done.returncode}"]
    if not passed:
        problems.append("no check passed")
    report.result(ENGINE, f"{command} ({passed} checks passed)", problems)
