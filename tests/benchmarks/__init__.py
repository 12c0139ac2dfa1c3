"""What `make bench` runs: time and memory of every stage on simulated shops of growing size."""
