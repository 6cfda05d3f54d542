"""Who read, searched, revealed or took whose record, and why; rows are only ever added."""
