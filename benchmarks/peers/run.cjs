// One word filter over texts from standard input: {"terms": […], "texts": […]} in, pace out.
//
//   node run.cjs fastscan|mint-filter|sensitive-word-tool < given.json

const { readFileSync } = require("node:fs");

const peers = {
  fastscan: (terms) => {
    const FastScanner = require("fastscan").default ?? require("fastscan");
    const scanner = new FastScanner(terms);
    return (text) => scanner.search(text).length > 0;
  },
  "mint-filter": (terms) => {
    const { Mint } = require("mint-filter");
    const mint = new Mint(terms);
    return (text) => mint.search(text, { replace: false }).words.length > 0;
  },
  "sensitive-word-tool": (terms) => {
    const { SensitiveWordTool } = require("sensitive-word-tool");
    const tool = new SensitiveWordTool();
    tool.addWords(terms);
    return (text) => tool.match(text).length > 0;
  },
};

const { terms, texts } = JSON.parse(readFileSync(0, "utf8"));
const hits = peers[process.argv[2]](terms);
let found = 0;
for (const text of texts) found += hits(text); // warm up
const rounds = [];
for (let round = 0; round < 5; round++) {
  const began = process.hrtime.bigint();
  found = 0;
  for (const text of texts) found += hits(text);
  rounds.push(Number(process.hrtime.bigint() - began) / 1e9);
}
rounds.sort((a, b) => a - b);
console.log(JSON.stringify({ found, seconds: rounds[2] }));
