"""Settled by scikit-learn itself: stop words go first; bigrams are formed from what is left."""

from sklearn.feature_extraction.text import CountVectorizer

COMMENTS = [
    "The room was clean",
    "The room was not clean",
    "Clean room and friendly staff",
    "Staff was friendly",
]

vectorizer = CountVectorizer(stop_words=["the", "was", "and"], ngram_range=(1, 2))
matrix = vectorizer.fit_transform(COMMENTS)
terms = vectorizer.get_feature_names_out()
words = [term for term in terms if " " not in term]
pairs = [term for term in terms if " " in term]
print(f"{len(words)} words: {', '.join(words)}")
print(f"{len(pairs)} pairs: {', '.join(pairs)}")

assert matrix.shape == (4, 12)
assert {"room clean", "staff friendly"} <= set(pairs)
