"""The phone's program: its queue and stores under Node, its files and page under Django."""
