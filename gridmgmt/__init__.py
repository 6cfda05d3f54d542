"""The Django project and the domain apps that are not places."""
