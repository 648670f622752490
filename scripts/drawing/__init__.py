"""Drawings as SVG, shared by the plots and by the comparison with the paper."""
