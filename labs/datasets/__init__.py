"""Tables that labs work on. A lab names those it needs; they are copied into its workspace."""
