"""A1111's ``modules.extra_networks_hypernet``.

Names: ExtraNetworkHypernet.
"""

from modules.compat.missing_parts import ExtraNetworkHypernet

__all__ = ["ExtraNetworkHypernet"]
