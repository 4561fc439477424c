"""By which algorithm what is new is sealed (加密算法): the choice of the installation."""

from __future__ import annotations

from django.conf import settings

from guiju.kernel.crypto.envelope import Algorithm


def chosen() -> Algorithm:
    """As the data folder says at this moment: it can be changed while everything runs."""
    if settings.GUIJU_ALGORITHM:
        return Algorithm[settings.GUIJU_ALGORITHM]
    found: Algorithm = settings.GUIJU_FOLDER.algorithm if settings.GUIJU_FOLDER else Algorithm.AES_256_GCM
    return found
