"""What is done to gradients in hand: canonical forms, conventions and mistakes."""
