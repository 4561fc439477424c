"""Named predicates, one a file: what the vocabulary of matchers can't say (谓词).

Each has `ANCHORS`, the words of which one must stand in the text, and `find(text, on)`, the places
of the normalised text that set the rule off. A rule names it in `predicate`.
"""
