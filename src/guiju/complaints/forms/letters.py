"""What staff type about a letter of an authority and the reply."""

from __future__ import annotations

from django import forms

from guiju.complaints.forms.desk import StepForm
from guiju.complaints.models import Letter
from guiju.complaints.services.letters import KINDS, Received, Reply, Sent
from guiju.web.forms import Form, day_field


class LetterForm(Form):
    kind = forms.ChoiceField(label="种类", choices=[(one.value, one.label) for one in KINDS])
    authority = forms.CharField(label="来函单位", help_text="例如：杭州市上城区市场监督管理局")
    their_no = forms.CharField(label="来函文号", required=False)
    dated_on = day_field("来函日期", help_text="照来函上写的，不是收到的日子")
    answer_by = day_field("要求答复的日期", required=False, help_text="来函没有写的不填")
    about = forms.CharField(label="所涉的投诉编号", required=False, help_text="消费者也向我们投诉过的，填它的编号")
    text = forms.CharField(label="来函的内容和要求", widget=forms.Textarea(attrs={"rows": 5}))

    @property
    def said(self) -> Received:
        said = self.cleaned_data
        return Received(
            said["kind"],
            said["authority"],
            said["dated_on"],
            said["text"],
            said["their_no"],
            said["answer_by"],
            said["about"],
        )


class ReplyForm(StepForm):
    title = forms.CharField(label="标题")
    our_no = forms.CharField(label="文号", required=False)
    text = forms.CharField(label="正文", widget=forms.Textarea(attrs={"rows": 10}), help_text="每段一行")
    attachments = forms.CharField(
        label="附件", required=False, widget=forms.Textarea(attrs={"rows": 3}), help_text="一行一件"
    )

    @property
    def reply(self) -> Reply:
        said = self.cleaned_data
        return Reply(said["title"], said["text"], said["our_no"], said["attachments"].splitlines())


class SentForm(StepForm):
    on = day_field("发出日期")
    how = forms.ChoiceField(label="发出方式", choices=Letter.Way.choices)

    @property
    def sent(self) -> Sent:
        return Sent(self.cleaned_data["on"], self.cleaned_data["how"])


class WordForm(Form):
    template = forms.FileField(
        label="Word 模板",
        required=False,
        help_text="本公司的红头模板（docx），里面写 {{ 文号 }}、{{ 标题 }}、{{ 收文单位 }}、{{ 正文 }}、{{ 附件 }}、{{ 公司 }}、{{ 日期 }}；不选就用通用的",
    )
