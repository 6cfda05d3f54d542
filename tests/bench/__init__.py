"""Benchmarks: `./grid bench [NAME] [--scale street|district|city] [--json FILE]`."""
