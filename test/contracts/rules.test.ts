import { expect } from "chai";
import {
  APPROVER,
  AWARD,
  aCertificate,
  aContract,
  anAmendment,
  anAward,
  anImplementation,
  anOpening,
  aPayment,
  aSection,
  aStatus,
  awarded,
  base,
  bit,
  CONTRACT,
  casesOfRules,
  correct,
  DAY,
  IDR,
  type Image,
  ISSUER,
  id,
  KEY,
  live,
  NOW,
  OTHER_PARTY,
  PARENT,
  PARTY,
  POST,
  SUPPLIER,
  terms,
  USD,
} from "./images.ts";

/**
 * Every rule of a contract's life, passed and refused once, at its exact border; those of what is signed, secured,
 * returned, held, remarked and withdrawn are in rules-of-acts.test.ts.
 */

describe("Rules", () => {
  const { rules, accepts, refuses } = casesOfRules();

  describe("terms, roles and dates", () => {
    refuses("kind 0", "UnknownKind", () => aContract({ kind: 0 }));
    refuses("kind 18", "UnknownKind", () => aContract({ kind: 18 }));
    refuses("a contract without a value", "TermsMissing", () =>
      aContract(terms({ code: 2, currency: IDR, officer: POST!, party: PARTY!, on: NOW })),
    );
    refuses("a contract with a term that its kind does not have", "TermsUnused", () =>
      aContract(terms({ code: 2, currency: IDR, value: 1n, officer: POST!, party: PARTY!, on: NOW, amount: 1n })),
    );
    for (const [title, image, right, wrong] of [
      ["planning", () => aSection(2, 1), 1, 2],
      ["tender", () => aSection(3, 1), 1, 2],
      ["award", () => anAward(1), 2, 4],
      ["contract", () => aContract(), 2, 1],
      ["payment", () => aPayment(), 4, 2],
    ] as const) {
      accepts(`a ${title} signed in capacity ${right}`, () => ({ ...image(), capacity: right }));
      refuses(`a ${title} signed in capacity ${wrong}`, "WrongCapacity", () => ({ ...image(), capacity: wrong }));
    }
    accepts("a date of this second", () => aContract({ on: NOW }));
    refuses("a date one second ahead", "DateInFuture", () => aContract({ on: NOW + 1n }));
    accepts("an end on the day it begins", () =>
      aContract({
        ...terms({ code: 2, currency: IDR, value: 1n, officer: POST!, party: PARTY!, on: NOW - DAY, until: NOW - DAY }),
      }),
    );
    refuses("an end one second before the beginning", "DateTooEarly", () =>
      aContract({
        ...terms({
          code: 2,
          currency: IDR,
          value: 1n,
          officer: POST!,
          party: PARTY!,
          on: NOW - DAY,
          until: NOW - DAY - 1n,
        }),
      }),
    );
    accepts("a contract 30 days old without an approver", () => aContract({ on: NOW - 30n * DAY }), { exceptions: 0n });
    refuses("a contract 30 days and a second old without an approver", "SecondNeeded", () =>
      aContract({ on: NOW - 30n * DAY - 1n }),
    );
    accepts("it with one, marked late", () => aContract({ on: NOW - 30n * DAY - 1n, approvals: APPROVER }), {
      exceptions: 256n,
    });
    refuses("a contract of the day 0, which is no way round that", "SecondNeeded", () => aContract({ on: 0 }));
    accepts("a payment of the day 0, marked late", () => aPayment({ on: 0n }), { exceptions: 256n });
    accepts("an opening of the day 0, which says that the day is not known", () => anOpening({ on: 0 }), {
      exceptions: 16384n,
    });
    const ends = (until: bigint) => ({
      ...terms({ code: 2, currency: IDR, value: 1n, officer: POST!, party: PARTY!, on: NOW - DAY, until }),
    });
    accepts("an end in the last second of the year 9999", () => aContract(ends(253_402_300_799n)));
    refuses("an end a second later, which no reader could date", "DateTooLate", () =>
      aContract(ends(253_402_300_800n)),
    );
    refuses("a payment that names another entry, which nobody would look up", "UnknownReference", () =>
      aPayment({}, { refersTo: KEY! }),
    );
    accepts("a payment a year old, only marked late", () => aPayment({ on: NOW - 365n * DAY }), { exceptions: 256n });
  });

  for (const [kind, name, status] of [
    [2, "planning", "planningStatus"],
    [3, "tender", "tenderStatus"],
  ] as const) {
    describe(name, () => {
      accepts("the first", () => aSection(kind, 1), { [status]: 2n });
      refuses("a second new one", "InvalidTransition", () => aSection(kind, 1, { [status]: 2 }));
      accepts("an update", () => aSection(kind, 2, { [status]: 2 }));
      refuses("an update before the first", "InvalidTransition", () => aSection(kind, 2));
      accepts("an amendment", () => aSection(kind, 3, { [status]: 2 }));
      accepts("a cancellation", () => aSection(kind, 4, { [status]: 2 }), { [status]: 7n });
      refuses("an update after it", "InvalidTransition", () => aSection(kind, 2, { [status]: 7 }));
      refuses("code 5", "UnknownCode", () => aSection(kind, 5));
      refuses("code 0", "UnknownCode", () => aSection(kind, 0));
      refuses("a currency without a value", "TermsMissing", () => ({
        ...base,
        kind,
        capacity: 1,
        ...terms({ code: 1, currency: IDR }),
      }));
      refuses("a value without a currency", "TermsMissing", () => ({
        ...base,
        kind,
        capacity: 1,
        ...terms({ code: 1, value: 1n }),
      }));
      refuses("a contract id", "UnknownContract", () => aSection(kind, 1, { contractId: CONTRACT! }));
      refuses("an award id", "UnknownAward", () => aSection(kind, 1, { awardId: AWARD! }));
    });
  }

  describe("award", () => {
    accepts("the first", () => anAward(1), { awardStatus: 2n, awardValue: 100_000_000_00n });
    refuses("one without an id", "UnknownAward", () => anAward(1, { awardId: id(0) }));
    refuses("a second new one of that id", "InvalidTransition", () => anAward(1, awarded));
    refuses("one under a cancelled tender", "InvalidTransition", () => anAward(1, { tenderStatus: 7 }));
    refuses("an update of none", "InvalidTransition", () => anAward(2));
    refuses("an unregistered supplier", "UnknownParty", () => anAward(1, { partyKnown: 0 }));
    accepts("a value just under the threshold", () => anAward(1, { value: 200_000_000_00n - 1n }));
    refuses("a value at the threshold alone", "SecondNeeded", () => anAward(1, { value: 200_000_000_00n }));
    accepts("an update down to what is agreed", () => anAward(2, { ...awarded, awardAgreed: 100_000_000_00n }));
    refuses("an update one sen below what is agreed", "AwardExceeded", () =>
      anAward(2, { ...awarded, awardValue: 100_000_000_01n, awardAgreed: 100_000_000_01n }),
    );
    accepts("an update that keeps a value below what openings brought", () =>
      anAward(2, { ...awarded, awardAgreed: 130_000_000_00n }),
    );
    refuses("an update in another currency", "CurrencyDiffers", () => anAward(2, { ...awarded, awardCurrency: USD }));
    accepts("a cancellation without contracts", () => anAward(4, awarded), { awardStatus: 7n });
    refuses("a cancellation under a contract", "AwardExceeded", () => anAward(4, { ...awarded, awardAgreed: 1 }));
    refuses("code 5", "UnknownCode", () => anAward(5));
  });

  describe("contract", () => {
    accepts("a new one, pending", () => aContract(), {
      status: 1n,
      firstValue: 100_000_000_00n,
      presentValue: 100_000_000_00n,
      presentScope: 100_000_000_00n,
      excess: 0n,
    });
    refuses("an id already used", "IdInUse", () => aContract({ status: 7 }));
    refuses("no id", "UnknownContract", () => aContract({ contractId: id(0) }));
    refuses("form 0", "UnknownCode", () => aContract({ code: 0 }));
    refuses("form 8", "UnknownCode", () => aContract({ code: 8 }));
    refuses("no supplier", "PartyNeeded", () => aContract({ party: id(0) }));
    refuses("a supplier nobody registered", "UnknownParty", () => aContract({ partyKnown: 0 }));
    accepts("swakelola without supplier", () => aContract({ code: 6, party: id(0) }));
    refuses("swakelola with one", "PartyDiffers", () => aContract({ code: 6 }));
    refuses("a surat perjanjian without award", "AwardNeeded", () => aContract({ code: 3 }));
    accepts("it on an award, to its last sen", () => aContract({ ...awarded, code: 3 }), {
      awardAgreed: 100_000_000_00n,
    });
    refuses("one sen above the award", "AwardExceeded", () =>
      aContract({ ...awarded, code: 3, value: 100_000_000_01n }),
    );
    refuses("a second contract that together exceeds the award", "AwardExceeded", () =>
      aContract({ ...awarded, code: 3, value: 1n, awardAgreed: 100_000_000_00n }),
    );
    refuses("an award that does not exist", "UnknownAward", () => aContract({ awardId: AWARD! }));
    refuses("a cancelled award", "BeforeAward", () => aContract({ ...awarded, awardStatus: 7 }));
    refuses("another supplier than the award's", "PartyDiffers", () =>
      aContract({ ...awarded, awardParty: OTHER_PARTY! }),
    );
    refuses("another currency than the award's", "CurrencyDiffers", () =>
      aContract({ ...awarded, awardCurrency: USD }),
    );
    accepts("a value one sen below the threshold alone", () => aContract({ value: 200_000_000_00n - 1n }));
    refuses("a value at the threshold alone", "SecondNeeded", () => aContract({ value: 200_000_000_00n }));
    accepts("it with an approver", () => aContract({ value: 200_000_000_00n, approvals: APPROVER }));
    refuses("it with the supplier where an approver is named", "SecondNeeded", () =>
      aContract({ value: 200_000_000_00n, approvals: SUPPLIER }),
    );
    accepts("it with the supplier where the supplier is named", () =>
      aContract({ value: 200_000_000_00n, approvals: SUPPLIER, second: 5 }),
    );
    refuses("an approver where one of a parent agency is named", "SecondNeeded", () =>
      aContract({ value: 200_000_000_00n, approvals: APPROVER, second: 11 }),
    );
    accepts("an approver of a parent agency", () =>
      aContract({ value: 200_000_000_00n, approvals: APPROVER | PARENT, second: 11 }),
    );
    refuses("an unlisted currency alone, whatever the value", "SecondNeeded", () =>
      aContract({ threshold: 0, value: 0 }),
    );
  });

  describe("amendment", () => {
    accepts("+10.00 %", () => anAmendment(110_000_000_00n, 110_000_000_00n), {
      presentValue: 110_000_000_00n,
      presentScope: 110_000_000_00n,
      firstValue: 100_000_000_00n,
      exceptions: 0n,
    });
    refuses("+10.00 % and one sen", "ScopeAboveCap", () => anAmendment(110_000_000_01n, 110_000_000_01n));
    accepts(
      "it as a signed exception",
      () => anAmendment(110_000_000_01n, 110_000_000_01n, { signedExceptions: 1, approvals: APPROVER }),
      { exceptions: 1n },
    );
    refuses("it with another exception signed", "ScopeAboveCap", () =>
      anAmendment(110_000_000_01n, 110_000_000_01n, { signedExceptions: 2, approvals: APPROVER }),
    );
    accepts("a cap of the contract's own rule set", () =>
      anAmendment(130_000_000_00n, 130_000_000_00n, { capBps: 3_000 }),
    );
    refuses("a scope change without its bit", "ScopeChangeUnmarked", () =>
      anAmendment(101_000_000_00n, 101_000_000_00n, { code: 4 }),
    );
    refuses("a price change without its bit", "PriceChangeUnmarked", () =>
      anAmendment(101_000_000_00n, 100_000_000_00n),
    );
    refuses("a price change without an approver", "SecondNeeded", () =>
      anAmendment(101_000_000_00n, 100_000_000_00n, { code: 32 }),
    );
    accepts(
      "a price change with both, even above 10 %",
      () => anAmendment(120_000_000_00n, 100_000_000_00n, { code: 32, approvals: APPROVER }),
      { presentValue: 120_000_000_00n },
    );
    refuses("value without scope value", "TermsMissing", () => ({
      ...live,
      kind: 7,
      capacity: 2,
      ...terms({ code: 2, currency: IDR, value: 1n, on: NOW - DAY }),
    }));
    accepts(
      "administrative changes without money",
      () => ({ ...live, kind: 7, capacity: 2, ...terms({ code: 1, officer: POST!, on: NOW - DAY }) }),
      { presentValue: 100_000_000_00n },
    );
    accepts(
      "a value down to what is certified",
      () => anAmendment(50_000_000_00n, 50_000_000_00n, { certified: 50_000_000_00n }),
      { scopeReduced: 1n },
    );
    refuses("one sen below it", "ValueBelowCertified", () =>
      anAmendment(49_999_999_99n, 49_999_999_99n, { certified: 50_000_000_00n }),
    );
    accepts(
      "it as a signed exception",
      () =>
        anAmendment(49_999_999_99n, 49_999_999_99n, {
          certified: 50_000_000_00n,
          signedExceptions: 2,
          approvals: APPROVER,
        }),
      { exceptions: 2n },
    );
    refuses("a value at the threshold alone", "SecondNeeded", () =>
      anAmendment(105_000_000_00n, 105_000_000_00n, { threshold: 105_000_000_00n }),
    );
    accepts("a value one sen below it", () =>
      anAmendment(105_000_000_00n, 105_000_000_00n, { threshold: 105_000_000_01n }),
    );
    refuses("a reason of 0", "UnknownCode", () => anAmendment(1n, 1n, { code: 0 }));
    refuses("a reason beyond the mask", "UnknownCode", () => anAmendment(1n, 1n, { code: 256 }));
    refuses("an unknown contract", "UnknownContract", () => anAmendment(1n, 1n, { status: 0 }));
    refuses("another currency", "CurrencyDiffers", () => anAmendment(1n, 1n, { contractCurrency: USD }));
    accepts("a final account after completion", () =>
      anAmendment(99_000_000_00n, 99_000_000_00n, { status: 3, code: 128 }),
    );
    refuses("a scope change after completion", "InvalidTransition", () =>
      anAmendment(99_000_000_00n, 99_000_000_00n, { status: 3 }),
    );
    accepts("one after an opening that had recovered more than was certified", () =>
      anAmendment(99_000_000_00n, 99_000_000_00n, { recoveredTotal: 5n }),
    );
    refuses("anything once closed", "InvalidTransition", () =>
      anAmendment(99_000_000_00n, 99_000_000_00n, { status: 6, code: 128 }),
    );
  });

  describe("implementation", () => {
    accepts("the first SPMK, which makes it active", () => anImplementation(1, undefined, { status: 1 }), {
      status: 2n,
    });
    accepts("a report on a pending contract", () => anImplementation(9, undefined, { status: 1 }), { status: 1n });
    refuses("progress before the SPMK", "InvalidTransition", () => anImplementation(4, 1n, { status: 1 }));
    accepts("progress up to the value", () => anImplementation(4, 100_000_000_00n), { accepted: 100_000_000_00n });
    refuses("progress one sen above it", "AcceptedAboveValue", () => anImplementation(4, 100_000_000_01n));
    accepts("it as a signed exception", () => anImplementation(4, 100_000_000_01n, { signedExceptions: 4 }), {
      exceptions: 4n,
    });
    accepts("the same progress again", () => anImplementation(4, 50n, { accepted: 50n }));
    refuses("one sen less", "AcceptedFalls", () => anImplementation(4, 49n, { accepted: 50n }));
    refuses("less after a reduced scope, alone", "SecondNeeded", () =>
      anImplementation(4, 49n, { accepted: 50n, scopeReduced: 1 }),
    );
    accepts(
      "less after a reduced scope, with an approver",
      () => anImplementation(4, 49n, { accepted: 50n, scopeReduced: 1, approvals: APPROVER }),
      { accepted: 49n, scopeReduced: 0n },
    );
    refuses("a BAST without an amount", "TermsMissing", () => anImplementation(6));
    refuses("code 0", "UnknownCode", () => anImplementation(0));
    refuses("code 10", "UnknownCode", () => anImplementation(10));
    refuses("progress once closed", "InvalidTransition", () => anImplementation(4, 1n, { status: 6 }));
    accepts("a report once closed", () => anImplementation(9, undefined, { status: 6 }));
    refuses("a report on a cancelled one", "InvalidTransition", () => anImplementation(9, undefined, { status: 7 }));
  });

  describe("certificate", () => {
    accepts("one within value and work", () => aCertificate({}), { certified: 10_000_000_00n });
    refuses("one on a pending contract", "InvalidTransition", () => aCertificate({}, { status: 1 }));
    accepts("one on a broken contract", () => aCertificate({}, { status: 5 }));
    refuses("one on a closed contract", "InvalidTransition", () => aCertificate({}, { status: 6 }));
    refuses("one while on hold", "OnHold", () => aCertificate({}, { held: NOW + 1n }));
    refuses("the same number twice", "NumberUsed", () => aCertificate({}, { numberUsed: 1 }));
    accepts("the last sen of the work accepted", () => aCertificate({}, { accepted: 10_000_000_00n }));
    refuses("one sen more than the work accepted", "CertifiedAboveAccepted", () =>
      aCertificate({}, { accepted: 9_999_999_99n }),
    );
    accepts("it as a signed exception", () => aCertificate({}, { accepted: 9_999_999_99n, signedExceptions: 16 }), {
      exceptions: 16n,
    });
    accepts("it where the rule set does not bind", () => aCertificate({}, { accepted: 0, certificatesBound: 0 }));
    accepts(
      "an advance before any work",
      () => aCertificate({ amount: 0n, advance: 20_000_000_00n }, { accepted: 0 }),
      { advanced: 20_000_000_00n },
    );
    accepts("the sum of work and outstanding advance up to the value", () =>
      aCertificate({ amount: 80_000_000_00n }, { advanced: 20_000_000_00n }),
    );
    refuses("one sen above it", "CertifiedAboveValue", () =>
      aCertificate({ amount: 80_000_000_01n }, { advanced: 20_000_000_00n }),
    );
    accepts(
      "it as a signed exception",
      () => aCertificate({ amount: 80_000_000_01n }, { advanced: 20_000_000_00n, signedExceptions: 8 }),
      { exceptions: 8n },
    );
    accepts(
      "a recovery of the whole advance",
      () => aCertificate({ recovered: 20_000_000_00n }, { advanced: 20_000_000_00n }),
      { recoveredTotal: 20_000_000_00n },
    );
    refuses("a recovery of one sen more", "RecoveredAboveAdvance", () =>
      aCertificate({ recovered: 20_000_000_01n }, { advanced: 20_000_000_00n }),
    );
    accepts("a release of all that is withheld", () => aCertificate({ withheld: 5n, released: 5n }));
    refuses("a release of one sen more", "ReleasedAboveWithheld", () => aCertificate({ withheld: 5n, released: 6n }));
    refuses("an amount at the threshold alone", "SecondNeeded", () => aCertificate({}, { threshold: 10_000_000_00n }));
    refuses("an advance at the threshold alone", "SecondNeeded", () =>
      aCertificate({ amount: 0n, advance: 10_000_000_00n }, { threshold: 10_000_000_00n }),
    );
    accepts("one after an opening that had recovered more than was advanced", () =>
      aCertificate({}, { advanced: 3n, recoveredTotal: 5n, withheldTotal: 1n, releasedTotal: 4n }),
    );
    refuses("one that recovers one sen more after such an opening", "RecoveredAboveAdvance", () =>
      aCertificate({ recovered: 1n }, { advanced: 3n, recoveredTotal: 5n }),
    );
    refuses("one that releases one sen more after such an opening", "ReleasedAboveWithheld", () =>
      aCertificate({ released: 1n }, { withheldTotal: 1n, releasedTotal: 4n }),
    );
  });

  describe("payment: a fact is marked, never refused", () => {
    accepts("one, to the last sen of its document", () => aPayment(), {
      paid: 10_000_000_00n,
      documentUsed: 10_000_000_00n,
      exceptions: 0n,
    });
    refuses("one sen above its document", "DocumentExceeded", () => aPayment({ amount: 10_000_000_01n }));
    accepts("a share that fills a document exactly", () =>
      aPayment({ amount: 4n, documentTotal: 10n }, { documentKnownTotal: 10, documentUsed: 6 }),
    );
    refuses("a share one sen over it", "DocumentExceeded", () =>
      aPayment({ amount: 5n, documentTotal: 10n }, { documentKnownTotal: 10, documentUsed: 6 }),
    );
    refuses("another total than first seen", "DocumentTotalDiffers", () =>
      aPayment({ amount: 1n, documentTotal: 11n }, { documentKnownTotal: 10 }),
    );
    refuses("an unknown contract", "UnknownContract", () => aPayment({}, { status: 0 }));
    refuses("another currency", "CurrencyDiffers", () => aPayment({}, { contractCurrency: USD }));
    accepts("the last sen of the value", () => aPayment({}, { paid: 90_000_000_00n }), { excess: 0n, exceptions: 0n });
    accepts("one sen above the value, with the excess", () => aPayment({}, { paid: 90_000_000_01n }), {
      excess: 1n,
      exceptions: 512n,
    });
    accepts("one on hold", () => aPayment({}, { held: NOW + 1n }), { exceptions: 1024n });
    accepts("one after closure", () => aPayment({}, { status: 6 }), { exceptions: 2048n });
    accepts("one before the contract is active", () => aPayment({}, { status: 1 }), { exceptions: 32768n });
    accepts(
      "one of the day of an opening's balance, not added",
      () => aPayment({}, { balanceOn: NOW - DAY, paid: 7n }),
      { paid: 7n, exceptions: 4096n },
    );
    accepts("one a second later, added", () => aPayment({}, { balanceOn: NOW - DAY - 1n, paid: 7n }), {
      paid: 10_000_000_07n,
    });
  });

  describe("status", () => {
    const [pending, active, completed, stopped, broken, closed, cancelled] = [1, 2, 3, 4, 5, 6, 7];
    const legal: [from: number, code: number, to: number, approver?: boolean, previous?: number][] = [
      [pending!, 1, active!],
      [active!, 2, completed!],
      [active!, 3, stopped!],
      [active!, 4, broken!, true],
      [completed!, 5, closed!],
      [stopped!, 5, closed!],
      [broken!, 5, closed!],
      [closed!, 6, broken!, true, broken!],
      [completed!, 6, active!, true],
      [stopped!, 6, active!, true],
      [pending!, 7, cancelled!],
      [pending!, 8, 8],
    ];
    for (let from = 1; from <= 8; from++) {
      for (let code = 1; code <= 8; code++) {
        const way = legal.find(([a, b]) => a === from && b === code);
        if (way === undefined) {
          refuses(`from ${from} by ${code}`, "InvalidTransition", () =>
            aStatus(code, { status: from, approvals: APPROVER }),
          );
          continue;
        }
        const state = { status: from, previousStatus: way[4] ?? 0, approvals: way[3] ? APPROVER : 0n };
        accepts(`from ${from} by ${code} to ${way[2]}`, () => aStatus(code, state), { status: BigInt(way[2]) });
        if (way[3])
          refuses(`from ${from} by ${code} alone`, "SecondNeeded", () => aStatus(code, { ...state, approvals: 0n }));
      }
    }
    refuses("code 9", "UnknownCode", () => aStatus(9));
    refuses("an unknown contract", "UnknownContract", () => aStatus(1, { status: 0 }));
    refuses("a contract at the threshold alone", "SecondNeeded", () => aStatus(2, { threshold: 100_000_000_00n }));
    accepts("a contract one sen below it", () => aStatus(2, { threshold: 100_000_000_01n }));
    accepts("a cancellation, which frees the award", () => aStatus(7, { status: 1, awardAgreed: 100_000_000_00n }), {
      awardAgreed: 0n,
    });
  });

  describe("opening", () => {
    accepts("a contract in mid-life with its balances", () => anOpening(), {
      status: 2n,
      firstValue: 100_000_000_00n,
      presentValue: 110_000_000_00n,
      presentScope: 110_000_000_00n,
      certified: 50_000_000_00n,
      paid: 45_000_000_00n,
      accepted: 60_000_000_00n,
      exceptions: 16384n,
    });
    refuses("one without an approver", "SecondNeeded", () => anOpening({ approvals: 0n }));
    refuses("an id already used", "IdInUse", () => anOpening({ status: 2 }));
    refuses("balances in another currency", "CurrencyDiffers", () => anOpening({ oldCurrency: id(9) }));
    refuses("a balance date ahead", "DateInFuture", () => anOpening({ oldOn: NOW + 1n }));
    refuses("a status that does not exist", "UnknownCode", () => anOpening({ oldCode: 9 }));
    refuses("an amount beyond 128 bits", "AmountTooLarge", () => anOpening({ oldAmount: 1n << 128n }));
    refuses("a supplier nobody registered", "UnknownParty", () => anOpening({ partyKnown: 0 }));
    accepts("one that ended before it was signed, as found", () =>
      anOpening(terms({ currency: IDR, value: 1n, documentKey: KEY!, on: NOW - DAY, until: NOW - 2n * DAY })),
    );
    const onAward = {
      awardId: AWARD!,
      awardStatus: 2,
      awardCurrency: IDR,
      awardValue: 100_000_000_00n,
      awardParty: PARTY!,
    };
    accepts(
      "one on an award, whose sum grows by its first value even above the award",
      () => anOpening({ ...onAward, awardAgreed: 1n }),
      {
        awardAgreed: 100_000_000_01n,
      },
    );
    refuses("one on an award that is not there", "UnknownAward", () => anOpening({ awardId: AWARD!, awardStatus: 0 }));
    refuses("one on a cancelled award", "UnknownAward", () => anOpening({ ...onAward, awardStatus: 7 }));
    refuses("one in another currency than its award", "CurrencyDiffers", () =>
      anOpening({ ...onAward, awardCurrency: USD }),
    );
    refuses("one with another supplier than its award", "PartyDiffers", () =>
      anOpening({ ...onAward, awardParty: OTHER_PARTY! }),
    );
    accepts("one whose award's sum is just held in 128 bits", () =>
      anOpening({ ...onAward, awardAgreed: (1n << 128n) - 1n - 100_000_000_00n }),
    );
    refuses("one whose award's sum is one sen more", "AmountTooLarge", () =>
      anOpening({ ...onAward, awardAgreed: (1n << 128n) - 100_000_000_00n }),
    );
    accepts(
      "one that was cancelled before it came here, which binds nothing of its award",
      () => anOpening({ ...onAward, awardAgreed: 1n, oldCode: 7 }),
      { awardAgreed: 1n, status: 7n },
    );
    refuses("an award's sum beyond 256 bits", "AmountTooLarge", () =>
      anOpening({ ...onAward, awardAgreed: 1n, oldValue: (1n << 256n) - 1n }),
    );
    refuses("balances with a word that no rule reads", "WrongPreimage", () => anOpening({ oldPayer: POST! }));
    refuses("a process on an award", "UnknownAward", () => ({
      ...base,
      kind: 1,
      capacity: 2,
      approvals: APPROVER,
      processSequence: 1,
      awardId: AWARD!,
      awardStatus: 2,
      ...terms({ on: NOW - DAY }),
    }));
    accepts("a process without contract, as its first entry", () => ({
      ...base,
      kind: 1,
      capacity: 2,
      approvals: APPROVER,
      processSequence: 1,
      ...terms({ on: NOW - DAY }),
    }));
    accepts("a process by the officer of a post", () => ({
      ...base,
      kind: 1,
      capacity: 2,
      approvals: APPROVER,
      processSequence: 1,
      ...terms({ on: NOW - DAY, officer: POST! }),
    }));
    refuses("it as the second entry", "IdInUse", () => ({
      ...base,
      kind: 1,
      capacity: 2,
      approvals: APPROVER,
      processSequence: 2,
      ...terms({ on: NOW - DAY }),
    }));
  });

  describe("correction: new minus old", () => {
    refuses("one without an approver", "SecondNeeded", () => correct(aPayment(), 12, aPayment(), { approvals: 0n }));
    refuses("a correction of a status", "WrongReference", () => correct(aStatus(2), 15, aStatus(2)));
    accepts(
      "a contract's value raised, marked",
      () =>
        correct(
          {
            ...aContract({ value: 101n }),
            ...live,
            presentValue: 100n,
            firstValue: 100n,
            presentScope: 100n,
            partyKnown: 1,
            kind: 8,
            ...terms({ code: 2, currency: IDR, value: 101n, officer: POST!, party: PARTY!, on: NOW - DAY }),
          },
          5,
          terms({ code: 2, currency: IDR, value: 100n, officer: POST!, on: NOW - DAY }),
          {},
        ),
      { firstValue: 101n, presentValue: 101n, presentScope: 101n, exceptions: 8192n },
    );
    accepts(
      "an amendment's value",
      () =>
        correct(
          anAmendment(104n, 104n, { presentValue: 105n, presentScope: 105n, firstValue: 100n }),
          7,
          anAmendment(105n, 105n),
        ),
      { presentValue: 104n, presentScope: 104n },
    );
    refuses("an amendment's value to one above the cap", "ScopeAboveCap", () =>
      correct(
        anAmendment(1_101n, 1_101n, { presentValue: 1_050n, presentScope: 1_050n, firstValue: 1_000n }),
        7,
        anAmendment(1_050n, 1_050n),
      ),
    );
    refuses("an amendment that gets money it did not have", "TermsMissing", () =>
      correct(anAmendment(104n, 104n), 7, terms({ code: 2, on: NOW })),
    );
    accepts(
      "accepted work downwards",
      () => correct(anImplementation(4, 40n, { accepted: 50n }), 9, anImplementation(4, 50n)),
      { accepted: 40n },
    );
    accepts(
      "a certificate's amount",
      () => correct(aCertificate({ amount: 4n }, { certified: 10n }), 11, aCertificate({ amount: 5n })),
      { certified: 9n },
    );
    refuses("a certificate to a number already used", "NumberUsed", () =>
      correct(
        aCertificate({ amount: 4n }, { certified: 10n, numberUsed: 1 }),
        11,
        aCertificate({ documentKey: OTHER_PARTY! }),
      ),
    );
    accepts(
      "a payment's amount within its document",
      () =>
        correct(
          aPayment({ amount: 9n, documentTotal: 9n }, { paid: 10n, documentUsed: 10n, documentKnownTotal: 10n }),
          12,
          aPayment({ amount: 10n, documentTotal: 10n }),
        ),
      { paid: 9n, documentUsed: 9n },
    );
    refuses("a payment's amount beyond its document", "DocumentExceeded", () =>
      correct(
        aPayment({ amount: 11n, documentTotal: 10n }, { paid: 10n, documentUsed: 10n, documentKnownTotal: 10n }),
        12,
        aPayment({ amount: 10n, documentTotal: 10n }),
      ),
    );
    accepts(
      "a payment to another document",
      () =>
        correct(
          aPayment({ amount: 10n, documentTotal: 10n }, { paid: 10n, oldDocumentUsed: 10n }),
          12,
          aPayment({ amount: 10n, documentTotal: 10n, documentKey: OTHER_PARTY! }),
        ),
      { paid: 10n, documentUsed: 10n, oldDocumentUsed: 0n },
    );
    accepts(
      "a payment that was not in the balance after all",
      () =>
        correct(
          {
            ...aPayment(
              {},
              { balanceOn: NOW, paid: 7n, documentUsed: 10_000_000_00n, documentKnownTotal: 10_000_000_00n },
            ),
            ...terms({
              code: 1,
              currency: IDR,
              amount: 10_000_000_00n,
              documentTotal: 10_000_000_00n,
              issuer: ISSUER!,
              documentKey: KEY!,
              on: NOW - DAY,
            }),
          },
          12,
          aPayment(),
        ),
      { paid: 10_000_000_07n },
    );
    refuses("more taken back than there is", "AmountTooLarge", () =>
      correct(anImplementation(4, 1n, { accepted: 5n }), 9, anImplementation(4, 50n)),
    );
    accepts(
      "an award's value",
      () => correct(anAward(1, { ...awarded, value: 90n, awardValue: 100n }), 4, anAward(1, { value: 100n })),
      { awardValue: 90n },
    );
    refuses("an award's value below its contracts", "AwardExceeded", () =>
      correct(
        anAward(1, { ...awarded, value: 90n, awardValue: 100n, awardAgreed: 91n }),
        4,
        anAward(1, { value: 100n }),
      ),
    );
    const ofContract = (was: Image, given: Image): Image =>
      correct(
        {
          ...aContract(),
          ...live,
          ...terms({ code: 2, currency: IDR, value: 100_000_000_00n, officer: POST!, on: NOW }),
        },
        5,
        terms({ code: 2, currency: IDR, value: 100_000_000_00n, officer: POST!, on: NOW, ...was }),
        { present: 0x1n | 0x2n | 0x4n | bit.officer | bit.on | bit.party, party: PARTY!, partyKnown: 1, ...given },
      );
    const shared = { ...awarded, awardAgreed: 130_000_000_00n };
    accepts("a contract on an award that openings have filled, if no more is agreed", () => ofContract({}, shared));
    refuses("one sen more on it", "AwardExceeded", () => ofContract({}, { ...shared, value: 100_000_000_01n }));
    refuses("a value that the cancelled award of a contract of nothing would have held", "BeforeAward", () =>
      ofContract({ value: 0n }, { ...awarded, awardStatus: 7, firstValue: 0, presentValue: 0, presentScope: 0 }),
    );
    refuses("a contract to another supplier than its award's", "PartyDiffers", () =>
      ofContract({}, { ...shared, party: OTHER_PARTY!, oldParty: PARTY! }),
    );
    refuses("a contract to a form that needs an award", "AwardNeeded", () => ofContract({}, { code: 3 }));
    accepts("a contract that had that form", () => ofContract({ code: 3 }, { code: 3, awardForms: 1n << 3n }));
    refuses("a contract to a value that takes the supplier's signature, without it", "SecondNeeded", () =>
      ofContract({}, { threshold: 100_000_000_00n, second: 5 }),
    );
    refuses("an amendment to a reason that does not exist", "UnknownCode", () =>
      correct(anAmendment(104n, 104n, { code: 0 }), 7, anAmendment(104n, 104n)),
    );
    const priced = (given: Image) =>
      correct(
        anAmendment(500n, 105n, { presentValue: 105n, presentScope: 105n, firstValue: 100n, ...given }),
        7,
        anAmendment(105n, 105n),
      );
    refuses("an amendment's price without a reason for it", "PriceChangeUnmarked", () => priced({}));
    accepts("it with the reason", () => priced({ code: 32 }), { presentValue: 500n, presentScope: 105n });
    refuses("an amendment's scope without a reason for it", "ScopeChangeUnmarked", () =>
      correct(anAmendment(104n, 104n, { code: 1, presentValue: 105n, presentScope: 105n }), 7, anAmendment(105n, 105n)),
    );
    const MAX = (1n << 128n) - 1n;
    refuses("an award's value beyond 128 bits", "AmountTooLarge", () =>
      correct(anAward(1, { ...awarded, value: 2n, awardValue: MAX }), 4, anAward(1, { value: 1n })),
    );
    refuses("an award to a supplier nobody registered", "UnknownParty", () =>
      correct(anAward(1, { ...awarded, partyKnown: 0 }), 4, anAward(1)),
    );
    accepts("an award that openings have filled, if no less is awarded", () =>
      correct(anAward(1, shared), 4, anAward(1)),
    );
    refuses("accepted work beyond 128 bits", "AmountTooLarge", () =>
      correct(anImplementation(4, 2n, { accepted: MAX, signedExceptions: 4 }), 9, anImplementation(4, 1n)),
    );
    accepts("the day of an SPMK while more is accepted than the contract is worth", () =>
      correct(anImplementation(1, undefined, { accepted: 100_000_000_01n }), 9, anImplementation(1)),
    );
    refuses("a payment with a code that says nothing", "UnknownCode", () =>
      correct({ ...aPayment(), present: (aPayment().present as bigint) | 1n, code: 2 }, 12, aPayment()),
    );
    refuses("a planning with a currency and no value", "TermsMissing", () =>
      correct({ ...aSection(2, 1), ...terms({ code: 1, currency: IDR }), planningStatus: 2 }, 2, aSection(2, 1)),
    );
    const opened = (given: Image) =>
      correct({ ...anOpening(), ...live, present: anOpening().present! }, 1, anOpening(), given);
    accepts("an opening's value", () => opened({ value: 111_000_000_00n, capBps: 10_000 }), {
      presentValue: 101_000_000_00n,
      firstValue: 100_000_000_00n,
    });
    refuses("an opening to balances that nobody looked at", "WrongPreimage", () => opened({ documentKey: POST! }));
    refuses("an opening to a form that does not exist", "UnknownCode", () =>
      opened({ present: (anOpening().present as bigint) | 1n, code: 256 }),
    );
    refuses("an opening to a supplier nobody registered", "UnknownParty", () => opened({ partyKnown: 0 }));
    accepts("an opening of a process, which had the day and the post only", () =>
      correct(
        { ...base, capacity: 2, ...terms({ on: NOW - 2n * DAY, officer: POST! }) },
        1,
        terms({ on: NOW - DAY, officer: POST! }),
      ),
    );
    refuses("a closed contract's amendment", "InvalidTransition", () =>
      correct(anAmendment(1n, 1n, { status: 6 }), 7, anAmendment(2n, 2n)),
    );
  });

  it("never reverts, whatever the image holds", async () => {
    let seed = 1n;
    const random = () => {
      seed = (seed * 6364136223846793005n + 1442695040888963407n) & ((1n << 64n) - 1n);
      return seed >> 8n;
    };
    for (let round = 0; round < 150; round++) {
      const image: Image = { kind: random() % 19n, capacity: random() % 10n, time: NOW };
      for (const name of rules.fields) {
        if (name in image) continue;
        const pick = random() % 4n;
        const value = pick === 0n ? 0n : pick === 1n ? random() % 300n : random() * random();
        image[name] = `0x${(value & ((1n << 127n) - 1n)).toString(16).padStart(64, "0")}`;
      }
      const outcome = await rules.step(image);
      expect(Number(outcome.code)).to.be.greaterThan(0);
    }
  }).timeout(60_000);
});
