"""The plugin for pytest: inert unless asked."""
