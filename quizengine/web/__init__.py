"""The exam in the browser: a server on this computer alone, on the same Study as every shell."""
