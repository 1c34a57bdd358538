"""A seeded answering service: for samples, tests, calibration, benchmarks and training."""
