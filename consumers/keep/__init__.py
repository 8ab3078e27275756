"""Records handed on: to files that rotate, Parquet, NMSG for Farsight's tools.

Not here: text, JSON and CSV (show).
"""
