"""What is pasted into the review page."""

from __future__ import annotations

from django import forms

from guiju.kernel.sectors import CHOICES
from guiju.web.forms import Form

LONGEST = 20_000


class ReviewForm(Form):
    text = forms.CharField(
        label="广告文案",
        max_length=LONGEST,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 7, "placeholder": "把要发布的文案粘贴到这里"}),
        error_messages={"max_length": f"一次最多审查{LONGEST}字，请分段"},
    )
    sector = forms.ChoiceField(
        label="所属行业",
        choices=CHOICES,
        help_text="同样的话，有的商品可以说，有的不可以",
    )
