"""Set-up and running of the platform on one machine. Standard library only: it works before the environment
exists."""
