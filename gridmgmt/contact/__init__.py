"""What goes between the street and the people who report: receipts, progress, ratings, notices, text messages."""
