import { createHmac } from "node:crypto";

// Numbers that lead to a person are told apart by digests under a key of the installation: without the key nobody can
// try numbers until one fits, and a digest leads back to no number.

/** Of a person's NIK or NPWP, by its digits. */
export function personDigest(secret: string, digits: string): string {
  return createHmac("sha256", secret).update(digits).digest("hex").slice(0, 32);
}

/**
 * Of a bank account, by its letters and digits. Zeros in front do not count, for spreadsheets lose them; nor does the
 * bank, which is spelled in hundreds of ways. Undefined for what has fewer than five digits: no account.
 */
export function accountDigest(secret: string, account: string): string | undefined {
  const level = account
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, "")
    .replace(/^0+/, "");
  if (level.replace(/[^0-9]/g, "").length < 5) return undefined;
  return createHmac("sha256", secret).update(`account:${level}`).digest("hex").slice(0, 32);
}
