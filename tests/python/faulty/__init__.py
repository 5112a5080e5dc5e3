"""Servers and clients that are wrong in one point each."""
