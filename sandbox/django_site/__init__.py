"""A small site as anybody would begin one with Django: its own people, sessions and sign-in page.

Nothing in it knows of Locksmith. `make demo DIRECTORY=django` shows it as the product, and the tests ask it whether
what Locksmith wrote into its database is what Django itself would have written.
"""
