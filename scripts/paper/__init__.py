"""Comparison of cleave with the figures of the paper: what is run, what is computed from it, and the page about it.

readings, families -> program -> runs -> capacity, gains, single_layers -> folding -> study -> page, drawings -> command
"""
