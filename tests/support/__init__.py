"""What several rooms of tests need: exact functions, networks and data to try, memory laid out badly."""
