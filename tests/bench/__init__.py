"""What the project promises of its speed, measured."""
