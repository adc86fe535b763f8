"""The workflow graph, proven from the synthesized templates joined with the declarations."""
