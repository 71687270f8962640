import type { Hex } from "./words.ts";

// Acts on holders, agencies and offices (docs/reference/formats.md section 7).

export const ActCode = {
  enrol: 1,
  addKey: 2,
  revokeKey: 3,
  replaceKey: 4,
  registerAgency: 5,
  registerEntity: 6,
  addStem: 7,
  grant: 8,
  revoke: 9,
  veto: 10,
  moveAgency: 11,
  succeed: 12,
  appoint: 20,
  dismiss: 21,
  breakGlass: 22,
  decided: 23,
} as const;

const names = new Map<number, string>(Object.entries(ActCode).map(([name, code]) => [code, name]));

/** The name of an act; its number as text where we know none. */
export function nameOfAct(code: number): string {
  return names.get(code) ?? String(code);
}

/** Fields of an act in the order of its type; what is not given is zero. Times in seconds UTC. */
export type Act = {
  code: number;
  maker: Hex;
  holder: Hex;
  agency: Hex;
  role: number;
  post: Hex;
  key: Hex;
  custody: number;
  from: number;
  until: number;
  digest: Hex;
  previous: Hex;
  expires: number;
};
