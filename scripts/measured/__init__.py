"""What scripts/measure_cpu runs, the tables of what it measured, and the fits to them.

workloads -> tables -> fits
"""
