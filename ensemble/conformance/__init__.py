"""Small questions to AWS, each with the answer that a document of AWS gives, for whatever answers as AWS does."""
