"""Shapes of what people type; the services judge the contents."""

from __future__ import annotations

from django import forms

from guiju.kernel.errors import GuijuError


def show_problems(form: forms.Form, error: GuijuError) -> None:
    """Put each problem of a refusal beside its field; what was typed stays."""
    for problem in error.problems:
        sentence = problem.sentence
        if problem.citation:
            sentence += f" 参见{problem.citation}"
        form.add_error(problem.field if problem.field in form.fields else None, sentence)
