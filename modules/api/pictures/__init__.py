"""Pictures that cross the HTTP boundary: taken in from text, files and web addresses, and handed out.

Must not know: routes and their models. Nothing is decoded before its size is known, and no address of this
computer or its network is ever asked for anything.
Read first: ``intake.py``, then ``addresses.py`` for which addresses may be fetched.
"""
