"""What a supervisor does next: the calls behind a figure, the bill, the caller."""
