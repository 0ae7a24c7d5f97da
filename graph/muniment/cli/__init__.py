"""The command ``muniment``.

Exit codes: 0 all is well; 1 there is something to mend in the data (a violation, a line nobody accounted for, a file that is not
formatted); 2 wrong usage; 3 a file is not as it should be; 4 a query was refused; 5 a release or an engine failed; 130 interrupted.
"""

from __future__ import annotations

import io
import os
import sys

from muniment.cli.terminal import app, complain
from muniment.errors import InputError, MunimentError, QueryError, ValidationFailed

from muniment.cli import build, export, network, publish, query, release, search, serve, sources, start  # noqa: F401  isort: skip  (each registers its commands)

EXIT_CODES: tuple[tuple[type[MunimentError], int], ...] = (
    (ValidationFailed, 1),
    (InputError, 3),
    (QueryError, 4),
    (MunimentError, 5),
)


def main() -> None:
    """Run the command line; errors become a message and an exit code, never a traceback."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that cannot show a letter shows another
    try:
        app()
    except MunimentError as error:
        complain(str(error))
        sys.exit(next(code for kind, code in EXIT_CODES if isinstance(error, kind)))
    except BrokenPipeError:  # the reader of a pipe went away: nothing is left to say
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:  # a file that the system does not let us read or write
        complain(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        sys.exit(3)
