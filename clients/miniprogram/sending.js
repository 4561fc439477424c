/* Sends a complaint so that none is lost and none is made twice: what was written and the key of the sending are kept
   on the phone before anything goes out, and go away only after a number came back. */
const { host, company } = require("./config");

const DRAFT = "complaint-draft";

function newKey() {
  const random = () => Math.random().toString(36).slice(2, 12);
  return `mini-${Date.now().toString(36)}-${random()}${random()}`;
}

/** What was written and not yet answered; the same key as long as the same thing is sent. */
function keptDraft() {
  return wx.getStorageSync(DRAFT) || null;
}

function keep(said) {
  const before = keptDraft();
  const words = JSON.stringify(said);
  const draft = before && JSON.stringify(before.said) === words ? before : { key: newKey(), said };
  wx.setStorageSync(DRAFT, draft);
  return draft;
}

function send(said) {
  const draft = keep(said);
  return new Promise((resolve, reject) => {
    wx.request({
      url: `${host}/api/v1/public/${company}/complaints?from=mini`,
      method: "POST",
      header: { "content-type": "application/json", "Idempotency-Key": draft.key },
      data: draft.said,
      timeout: 30000,
      success: ({ statusCode, data }) => {
        if (statusCode === 200 || statusCode === 201) {
          wx.removeStorageSync(DRAFT);
          resolve(data);
        } else if (statusCode === 422) {
          reject(new Error((data.problems && data.problems[0] && data.problems[0].sentence) || data.message));
        } else {
          reject(new Error("暂时没有送到，内容还在，请再按一次“提交”，不会重复"));
        }
      },
      fail: () => reject(new Error("没有连上，内容还在，请再按一次“提交”，不会重复")),
    });
  });
}

/** One file after the other; which weren't taken in, a sentence for each. */
async function sendFiles(made, paths) {
  const told = [];
  const code = made.tracking_url.replace(/\/+$/, "").split("/").pop();
  for (const filePath of paths) {
    told.push(
      ...(await new Promise((resolve) => {
        wx.uploadFile({
          url: `${host}/api/v1/public/complaints/${made.number}/files`,
          filePath,
          name: "upload",
          formData: { code },
          success: ({ statusCode, data }) =>
            resolve(statusCode === 200 ? JSON.parse(data).files_refused : ["有一个文件没有收下，请稍后在投诉的页面上再传"]),
          fail: () => resolve(["有一个文件没有传上去，请稍后在投诉的页面上再传"]),
        });
      })),
    );
  }
  return told;
}

module.exports = { keptDraft, send, sendFiles };
