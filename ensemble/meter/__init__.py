"""What a workflow costs on AWS: its units as the laptop AWS is asked for them, its bill at a rate, and its latency."""
