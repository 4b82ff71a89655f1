"""Neural networks from plain tensor arithmetic: no autograd, no ``nn.Module``.

Part I of the book explains these modules line by line. They import nothing else of the library.
"""
