"""``python -m calltrace`` is the command line."""

from calltrace.cli.process import script

if __name__ == "__main__":
    script()
