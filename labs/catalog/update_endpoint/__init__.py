"""Lab: exchange the model of an endpoint under load: scaled, in steps, and back when it fails."""
