"""What is pasted or uploaded for review, and the words of a company."""

from __future__ import annotations

from typing import Any

from django import forms

from guiju.kernel.contract_types import CHOICES as CONTRACT_CHOICES
from guiju.kernel.rules.model import Occasion
from guiju.kernel.sectors import CHOICES
from guiju.review.models import Kind, OwnWord
from guiju.review.services.own_words import WordDetails
from guiju.rulebook.labels import CHANNELS
from guiju.web.forms import Form

LONGEST = 200_000
LARGEST_FILE = 5 << 20
_PLACEHOLDERS = {
    Kind.ADS: "把要发布的文案粘贴到这里，一行一条",
    Kind.CLAUSES: "把条款粘贴到这里，一行一条；选了合同类型就当作一份完整的合同",
    Kind.FIELDS: "一行一个字段名，后面可以用逗号隔开注释，例如\nsfzh\nmobile,手机号",
}


class ReviewForm(Form):
    """One text or one file; which other fields there are depends on what is reviewed."""

    text = forms.CharField(
        label="文字",
        max_length=LONGEST,
        strip=False,
        required=False,
        widget=forms.Textarea(attrs={"rows": 9}),
        error_messages={"max_length": f"一次最多粘贴{LONGEST}字，请分段或上传文件"},
    )
    file = forms.FileField(label="或者上传文件", required=False)
    sector = forms.ChoiceField(label="所属行业", choices=CHOICES, help_text="同样的话，有的商品可以说，有的不可以")
    channel = forms.ChoiceField(
        label="投放渠道",
        choices=[("", "还没定（不查广告标识、退订等）"), *CHANNELS.items()],
        required=False,
    )
    contract_type = forms.ChoiceField(
        label="合同类型",
        choices=[("", "只是条款片段（不查必备条款）"), *CONTRACT_CHOICES],
        required=False,
    )

    def __init__(self, *arguments: Any, kind: str, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.kind = kind
        kept = {
            Kind.ADS: {"text", "file", "sector", "channel"},
            Kind.CLAUSES: {"text", "file", "contract_type"},
            Kind.FIELDS: {"text", "file"},
        }
        for name in set(self.fields) - kept[Kind(kind)]:
            del self.fields[name]
        self.fields["text"].label = Kind(kind).label
        self.fields["text"].widget.attrs["placeholder"] = _PLACEHOLDERS[Kind(kind)]
        accepted = ".txt,.csv,.xlsx,.jsonl" + ("" if kind == Kind.FIELDS else ",.docx")
        self.fields["file"].widget.attrs["accept"] = accepted
        self.fields["file"].help_text = f"{accepted.replace('.', '').replace(',', '、')}，最大{LARGEST_FILE >> 20} MB"

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        text, file = (given.get("text") or "").strip(), given.get("file")
        if not text and not file and not self.errors:
            self.add_error("text", f"请粘贴{Kind(self.kind).label}，或者上传文件")
        if text and file:
            self.add_error("file", "粘贴的文字和文件只能选一样：请清空一样再审查")
        if file and file.size > LARGEST_FILE:
            self.add_error(
                "file", f"文件有{file.size >> 20} MB，最大{LARGEST_FILE >> 20} MB：更大的请用命令 guiju check"
            )
        return given

    @property
    def content(self) -> tuple[str, bytes]:
        """The name by which the content goes, and the content."""
        file = self.cleaned_data.get("file")
        if file:
            return file.name, file.read()
        return "粘贴的文字", self.cleaned_data["text"].encode(errors="replace")

    @property
    def occasion(self) -> Occasion:
        given = self.cleaned_data
        return Occasion(
            given.get("sector") or None,
            given.get("channel") or None,
            given.get("contract_type") or None,
            is_whole=bool(given.get("contract_type")),
        )


class OwnWordForm(Form):
    words = forms.CharField(label="用语", max_length=60, help_text="与文案里写的一样，例如商标、获奖名称的全称")
    sort = forms.ChoiceField(label="性质", choices=OwnWord.Sort.choices)
    proof = forms.CharField(
        label="证明", max_length=200, help_text="证书名称和编号，例如：商标注册证第12345678号", required=False
    )
    valid_until = forms.DateField(label="有效期至", widget=forms.DateInput(attrs={"type": "date"}))

    @property
    def details(self) -> WordDetails:
        given = self.cleaned_data
        return WordDetails(given["words"], given["sort"], given["proof"], given["valid_until"])
