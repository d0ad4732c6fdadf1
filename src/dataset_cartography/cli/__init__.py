"""The command line: parse, call, print. The one room that prints and sets exit codes."""
