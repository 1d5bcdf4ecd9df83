"""What `bonmot bench` measures: speed, memory over a day, and how well recorded streams are read."""
