"""`ctlake sql`, asked many questions in one process: that of its integration tests."""

import json
import os
import subprocess
from pathlib import Path

from ctlake import Failed


class Answers:
    """Answers about one lake."""

    def __init__(self, binary, lake, folder):
        self.binary = str(Path(binary).resolve())
        self.lake = str(lake)
        self.file = Path(folder) / "questions.sql"
        # What of a question Athena answers otherwise, as the program knows it.
        self.differs = {}

    def ask(self, questions):
        """Rows, or a text for an error, for each question."""
        self.file.write_text("".join(question + "\n" for question in questions), encoding="utf-8")
        env = os.environ | {"CTLAKE_QUESTIONS": str(self.file), "CTLAKE_QUESTIONS_LAKE": self.lake}
        command = [self.binary, "--exact", "answers::questions_of_a_file"]
        done = subprocess.run(command, env=env, capture_output=True, text=True, encoding="utf-8")
        if done.returncode != 0:
            raise Failed(done.stdout[-2000:] + done.stderr[-2000:])
        lines = self.file.with_suffix(".answers").read_text(encoding="utf-8").splitlines()
        answers = [json.loads(line) for line in lines]
        self.differs.update(zip(questions, (answer["differs"] for answer in answers)))
        return [answer.get("error") or [tuple(row) for row in answer["rows"]] for answer in answers]
