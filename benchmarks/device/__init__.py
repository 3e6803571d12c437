"""What a device's memory allows, and how much of it each path of an optimizer uses."""
