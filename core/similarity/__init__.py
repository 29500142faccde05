"""How alike models are: representations -> CKA or Procrustes -> SimilarityMatrix."""
