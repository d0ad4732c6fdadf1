"""Files in other shapes than the log: the contract's exports, and other tools' formats, in and out."""
