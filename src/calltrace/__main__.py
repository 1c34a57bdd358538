"""``python -m calltrace`` is the command line."""

from calltrace.cli.main import main

if __name__ == "__main__":
    main(prog_name="calltrace")
