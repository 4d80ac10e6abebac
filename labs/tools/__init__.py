"""Small modules that labs copy into a workspace, for what is not the matter of the lab."""
