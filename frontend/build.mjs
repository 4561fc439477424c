// Copies the built files that guiju carries, with their licences, and draws the icon sprite.
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "..", "src", "guiju", "web", "static", "vendor");
const modules = join(here, "node_modules");

const files = [
  ["@tabler/core", "dist/css/tabler.min.css", "tabler.min.css"],
  ["@tabler/core", "dist/js/tabler.min.js", "tabler.min.js"],
  ["htmx.org", "dist/htmx.min.js", "htmx.min.js"],
  ["echarts", "dist/echarts.simple.min.js", "echarts.min.js"],
];

rmSync(target, { recursive: true, force: true });
mkdirSync(join(target, "licences"), { recursive: true });

for (const [name, from, to] of files) {
  const text = readFileSync(join(modules, name, from), "utf8");
  // Source maps are not carried along, so the line that asks for one goes.
  writeFileSync(join(target, to), text.replace(/\n?\/[/*]# sourceMappingURL=.*$/m, "").trimEnd() + "\n");
}

const names = readFileSync(join(here, "icons.txt"), "utf8").split("\n").filter(Boolean);
const symbols = names.map((name) => {
  const svg = readFileSync(join(modules, "@tabler/icons/icons/outline", `${name}.svg`), "utf8");
  const inner = svg.replace(/<!--[\s\S]*?-->/g, "").replace(/<svg[\s\S]*?>/, "").replace("</svg>", "").trim();
  return `<symbol id="${name}" viewBox="0 0 24 24">${inner.replace(/\s*\n\s*/g, "")}</symbol>`;
});
writeFileSync(
  join(target, "icons.svg"),
  `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`,
);

const list = ["# Vendored front-end files", "", "Made by `make vendor`; do not edit.", ""];
for (const name of ["@tabler/core", "@tabler/icons", "echarts", "htmx.org"]) {
  const about = JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8"));
  list.push(`- ${name} ${about.version}: ${about.license}`);
  const licence = ["LICENSE", "LICENSE.md", "LICENSE.txt"].find((file) => existsSync(join(modules, name, file)));
  if (licence) copyFileSync(join(modules, name, licence), join(target, "licences", `${name.replace(/[@/]/g, "")}.txt`));
}
const within = [
  ["echarts/NOTICE", "echarts-notice.txt"],
  ["echarts/licenses/LICENSE-d3", "echarts-d3.txt"],
  ["zrender/LICENSE", "echarts-zrender.txt"],
];
for (const [from, to] of within) copyFileSync(join(modules, from), join(target, "licences", to));
list.push("", "@tabler/core and @tabler/icons are by the same author under the same MIT licence;", "its built script contains Bootstrap and Popper (MIT), see the banners in the file.", "", "echarts.min.js is the build with bars, lines and pies only; it contains zrender and parts of d3 (BSD-3-Clause).", "");
writeFileSync(join(target, "README.md"), list.join("\n"));
