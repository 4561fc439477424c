const { keptDraft, send, sendFiles } = require("../../sending");

const MOST_FILES = 9;
const WISHES = [
  { code: "", label: "请选择" },
  { code: "refund", label: "退款" },
  { code: "exchange", label: "换货" },
  { code: "repair", label: "修理" },
  { code: "compensation", label: "赔偿" },
  { code: "apology", label: "道歉" },
  { code: "other", label: "其他" },
];

Component({
  data: {
    text: "",
    contact_name: "",
    contact_phone: "",
    order_no: "",
    wishes: WISHES,
    wish: 0,
    files: [],
    trouble: "",
    isSending: false,
    made: null,
    told: [],
  },
  lifetimes: {
    attached() {
      // The answer was lost, or the phone was: what was written is there again, under the same key.
      const draft = keptDraft();
      if (!draft) return;
      const wish = Math.max(WISHES.findIndex((one) => one.code === (draft.said.wish || "")), 0);
      this.setData({ ...draft.said, wish, trouble: "上次没有送到，请再按一次“提交”，不会重复" });
    },
  },
  methods: {
    typed(event) {
      this.setData({ [event.currentTarget.dataset.name]: event.detail.value });
    },
    chosen(event) {
      this.setData({ wish: Number(event.detail.value) });
    },
    addFiles() {
      wx.chooseMedia({
        count: MOST_FILES - this.data.files.length,
        mediaType: ["image", "video"],
        success: ({ tempFiles }) =>
          this.setData({ files: [...this.data.files, ...tempFiles.map((one) => one.tempFilePath)] }),
      });
    },
    async submit() {
      if (this.data.isSending) return;
      const { text, contact_name, contact_phone, order_no, wish } = this.data;
      if (!text.trim()) return this.setData({ trouble: "请写明发生了什么事：写一句话也可以" });
      this.setData({ isSending: true, trouble: "" });
      try {
        const made = await send({ text, contact_name, contact_phone, order_no, wish: WISHES[wish].code });
        this.setData({ made });
        const told = made.tracking_url.replace(/\/+$/, "").endsWith(made.number)
          ? []
          : await sendFiles(made, this.data.files);
        this.setData({ told });
      } catch (error) {
        this.setData({ trouble: error.message });
      }
      this.setData({ isSending: false });
    },
    copyAddress() {
      wx.setClipboardData({ data: this.data.made.tracking_url });
    },
  },
});
