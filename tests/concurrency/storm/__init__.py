"""Storms: everybody does everything at once, and afterwards the ledger says whether it was right.

`stage` sets up the few campaigns that all fight over, `client` is a caller that repeats what may be
repeated, `moves` are the calls that it makes at random, `weather` lets many of them loose, `gate`
cuts their lines, and `judge` reads what became of it, from the ledger alone.
"""
