"""What lies where in an experiment's folder."""

PLAN = "experiment.json"
CELLS = "cells"
RESULT = "result.json"  # in a cell's folder
RESULTS = "results.jsonl"
TABLE = "table.csv"
CONCLUSIONS = "conclusions.txt"
PICTURE = "experiment.png"
CORRECTED_ROWS = "corrected.jsonl"
