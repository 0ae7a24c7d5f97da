"""Queries run in processes that can be killed.

The engine has no deadline and no way to cancel, so text from outside does not run in the process that speaks HTTP (but for look-ups,
see ``muniment.lookup``):

    web process ── control socket ── nursery            holds the release, runs nothing else, forks on request
         └──────── a socket each ─── worker, worker ... evaluates one query at a time; killed when it exceeds a limit

``pool`` and ``channel`` are the side of the web process (asyncio), ``nursery`` and ``worker`` the other; ``frames`` is what they say to each other.
"""
