"""The scripted evening and the story told over it, made by the project itself."""
