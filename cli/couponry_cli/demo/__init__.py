"""The whole system at work on this machine: python -m couponry_cli.demo

Starts a development server, deploys, generates, redeems under concurrency, follows a redemption
through its life and counts. Whatever it prints was read back from the database; a count that is not
what it must be ends it with status 1.
"""
