"""What people write when something is wrong, and what they write when it only sounds so: word lists, no measuring."""
