"""`make deploy-check`: a real bootstrap, deployment and removal, on an emulator of AWS that nobody here wrote."""
