"""What went wrong: checks give evidence, causes weigh it."""
