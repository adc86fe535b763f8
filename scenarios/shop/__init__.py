"""The shop under the simulator: its workload, the systems outside, what must hold. Yours takes its place here."""
