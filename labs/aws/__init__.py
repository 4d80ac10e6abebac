"""A lab on an AWS account: whose it is, the one door by which calls leave, what is taken back."""
