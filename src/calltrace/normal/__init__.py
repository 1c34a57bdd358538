"""What is usual: metrics, intervals, and how many calls to expect."""
