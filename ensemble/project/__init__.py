"""Makes projects and adds to them: `ensemble new`, `ensemble add`; what a project is made of, and what is deployed."""
