import { hash } from "node:crypto";
import { compileMap } from "../../../migration/mapping/compile-map.ts";
import type { FinanceFragment, Mapped } from "../../../migration/mapping/mapped.ts";
import type { MapFile } from "../../../migration/mapping/read-map.ts";
import type { References } from "../../../migration/mapping/references.ts";
import { REASONS, type ReasonCode, type SourceRow } from "../../../migration/row.ts";
import type { SetAside } from "../sink.ts";

/** A hash of what something says, short and without accident. */
export function contentHash(value: unknown): string {
  return hash("sha256", JSON.stringify(value), "base64url").slice(0, 16);
}

/** Rows through a job's map, with the compiled form kept for as long as the columns stay. */
export class RowMapper {
  readonly #map: MapFile;
  readonly #secret: string;
  readonly #references: () => Promise<References>;
  #columns = "";
  #compiled: ((row: SourceRow) => Mapped) | undefined;

  constructor(map: MapFile, secret: string, references: () => Promise<References>) {
    this.#map = map;
    this.#secret = secret;
    this.#references = references;
  }

  async for(
    columns: readonly string[],
  ): Promise<(row: SourceRow) => { fragments: readonly FinanceFragment[]; setAside?: SetAside }> {
    const names = JSON.stringify(columns);
    if (this.#compiled === undefined || names !== this.#columns) {
      this.#compiled = compileMap(
        this.#map,
        columns.map((name) => ({ name })),
        { secret: this.#secret, references: await this.#references() },
      );
      this.#columns = names;
    }
    const compiled = this.#compiled;
    return (row) => {
      const { finance, faults } = compiled(row);
      const [fault] = faults;
      if (fault !== undefined) return { fragments: [], setAside: setAside(row, fault.code, fault) };
      return { fragments: finance };
    };
  }
}

/** A row that is not taken, with the words of its reason. */
export function setAside(
  row: Pick<SourceRow, "row" | "at">,
  code: ReasonCode,
  { column, found }: { column?: string; found?: string } = {},
): SetAside {
  const reason = REASONS[code];
  const where = column === undefined ? "" : ` (${column})`;
  return {
    row: row.row,
    at: row.at,
    code,
    ...(column === undefined ? {} : { column }),
    ...(found === undefined ? {} : { found }),
    words: { en: `${reason.en}${where}`, id: `${reason.id}${where}` },
  };
}
