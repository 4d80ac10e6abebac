"""The exam on a full terminal screen (Textual), on the same Study as every other shell."""
