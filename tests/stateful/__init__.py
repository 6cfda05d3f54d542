"""A street at random: people take legal and illegal steps over HTTP, a small model says what must be answered."""
