"""The web UI's code.

Folders are our own packages, in layers (docs/architecture.md draws them); bare ``.py`` files beside
this one are the surface that A1111 extensions import.
"""
