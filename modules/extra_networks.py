"""A1111's ``modules.extra_networks``: networks named in prompts.

Names: ExtraNetwork, ExtraNetworkParams, activate, deactivate, extra_network_aliases, extra_network_registry,
get_user_metadata, initialize, lookup_extra_networks, parse_prompt, parse_prompts, re_extra_net,
register_default_extra_networks, register_extra_network, register_extra_network_alias.
"""

from modules.compat.extra_networks import (
    ExtraNetwork,
    ExtraNetworkParams,
    activate,
    deactivate,
    extra_network_aliases,
    extra_network_registry,
    get_user_metadata,
    lookup_extra_networks,
    parse_prompt,
    parse_prompts,
    re_extra_net,
    register_extra_network,
    register_extra_network_alias,
)
from modules.compat.missing_parts import do_nothing as initialize
from modules.compat.missing_parts import do_nothing as register_default_extra_networks

__all__ = [
    "ExtraNetwork", "ExtraNetworkParams", "activate", "deactivate", "extra_network_aliases", "extra_network_registry",
    "get_user_metadata", "initialize", "lookup_extra_networks", "parse_prompt", "parse_prompts", "re_extra_net",
    "register_default_extra_networks", "register_extra_network", "register_extra_network_alias",
]
