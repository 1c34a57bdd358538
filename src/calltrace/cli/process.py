"""The command line as a process: what signals, streams that are closed and disks that are full make of it.

:func:`script` is what the command ``calltrace`` calls. It imports the command line itself, so that Ctrl-C while that
is imported leaves no traceback either.
"""

from __future__ import annotations

import atexit
import gc
import io
import os
import signal
import sys
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

SIGNALLED = 128
"""What shells add to the number of the signal that ended a process."""

BROKEN_OFF = "interrupted: nothing was left half-written"
"""What is said of Ctrl-C: files and stores are written aside and named in one step, so what was there is still whole."""


def script() -> None:
    """Run the command line as the process it is: once all is said and written, end it without taking memory apart.

    That would take a tenth of a second, and nothing is left in it that anybody waits for. What is registered for the
    end (:mod:`atexit`: clusters, pools, temporary folders) is done first.
    """
    code: object = 0
    try:
        _heed_signals()
        _have_streams()
        from calltrace.cli.main import main

        main(prog_name="calltrace")
    except SystemExit as ended:
        code = ended.code
    except KeyboardInterrupt:
        sys.stderr.write(f"\n{BROKEN_OFF}\n")
        code = SIGNALLED + signal.SIGINT
    except Exception:  # noqa: BLE001 -- whatever it is: Python's exit code for it is 1, which means findings
        from calltrace.cli.exits import Exit

        traceback.print_exc()
        code = Exit.BUG
    _heed_no_more()
    atexit._run_exitfuncs()  # noqa: SLF001 -- there is no public name for it
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code if isinstance(code, int) else 0)


def lean() -> None:
    """Have libraries that are not loaded yet take less for themselves, in a process that does one large thing and ends.

    Arrow's allocator (mimalloc) and the C library's keep the memory they have, instead of giving back what is wanted
    again at once and comes cleared each time; BLAS, which nobody asks anything here, starts no threads; Python looks for
    rubbish less often. What the user has set stays.
    """
    if "numpy" not in sys.modules:
        _keep_memory()
        os.environ.setdefault("MIMALLOC_PURGE_DELAY", "-1")
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        gc.set_threshold(500_000, 20, 20)  # imports make many things, and hardly any rubbish


def _keep_memory() -> None:
    """Have the GNU C library take what is large as well from the memory it has, and keep what is given back to it."""
    if sys.platform != "linux" or any(name.startswith(("MALLOC_", "GLIBC_TUNABLES")) for name in os.environ):
        return
    import ctypes  # numpy needs it as well

    with suppress(AttributeError, OSError):  # other C libraries have no such word
        adjust = ctypes.CDLL(None).mallopt
        for what, size in _KEPT:
            adjust(what, size)


_KEPT = ((-3, 32 << 20), (-1, 1 << 30))
"""M_MMAP_THRESHOLD and M_TRIM_THRESHOLD of <malloc.h>: from how many bytes on memory is asked for and given back alone."""


def _heed_signals() -> None:
    """Let whoever ends the process, or closes its terminal, break it off as Ctrl-C does: cleaned up, nothing by halves."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # what nohup has ignored stays so
            signal.signal(number, _break_off)


def _heed_no_more() -> None:
    """Let signals end the process at once: all is said, and who breaks off now does not want to wait for the rest."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is _break_off:
            signal.signal(number, signal.SIG_DFL)


def _break_off(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_DFL)
    raise SystemExit(SIGNALLED + number)


def _have_streams() -> None:
    """Put something in the place of streams that are closed, and let standard error fail nobody.

    A closed standard input is an empty one, writing to a closed standard output is an error, and no file that is
    opened gets their number, and with it what is meant for them. What standard error can't take is lost: the result
    and the exit code do not hang on it.
    """
    for number, flags in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, flags)  # takes the lowest number that is free
    if sys.stdin is None:
        sys.stdin = open(0, closefd=False)  # noqa: SIM115 -- for as long as the process lives
    if sys.stdout is None:
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    errors = open(2, "wb", closefd=False) if sys.stderr is None else sys.stderr.buffer  # noqa: SIM115
    sys.stderr = _Unfailing(errors, encoding="utf-8" if sys.stderr is None else sys.stderr.encoding,
                            errors="backslashreplace", line_buffering=True)


class _Unfailing(io.TextIOWrapper):
    """A stream that loses what can't be written."""

    def write(self, text: str) -> int:
        """Write, or not."""
        with suppress(OSError):
            return super().write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, or not."""
        with suppress(OSError):
            super().flush()
