import yazl from "yazl";

/** A cell as XML: its content, or its attributes and content. */
export type SheetXml = { name: string; rows: string; state?: string; after?: string };

const NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
const REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/** A workbook from raw XML, as different programs write it; `order`: of the parts in the file. */
export function workbook({
  sheets,
  texts,
  formats = [],
  date1904 = false,
  more = {},
}: {
  sheets: readonly SheetXml[];
  texts?: readonly string[];
  /** number formats; a cell of style n + 1 has the n-th */
  formats?: readonly string[];
  date1904?: boolean;
  more?: Record<string, string | Buffer>;
}): Promise<Buffer> {
  const list = sheets.map(
    ({ name, state }, n) =>
      `<sheet name="${name}" sheetId="${n + 1}"${state ? ` state="${state}"` : ""} r:id="rId${n + 1}"/>`,
  );
  const relations = sheets.map(
    (_, n) => `<Relationship Id="rId${n + 1}" Type="${REL}/worksheet" Target="worksheets/sheet${n + 1}.xml"/>`,
  );
  const styles = formats
    .map((code, n) => `<numFmt numFmtId="${200 + n}" formatCode="${code.replaceAll('"', "&quot;")}"/>`)
    .join("");
  const xfs = formats.map((_, n) => `<xf numFmtId="${200 + n}"/>`).join("");
  const parts: Record<string, string | Buffer> = {
    "_rels/.rels": `<Relationships><Relationship Id="r" Type="${REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    "xl/workbook.xml": `<workbook ${NS} xmlns:r="${REL}"><workbookPr${date1904 ? ' date1904="1"' : ""}/><sheets>${list.join("")}</sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": `<Relationships>${relations.join("")}<Relationship Id="t" Type="${REL}/sharedStrings" Target="/xl/sharedStrings.xml"/><Relationship Id="s" Type="${REL}/styles" Target="styles.xml"/></Relationships>`,
    "xl/styles.xml": `<styleSheet ${NS}><numFmts>${styles}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/>${xfs}<xf numFmtId="14"/><xf numFmtId="22"/></cellXfs></styleSheet>`,
    ...more,
  };
  for (const [n, { rows, after = "" }] of sheets.entries())
    parts[`xl/worksheets/sheet${n + 1}.xml`] ??=
      `<?xml version="1.0" encoding="UTF-8"?><worksheet ${NS}><sheetData>${rows}</sheetData>${after}</worksheet>`;
  // shared strings stand last, where a reader that goes from front to back finds them too late
  parts["xl/sharedStrings.xml"] ??=
    `<sst ${NS}>${(texts ?? []).map((text) => (text.startsWith("<") ? `<si>${text}</si>` : `<si><t xml:space="preserve">${text}</t></si>`)).join("")}</sst>`;
  return zip(parts);
}

export async function zip(parts: Record<string, string | Buffer>): Promise<Buffer> {
  const file = new yazl.ZipFile();
  for (const [name, content] of Object.entries(parts)) file.addBuffer(Buffer.from(content), name);
  file.end();
  const chunks: Buffer[] = [];
  for await (const chunk of file.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** A row of cells with inline texts. */
export function texts(row: number, ...values: string[]): string {
  return `<row r="${row}">${values.map((value, n) => `<c r="${String.fromCharCode(65 + n)}${row}" t="inlineStr"><is><t>${value}</t></is></c>`).join("")}</row>`;
}
