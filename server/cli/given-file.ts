import { readFile } from "node:fs/promises";
import { Usage } from "./terminal.ts";

/** A file that somebody named. @throws Usage where it cannot be read */
export function givenFile(file: string): Promise<Buffer> {
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new Usage({ en: `Cannot read ${file}: ${error.code}.`, id: `${file} tidak dapat dibaca: ${error.code}.` });
  });
}
