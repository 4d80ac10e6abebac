"""One module a noun: each takes what was asked and gives the answer, on the thread of the study."""
