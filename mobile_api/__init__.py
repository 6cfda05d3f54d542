"""What a phone talks to."""
