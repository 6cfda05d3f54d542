"""What comes in bulk."""
