"""Supplyline: what will sell, what to reorder, and what is going wrong right now."""

import os as _os

__version__ = "0.1.0"

if ".zip" in __file__:  # see supplyline.kernel_cache; numba reads this when it is imported
    _os.environ.setdefault(
        "NUMBA_CACHE_LOCATOR_CLASSES",
        "supplyline.kernel_cache.LibraryZipLocator,UserProvidedCacheLocator,InTreeCacheLocator,UserWideCacheLocator,"
        "IPythonCacheLocator,ZipCacheLocator",
    )
