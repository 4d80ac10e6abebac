"""Settled by scikit-learn itself: naive Bayes on new counts equals a fit on all; SGD does not.

Twenty evenings of 200 letters, 60 departments.
"""

import numpy as np
from sklearn.linear_model import SGDClassifier
from sklearn.naive_bayes import MultinomialNB

EVENINGS, LETTERS, WORDS = 20, 200, 300
DEPARTMENTS = np.arange(60)

dice = np.random.default_rng(1)
favourites = dice.dirichlet(np.full(WORDS, 0.1), size=60)
department = dice.integers(60, size=EVENINGS * LETTERS)
counts = np.array([dice.multinomial(40, favourites[each]) for each in department])

bayes, sgd = MultinomialNB(), SGDClassifier(loss="log_loss", random_state=1)
for evening in np.split(np.arange(len(counts)), EVENINGS):
    bayes.partial_fit(counts[evening], department[evening], classes=DEPARTMENTS)
sgd_at_once = SGDClassifier(loss="log_loss", random_state=1)
for part in np.split(np.arange(1_000), 5):  # five evenings tell enough
    sgd.partial_fit(counts[part], department[part], classes=DEPARTMENTS)
sgd_at_once.fit(counts[:1_000], department[:1_000])
bayes_at_once = MultinomialNB().fit(counts, department)

apart = np.abs(bayes.feature_log_prob_ - bayes_at_once.feature_log_prob_).max()
drift = np.abs(sgd.coef_ - sgd_at_once.coef_).max()
print(f"naive Bayes: parameters after {EVENINGS} evenings and after one fit differ by {apart:.1g}")
print(f"logistic regression by SGD: weights differ by {drift:.1f}")

assert apart < 1e-12
assert drift > 1
