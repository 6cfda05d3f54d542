"""What happens to people, households and dwellings over time, and how they are found: actions and questions on the registers."""
