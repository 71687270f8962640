import { readFileSync } from "node:fs";

/**
 * The secret that a variable holds, or the file that NAME_FILE names; undefined where neither is set. Read when it is
 * needed, so that a changed password counts without a restart.
 */
export function secretOf(name: string, env: Readonly<Record<string, string | undefined>>): string | undefined {
  const file = env[`${name}_FILE`];
  if (env[name] || !file) return env[name] || undefined;
  try {
    return readFileSync(file, "utf8").replace(/\r?\n$/, "");
  } catch {
    // as if it were not set: whoever needs it says which variable
    return undefined;
  }
}
