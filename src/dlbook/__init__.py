"""An introduction to deep learning that computes everything it says.

Import what you need from the modules: ``from dlbook.data import load``.
"""
