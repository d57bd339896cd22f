"""One forecast model a module; `registry.models` finds them by their name MODEL."""
