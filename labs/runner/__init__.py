"""Doing a lab: a workspace, running what is in it, looking at what came of it, cleaning up."""
