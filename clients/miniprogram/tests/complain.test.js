/* The page in the simulator of custom components; the network is a function that loses answers. */
const assert = require("node:assert");
const { beforeEach, test } = require("node:test");
const path = require("node:path");
const { JSDOM } = require("jsdom");

const { window } = new JSDOM("<!doctype html><body></body>", { pretendToBeVisual: true, url: "http://localhost/" });
for (const name of Object.getOwnPropertyNames(window)) if (!(name in globalThis)) globalThis[name] = window[name];
globalThis.window = window;
globalThis.document = window.document;

const simulate = require("miniprogram-simulate");

const MADE = { number: "TS261129-7K3Q4M8-X2V1", tracking_url: "https://complaints.example.com/complaint/TS261129-7K3Q4M8-X2V1/CODE/" };
let sent, uploads, answers, stored;

beforeEach(() => {
  [sent, uploads, answers, stored] = [[], [], [], {}];
  Object.assign(wx, {
    getStorageSync: (name) => stored[name] || "",
    setStorageSync: (name, value) => (stored[name] = JSON.parse(JSON.stringify(value))),
    removeStorageSync: (name) => delete stored[name],
    request: (asked) => {
      sent.push(asked);
      setTimeout(() => answers.shift()(asked));
    },
    uploadFile: (asked) => {
      uploads.push(asked);
      setTimeout(() => asked.success({ statusCode: 200, data: JSON.stringify({ files: [], files_refused: ["“b”太大"] }) }));
    },
    chooseMedia: ({ success }) => success({ tempFiles: [{ tempFilePath: "a.png" }, { tempFilePath: "b.mp4" }] }),
  });
});

function page() {
  const made = simulate.render(simulate.load(path.join(__dirname, "../pages/complain/complain")));
  const parent = document.createElement("div");
  made.attach(parent);
  return made;
}

const accepted = (asked) => asked.success({ statusCode: 201, data: MADE });
const lost = (asked) => asked.fail();

test("an answer that was lost makes no second complaint", async () => {
  answers = [lost, accepted];
  const first = page();
  first.instance.setData({ text: "包装破了", contact_phone: "13812345678" });
  await first.instance.submit();
  assert.match(first.data.trouble, /内容还在/);

  const again = page();
  assert.strictEqual(again.data.text, "包装破了");
  await again.instance.submit();
  assert.strictEqual(sent[0].header["Idempotency-Key"], sent[1].header["Idempotency-Key"]);
  assert.strictEqual(again.data.made.number, MADE.number);
  assert.deepStrictEqual(stored, {});
  assert.match(again.dom.innerHTML, /已收到您的投诉/);
});

test("something else that is written goes under another key", async () => {
  answers = [lost, accepted];
  const one = page();
  one.instance.setData({ text: "包装破了" });
  await one.instance.submit();
  one.instance.setData({ text: "另一件" });
  await one.instance.submit();
  assert.notStrictEqual(sent[0].header["Idempotency-Key"], sent[1].header["Idempotency-Key"]);
});

test("files follow one by one, and what is refused is told", async () => {
  answers = [accepted];
  const one = page();
  one.instance.setData({ text: "包装破了" });
  one.instance.addFiles();
  await one.instance.submit();
  assert.deepStrictEqual(uploads.map((each) => [each.filePath, each.formData.code]), [["a.png", "CODE"], ["b.mp4", "CODE"]]);
  assert.deepStrictEqual(one.data.told, ["“b”太大", "“b”太大"]);
});

test("an empty text, and what the server refuses, is told and sent nowhere twice", async () => {
  const one = page();
  await one.instance.submit();
  assert.match(one.data.trouble, /请写明/);
  answers = [(asked) => asked.success({ statusCode: 422, data: { message: "x", problems: [{ sentence: "手机不对" }] } })];
  one.instance.setData({ text: "坏了", contact_phone: "1" });
  await one.instance.submit();
  assert.strictEqual(one.data.trouble, "手机不对");
  assert.strictEqual(sent.length, 1);
});
