"""What the report path is measured against, on the same server: the thinnest raw view and an idiomatic DRF one."""
