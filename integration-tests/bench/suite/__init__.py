"""The benchmark suite; the command is ../run, the words are in integration-tests/DESIGN.md."""
