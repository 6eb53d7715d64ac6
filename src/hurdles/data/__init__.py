"""Data you can trust: the room of area 01."""
