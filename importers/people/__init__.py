"""People and dwellings: where their addresses are, who is meant, what is to be written. Set by set, in SQL."""
