import { eventPage } from "./actions/follow-events.ts";
import type { Hex } from "./domain/entries/words.ts";
import type { Json } from "./domain/ocds/check-fields.ts";
import { keyPart, ordered } from "./domain/projection/ordered.ts";
import type { ProcessView } from "./domain/projection/process-view.ts";
import type { AgencyView, EntryRow, PublishedRelease } from "./domain/projection/project-block.ts";
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
        const view = await projection.get<ProcessView>(`process/${keyPart(question.ocid)}`);
        if (view === undefined) return undefined;
        const releases: Json[] = [];
        for await (const { value } of projection.range<PublishedRelease>(`release/${keyPart(question.ocid)}/`))
          releases.push(value.release);
        return { view, releases };
      }
      case "touched": {
        const ocids = new Set<string>();
        let next: number | undefined;
        for await (const { key, value } of projection.range<EntryRow>("entry/", {
          after: ordered(question.position),
          limit: PAGE,
        })) {
          ocids.add(value.ocid);
          next = Number(key.slice("entry/".length));
        }
        return next === undefined ? undefined : { ocids: [...ocids], next };
      }
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

function organisationOf({ id: hex, kind, parent, stems, details }: AgencyView): Organisation {
  const text = (value: unknown, otherwise: Hex) => (typeof value === "string" ? value : otherwise);
  return {
    ...{ id: text(details.id, hex), hex, name: text(details.name, hex), kind, stems },
    ...(parent === undefined ? {} : { parent }),
  };
}
