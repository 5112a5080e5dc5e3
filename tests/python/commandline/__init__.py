"""Runs of the command line as a user makes them."""
