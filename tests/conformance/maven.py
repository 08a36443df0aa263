"""What is fetched by Maven coordinates."""

import shutil
import subprocess


class Missing(Exception):
    """What an engine needs is not on this machine."""


def run(goal, artifact, repository, *options):
    """Fetches one artifact into a repository of its own."""
    if shutil.which("mvn") is None:
        raise Missing(f"no `mvn` to fetch {artifact} with")
    command = ["mvn", "-q", "-B", goal, f"-Dartifact={artifact}", f"-Dmaven.repo.local={repository}", *options]
    got = subprocess.run(command, capture_output=True, text=True)
    if got.returncode != 0:
        raise Missing(f"cannot fetch {artifact}: {got.stdout[-500:]}")
