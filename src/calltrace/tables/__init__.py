"""What the data are: tables, times, numbers and problems. Imports nothing of the rooms above."""
