"""Named experiments whose results the book keeps as records.

``python -m dlbook.experiments NAME`` runs one and writes ``docs/records/NAME.json``; ``--check``
names the records whose code changed since. Each module holds what one chapter describes:
`first_network` chapter 1, `digits_from_scratch` and `backward_cost` chapter 6, `wheat_seeds`
chapter 7.
"""
