import { eventPage } from "./actions/follow-events.ts";
import { standingNow } from "./actions/standing.ts";
import { ActCode, nameOfAct } from "./domain/entries/act.ts";
import type { Hex } from "./domain/entries/words.ts";
import type { Json } from "./domain/ocds/check-fields.ts";
import { keyPart, ordered } from "./domain/projection/ordered.ts";
import type { ProcessView } from "./domain/projection/process-view.ts";
import {
  type AgencyView,
  type EntryRow,
  type PublishedRelease,
  processList,
} from "./domain/projection/project-block.ts";
import { laneOf, WAVES, type WaveView } from "./domain/projection/waves.ts";
import type { Storage } from "./domain/storage.ts";
import type { Organisation } from "./integrations/book.ts";
import type { AnswerTo, Question } from "./integrations/thread.ts";
import type { Services } from "./services.ts";

/** Entries, or organisations, that one page of an answer goes over. */
const PAGE = 1_000;

/** Answers what the integrations ask of the register, as it is projected now. */
export function registerBook({
  projection,
  register,
  feed,
}: Pick<Services, "projection" | "register" | "feed">): (question: Question) => Promise<AnswerTo[Question["about"]]> {
  return async (question) => {
    switch (question.about) {
      case "size":
        return register().log.size;
      case "process": {
        const key = keyPart(question.ocid);
        const view = await projection.get<ProcessView>(`process/${key}`);
        if (view === undefined) return undefined;
        const standing = await standingNow(view, projection.get.bind(projection) as Storage["get"]);
        if (standing === "takenBack" || (standing === "waiting" && !question.waiting)) return undefined;
        const releases: Json[] = [];
        // what waves brought that were taken back stands before
        const after = view.former === undefined ? {} : { after: ordered(view.former) };
        for await (const { value } of projection.range<PublishedRelease>(`release/${key}/`, after))
          releases.push(value.release);
        return { view, releases };
      }
      case "touched":
        return touchedSince(projection, question);
      case "newest":
        return feed.newest;
      case "events": {
        const { after, limit, filter } = question;
        const { kinds, ...about } = filter;
        const wanted = { ...about, ...(kinds === undefined ? {} : { kinds: new Set(kinds) }) };
        return eventPage(after, limit, wanted, { range: projection.range.bind(projection) as never, feed });
      }
      case "organisation": {
        const view = await projection.get<AgencyView>(`agency/${question.hex}`);
        return view && organisationOf(view);
      }
      case "organisations": {
        const { after } = question;
        const organisations: Organisation[] = [];
        const options = { limit: PAGE, ...(after === undefined ? {} : { after }) };
        for await (const { value } of projection.range<AgencyView>("agency/", options))
          organisations.push(organisationOf(value));
        return { organisations, after: organisations.length < PAGE ? undefined : organisations.at(-1)!.hex };
      }
    }
  };
}

/** Acts by which all that a wave brought begins to count, or counts no more. */
const TURNS: ReadonlySet<string> = new Set([ActCode.activateWave, ActCode.rollBackWave].map(nameOfAct));

/** The next page of what was touched: entries up to the next turn of a wave, or a part of what that wave brought. */
async function touchedSince(
  projection: Services["projection"],
  { position, after }: { position: number; after: string | undefined },
): Promise<AnswerTo["touched"]> {
  let turn: { sequence: number; wave: number } | undefined;
  for await (const { value } of projection.range<WaveView>(WAVES))
    for (const { act, sequence } of value.acts)
      if (TURNS.has(act) && sequence > position && sequence < (turn?.sequence ?? Number.POSITIVE_INFINITY))
        turn = { sequence, wave: value.number };
  const ocids = new Set<string>();
  let next = position;
  if (after === undefined)
    for await (const { key, value } of projection.range<EntryRow>("entry/", {
      after: ordered(position),
      limit: PAGE,
    })) {
      const sequence = Number(key.slice("entry/".length));
      if (sequence > (turn?.sequence ?? sequence)) break;
      ocids.add(value.ocid);
      next = sequence;
    }
  if (ocids.size > 0) return { ocids: [...ocids], next, after: undefined };
  if (turn === undefined) return undefined;
  const list = processList(laneOf(turn.wave));
  let last: string | undefined;
  const options = { limit: PAGE, ...(after === undefined ? {} : { after }) };
  for await (const { key } of projection.range<unknown>(list, options)) {
    last = key.slice(list.length);
    ocids.add(decodeURIComponent(last));
  }
  return ocids.size < PAGE
    ? { ocids: [...ocids], next: turn.sequence, after: undefined }
    : { ocids: [...ocids], next: position, after: last };
}

function organisationOf({ id: hex, kind, parent, stems, details }: AgencyView): Organisation {
  const text = (value: unknown, otherwise: Hex) => (typeof value === "string" ? value : otherwise);
  return {
    ...{ id: text(details.id, hex), hex, name: text(details.name, hex), kind, stems },
    ...(parent === undefined ? {} : { parent }),
  };
}
