"""Java installations of this machine."""

import os
import re
from pathlib import Path

VERSION = re.compile(r'JAVA_VERSION="(\d+)')


def find(oldest, newest):
    """The home of the oldest installed Java between two versions; None if there is none."""
    homes = [Path(home) for home in (os.environ.get("JAVA_HOME"),) if home]
    for folder in ("/usr/lib/jvm", "/Library/Java/JavaVirtualMachines"):
        if Path(folder).is_dir():
            homes += [*Path(folder).iterdir(), *Path(folder).glob("*/Contents/Home")]
    found = {}
    for home in homes:
        release = home / "release"
        match = VERSION.search(release.read_text(encoding="utf-8")) if release.is_file() else None
        if match and (home / "bin" / "java").exists():
            found.setdefault(int(match[1]), home)
    fitting = [version for version in found if oldest <= version <= newest]
    return found[min(fitting)] if fitting else None
