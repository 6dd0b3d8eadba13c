"""Files from elsewhere: what lies at an address, and fetching it because somebody pressed a button.

Must not know: what a file is for, folders of models, jobs. Nothing here runs by itself or at start.
Read first: ``download.py`` (the values), ``finding.py`` (from an address to files), ``fetching.py`` (from a file
elsewhere to one on the disk), ``access.py`` (every connection).
"""
