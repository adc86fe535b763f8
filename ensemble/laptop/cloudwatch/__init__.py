"""CloudWatch on the laptop: metrics of queues, functions and rules, and those that functions print; alarms."""
