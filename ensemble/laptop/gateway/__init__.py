"""API Gateway's REST APIs, as the templates have them: who may call, what is taken, and what is asked of AWS for it."""
