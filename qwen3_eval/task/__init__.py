"""What a benchmark is: its facts, its methods, and how all of them are found."""
