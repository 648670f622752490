"""Comparison of cleave with the figures of the paper: what is run, what is computed from it, and the page about it.

readings, families, authors_loop -> program -> runs -> capacity, gains, single_layers, loop_readings -> folding -> study
-> page, drawings -> command
"""
