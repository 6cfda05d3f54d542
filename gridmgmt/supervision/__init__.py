"""Electronic supervision: rules, the scan, cards and their documents, published results."""
