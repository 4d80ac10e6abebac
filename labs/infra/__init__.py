"""The stacks of infra/ in an account: what would change, change it, take it all away."""
