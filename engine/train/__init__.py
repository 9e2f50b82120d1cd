"""What makes the engine's tables and models; not carried in the extension, imported by nobody."""
