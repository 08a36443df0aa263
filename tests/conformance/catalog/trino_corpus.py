"""The corpus of questions, asked of `ctlake sql` and of Trino, on which Athena's engine is built."""

from catalog.trino_engine import TrinoEngine
from sql import corpus
from sql.answers import Answers


def check(lake, server, binary, folder, report):
    """An answer of both is one answer, or `--engine auto` keeps the question here. Trino may know less SQL."""
    from trino.exceptions import TrinoQueryError

    trino = TrinoEngine(server, lake.database)
    answers = Answers(binary, lake.folder, folder)

    def ask(question):
        try:
            return trino.ask(question)
        except TrinoQueryError as error:
            return error.message.splitlines()[0]

    known = ("only ctlake", "refused by both")
    different = corpus.check("Trino", answers, ask, known, f"{lake.database}: ", report)
    sent = [f"`--engine auto` sends it to Athena: {question}" for question in different if answers.differs[question] is None]
    report.result("Trino", f"{lake.database}: {len(different)} that Trino answers otherwise stay here", sent)
