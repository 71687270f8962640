import type { Words } from "./problems.ts";

/**
 * Why the software does not go on, for whoever runs it: `explanation` says what is wrong and where, `remedy` what a
 * person does about it. Its `code` is for programs. What a client did wrong is a `ProblemError` instead.
 */
export class Fault extends Error {
  readonly code: string;
  readonly explanation: Words;
  readonly remedy: Words;

  constructor(code: string, { explanation, remedy }: { explanation: Words; remedy: Words }, options?: ErrorOptions) {
    super(`${explanation.en} ${remedy.en}`, options);
    this.name = "Fault";
    this.code = code;
    this.explanation = explanation;
    this.remedy = remedy;
  }

  /** Both together, as one text. */
  get words(): Words {
    const { explanation, remedy } = this;
    return { en: `${explanation.en} ${remedy.en}`, id: `${explanation.id} ${remedy.id}` };
  }
}

/** What is wrong with the settings, all of it at once. */
export class ConfigFault extends Error {
  readonly faults: readonly Words[];

  constructor(faults: readonly Words[]) {
    super(faults.map(({ en }) => en).join("\n"));
    this.name = "ConfigFault";
    this.faults = faults;
  }
}
