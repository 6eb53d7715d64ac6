"""Decisions people can stand behind: the room of area 05."""
