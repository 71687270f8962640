import { ActCode } from "../entries/act.ts";
import { type Hex, NO_ID, textOf } from "../entries/words.ts";
import { isObject } from "../ocds/check-fields.ts";
import { type ActEvent, projectOffices } from "./offices.ts";
import { ordered } from "./ordered.ts";

type Rows = Map<string, unknown>;
type Read = <T>(key: string) => Promise<T | undefined>;

export type AgencyView = {
  id: Hex;
  kind: "agency" | "supplier";
  parent?: Hex;
  /** another agency, its parent, has succeeded it */
  ended?: boolean;
  details: Record<string, unknown>;
  /** begin the ocids of its native processes */
  stems: string[];
  /** where it stood, oldest first: from when (seconds UTC), below which one, and whether that one had succeeded it */
  placed: { at: number; parent?: Hex; ended?: true }[];
  leaf: Hex;
};
export type HolderView = {
  id: Hex;
  /** `from`: seconds UTC; a key that others gave begins after the delay for a veto */
  keys: { address: string; custody: number; from: number; revoked: boolean }[];
  leaf: Hex;
};
/** The rows that an act leads to: the act itself, and what it changes of holders, agencies and offices. */
export async function projectAct(event: ActEvent, rows: Rows, read: Read, vetoDelay: number): Promise<void> {
  const { act, leaf, body, signers } = event;
  const time = Math.floor(event.timeMs / 1000);
  const row = { ...act, leaf, timeMs: event.timeMs, body: textOf(body), signers };
  rows.set(`act/${ordered(event.registerSequence)}`, row);
  rows.set(`last/${event.subject}`, leaf);
  await projectOffices(event, rows, read, vetoDelay);
  const holder = async (): Promise<HolderView> =>
    (await read<HolderView>(`holder/${act.holder}`)) ?? { id: act.holder, keys: [], leaf };
  const address = `0x${act.key.slice(26)}`;
  switch (act.code) {
    case ActCode.enrol:
    case ActCode.addKey:
    case ActCode.appoint:
    case ActCode.replaceKey: {
      const known = await holder();
      const old = `0x${act.post.slice(26)}`;
      const keys = known.keys
        .filter((key) => key.address !== address)
        .map((key) => (act.code === ActCode.replaceKey && key.address === old ? { ...key, revoked: true } : key));
      const byOthers = act.code === ActCode.replaceKey || (act.code === ActCode.addKey && act.maker !== act.holder);
      const from = byOthers ? time + vetoDelay : time;
      if (act.key !== NO_ID) keys.push({ address, custody: act.custody, from, revoked: false });
      rows.set(`holder/${act.holder}`, { ...known, keys, leaf });
      // an appointment that enrols is the holder's first act
      if (act.key !== NO_ID) rows.set(`last/${act.holder}`, leaf);
      break;
    }
    case ActCode.revokeKey: {
      const known = await holder();
      const keys = known.keys.map((key) => (key.address === address ? { ...key, revoked: true } : key));
      rows.set(`holder/${act.holder}`, { ...known, keys, leaf });
      break;
    }
    case ActCode.registerAgency:
    case ActCode.registerEntity: {
      const parent: { parent?: Hex } = act.holder === NO_ID ? {} : { parent: act.holder };
      const agency: AgencyView = {
        id: act.agency,
        kind: act.code === ActCode.registerAgency ? "agency" : "supplier",
        ...parent,
        details: publicDetails(textOf(body)),
        stems: (await read<AgencyView>(`agency/${act.agency}`))?.stems ?? [],
        placed: [{ at: time, ...parent }],
        leaf,
      };
      rows.set(`agency/${act.agency}`, agency);
      break;
    }
    case ActCode.moveAgency:
    case ActCode.succeed: {
      const known = await read<AgencyView>(`agency/${act.agency}`);
      if (known === undefined) break;
      const { parent: _, ...rest } = known;
      const place = {
        ...(act.holder === NO_ID ? {} : { parent: act.holder }),
        ...(act.code === ActCode.succeed ? { ended: true as const } : {}),
      };
      const agency: AgencyView = { ...rest, ...place, placed: [...known.placed, { at: time, ...place }], leaf };
      rows.set(`agency/${act.agency}`, agency);
      break;
    }
    case ActCode.addStem: {
      const stem = textOf(body);
      rows.set(`stem/${stem}`, { agency: act.agency, waves: act.role === 2 });
      const known = await read<AgencyView>(`agency/${act.agency}`);
      if (known === undefined || act.role === 2) break;
      rows.set(`agency/${act.agency}`, { ...known, stems: [...known.stems, stem], leaf });
    }
  }
}

/** The JSON object that an act on an agency carries; an empty one where it is none. */
function publicDetails(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
