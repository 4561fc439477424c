/* Files that are chosen: their names, what is too large, what stands in names and remark; else the server says it. */
(() => {
  const WAIT_MS = 500;
  const form = document.querySelector("form[data-scans]");
  const input = form?.querySelector("input[type=file]");
  if (!input) return;
  const list = document.getElementById("chosen");
  const spots = document.getElementById("spots");
  const most = Number(input.dataset.most);
  const sizeOf = (bytes) =>
    bytes < 2 ** 20 ? `${Math.ceil(bytes / 1024)} kB` : `${(bytes / 2 ** 20).toFixed(1)} MB`;
  let waiting;

  const lineOf = (text, css, role) => {
    const line = document.createElement("div");
    line.className = `small wrap-anywhere ${css}`;
    line.textContent = text;
    if (role) line.setAttribute("role", role);
    return line;
  };

  const troubleOf = (files) => {
    const large = files.find((file) => file.size > most);
    const total = files.reduce((sum, file) => sum + file.size, 0);
    if (large) return `“${large.name}”有${sizeOf(large.size)}，一个附件最多${most >> 20} MB：请压缩或分成几份`;
    if (total > most) return `一共${sizeOf(total)}，一次合计不超过${most >> 20} MB：请分几次上传`;
    return "";
  };

  const scan = async () => {
    const body = new FormData();
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    [...input.files].forEach((file) => body.append("name", file.name));
    body.append("note", form.elements.note.value);
    try {
      const answer = await fetch(form.dataset.scans, { method: "POST", body });
      if (answer.ok) spots.innerHTML = await answer.text();
    } catch {
      /* Nothing is pointed out; the server masks what must not stand all the same. */
    }
  };

  input.addEventListener("change", () => {
    const files = [...input.files];
    const trouble = troubleOf(files);
    list.replaceChildren(...files.map((file) => lineOf(`${file.name}（${sizeOf(file.size)}）`, "")));
    if (trouble) list.append(lineOf(trouble, "text-danger", "alert"));
    list.hidden = !files.length;
    input.setCustomValidity(trouble);
    scan();
  });

  form.elements.note.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(scan, WAIT_MS);
  });

  // What would be refused anyway is not sent; the rest of the form stays as it is.
  form.addEventListener(
    "submit",
    (event) => {
      if (!input.validationMessage) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      input.focus();
    },
    true,
  );
})();
