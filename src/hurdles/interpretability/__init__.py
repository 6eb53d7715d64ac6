"""Models that can explain themselves: the room of area 03."""
