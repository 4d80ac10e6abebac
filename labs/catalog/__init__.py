"""The labs. A folder each, named for ever; its place in the row is `order` in its lab.toml."""
