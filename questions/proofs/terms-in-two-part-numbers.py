"""Settled by scikit-learn itself: a term is a column if enough documents have it.

How often it stands in one of them does not matter.
"""

from sklearn.feature_extraction.text import CountVectorizer

PARTS = ["AABA", "ABAB", "BABA", "CACA"]

vectorizer = CountVectorizer(analyzer="char", ngram_range=(1, 2), min_df=2, lowercase=False)
matrix = vectorizer.fit_transform(PARTS)
columns = list(vectorizer.get_feature_names_out())
print(f"{PARTS} give {matrix.shape[0]} x {matrix.shape[1]}: {columns}")
print(f"the row of CACA is {matrix.toarray()[3].tolist()}")

assert matrix.shape == (4, 4)
assert columns == ["A", "AB", "B", "BA"]
