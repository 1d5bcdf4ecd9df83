"""Servers on loopback that speak a platform's real wire format; independent of the publishers they witness."""
