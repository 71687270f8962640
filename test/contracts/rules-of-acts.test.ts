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
  old,
  PARENT,
  POST,
  SUPPLIER,
  type Terms,
  terms,
  USD,
} from "./images.ts";

/** The rules of what is countersigned, secured, returned, held, remarked and withdrawn, on both sides of each border. */

const MAX = (1n << 128n) - 1n;
const EVER = (1n << 64n) - 1n;
const TERMS_LEAF = id(9);
const POSTING = id(9);
const END = NOW + 90n * DAY;

describe("Rules of acts on a contract", () => {
  const { accepts, refuses } = casesOfRules();
  /** The same image in every status a contract can have: those of `open` pass, the others are refused. */
  const onlyIn = (open: readonly number[], name: string, image: (status: number) => Image) => {
    for (let status = 1; status <= 8; status++) {
      if (open.includes(status))
        accepts(`${name} in status ${status}`, () => image(status), { status: BigInt(status) });
      else refuses(`${name} in status ${status}`, "InvalidTransition", () => image(status), status);
    }
  };
  /** Each role but those of `right` is refused. */
  const onlyBy = (right: readonly number[], name: string, image: (capacity: number) => Image) => {
    for (let capacity = 0; capacity <= 10; capacity++) {
      const title = `${name} in capacity ${capacity}`;
      if (right.includes(capacity)) accepts(title, () => image(capacity));
      else refuses(title, "WrongCapacity", () => image(capacity), capacity);
    }
  };
  const OPEN = [1, 2, 3, 4, 5];

  describe("countersignature", () => {
    const aCountersignature = (given: Image = {}): Image => ({
      ...live,
      kind: 6,
      capacity: 5,
      basis: TERMS_LEAF,
      refersTo: TERMS_LEAF,
      ...terms({ on: NOW - DAY }),
      ...given,
    });
    accepts("one of the terms as they stand", () => aCountersignature(), {
      supplierSigned: 1n,
      status: 2n,
      exceptions: 0n,
    });
    accepts("one without a date", () => ({ ...aCountersignature(), present: 0n, on: 0n }), { supplierSigned: 1n });
    refuses("one of other terms than the basis", "WrongReference", () => aCountersignature({ refersTo: KEY! }), 6, 0);
    refuses("one of nothing", "UnknownReference", () => aCountersignature({ refersTo: id(0), basis: id(0) }), 0, 6);
    refuses("a second one", "NothingToSign", () => aCountersignature({ supplierSigned: 1 }), 2, 0);
    refuses(
      "one with an amount",
      "TermsUnused",
      () => ({ ...aCountersignature(), ...terms({ amount: 1n }) }),
      bit.amount,
      6,
    );
    refuses("one of a contract that is not there", "UnknownContract", () => aCountersignature({ status: 0 }));
    refuses("one of an award", "UnknownAward", () => aCountersignature({ awardId: AWARD! }));
    refuses("one dated a second ahead", "DateInFuture", () => aCountersignature({ on: NOW + 1n }), NOW + 1n, NOW);
    accepts("one 30 days old", () => aCountersignature({ on: NOW - 30n * DAY }), { exceptions: 0n });
    refuses("one a second older, alone", "SecondNeeded", () => aCountersignature({ on: NOW - 30n * DAY - 1n }), 3, 0);
    accepts("it with an approver, late", () => aCountersignature({ on: NOW - 30n * DAY - 1n, approvals: APPROVER }), {
      exceptions: 256n,
    });
    onlyIn(OPEN, "one", (status) => aCountersignature({ status }));
    onlyBy([5], "one", (capacity) => aCountersignature({ capacity }));

    const signed = { supplierSigned: 1 };
    const [yes, no] = [{ supplierSigned: 1n }, { supplierSigned: 0n }];
    accepts("a contract without the supplier: unsigned", () => aContract(), no);
    accepts("a contract that he approved: signed", () => aContract({ approvals: SUPPLIER }), yes);
    accepts("an opening without him: unsigned", () => anOpening(), no);
    accepts("an opening that he approved: signed", () => anOpening({ approvals: APPROVER | SUPPLIER }), yes);
    const more = 101_000_000_00n;
    accepts("an amendment, which he has to sign again", () => anAmendment(more, more, signed), no);
    accepts("an amendment that he approved", () => anAmendment(more, more, { approvals: SUPPLIER }), yes);
    accepts(
      "an amendment without money, which he has to sign too",
      () => ({ ...live, ...signed, kind: 7, capacity: 2, ...terms({ code: 1, officer: POST!, on: NOW - DAY }) }),
      no,
    );
    const amended = (given: Image) =>
      correct(anAmendment(more, more, { ...signed, ...given }), 7, anAmendment(more, more));
    accepts("an amendment's correction, which he has to sign too", () => amended({}), no);
    accepts("it with him beside the approver", () => ({ ...amended({}), approvals: APPROVER | SUPPLIER }), yes);
    for (const [name, image] of [
      ["a status", () => aStatus(2, signed)],
      ["an SPMK", () => anImplementation(1, undefined, signed)],
      ["a certificate", () => aCertificate({}, signed)],
      [
        "a certificate's correction",
        () => correct(aCertificate({}, { ...signed, certified: 10_000_000_00n }), 11, aCertificate({})),
      ],
      ["a payment", () => aPayment({}, signed)],
    ] as const)
      accepts(`${name}, which leaves his signature`, image, yes);
  });

  describe("guarantee", () => {
    const given = (code: number, more: Terms = {}): Terms => ({
      ...{ code, currency: IDR, amount: 50n, documentKey: KEY!, on: NOW - DAY, until: END },
      ...more,
    });
    const aPosting = (type: number, more: Terms = {}, state: Image = {}): Image => ({
      ...live,
      kind: 10,
      capacity: 2,
      ...terms(given(type * 10 + 1, more)),
      ...state,
    });
    /** An act on a performance guarantee of 50 until END. */
    const anAct = (action: number, more: Terms = {}, state: Image = {}): Image => ({
      ...live,
      kind: 10,
      capacity: 2,
      refersTo: POSTING,
      ...{ guaranteeType: 2, guaranteeAmount: 50n, guaranteeUntil: END },
      ...terms(given(20 + action, more)),
      ...state,
    });
    const left = (guaranteeAmount: bigint, guaranteeUntil = END) => ({ guaranteeAmount, guaranteeUntil });

    for (let type = 1; type <= 6; type++) accepts(`a posting of type ${type}`, () => aPosting(type), left(50n));
    for (const code of [0, 1, 5, 10, 16, 20, 26, 60, 66, 70, 71, 75])
      refuses(
        `code ${code}`,
        "UnknownCode",
        () => anAct(0, {}, { code, refersTo: code % 10 === 1 ? id(0) : POSTING }),
        code,
        10,
      );
    for (const name of ["code", "currency", "amount", "documentKey", "on", "until"] as const) {
      const { [name]: _, ...rest } = given(21);
      refuses(
        `one without ${name}`,
        "TermsMissing",
        () => ({ ...aPosting(2), ...terms(rest), refersTo: name === "code" ? POSTING : id(0) }),
        bit[name],
        10,
      );
    }
    refuses("one with an issuer", "TermsUnused", () => aPosting(2, { issuer: ISSUER! }), bit.issuer, 10);
    onlyBy([2], "one", (capacity) => aPosting(2, {}, { capacity }));
    onlyIn(OPEN, "a posting", (status) => aPosting(2, {}, { status }));
    onlyIn(OPEN, "a call", (status) => anAct(4, {}, { status }));
    refuses("one on a contract that is not there", "UnknownContract", () => aPosting(2, {}, { status: 0 }));
    refuses("one in another currency", "CurrencyDiffers", () => aPosting(2, { currency: USD }), IDR, USD);
    refuses("a posting that names an entry", "UnknownReference", () => aPosting(2, {}, { refersTo: POSTING }), 9, 10);
    refuses("a posting of nothing", "GuaranteeDiffers", () => aPosting(2, { amount: 0n }), 0, 0);
    accepts("a posting of one sen", () => aPosting(2, { amount: 1n }), left(1n));
    refuses("a number already posted on the contract", "NumberUsed", () => aPosting(2, {}, { numberUsed: 1 }), 7, 0);
    accepts("an act under a number that was posted", () => anAct(4, {}, { numberUsed: 1 }));
    accepts("a posting that ends on the day it begins", () => aPosting(2, { until: NOW - DAY }));
    refuses("a posting that ends a second before", "DateTooEarly", () => aPosting(2, { until: NOW - DAY - 1n }));
    for (const action of [2, 3, 4, 5])
      refuses(
        `action ${action} without its posting`,
        "UnknownReference",
        () => anAct(action, {}, { refersTo: id(0) }),
        0,
        10,
      );
    for (const action of [2, 3, 4, 5]) {
      refuses(
        `action ${action} on what is no posting of the contract`,
        "UnknownReference",
        () => anAct(action, {}, { guaranteeType: 0, guaranteeAmount: 0, guaranteeUntil: 0 }),
        9,
        10,
      );
      refuses(
        `action ${action} on another type`,
        "WrongReference",
        () => anAct(action, {}, { guaranteeType: 3 }),
        3,
        20 + action,
      );
      refuses(
        `action ${action} once nothing is left`,
        "GuaranteeDiffers",
        () => anAct(action, {}, { guaranteeAmount: 0 }),
        0,
        50,
      );
      refuses(
        `action ${action} with an amount of nothing`,
        "GuaranteeDiffers",
        () => anAct(action, { amount: 0n, until: action === 2 ? END + 1n : END }),
        50,
        0,
      );
      refuses(
        `action ${action} of nothing on what has nothing left`,
        "GuaranteeDiffers",
        () => anAct(action, { amount: 0n, until: action === 2 ? END + 1n : END }, { guaranteeAmount: 0 }),
        0,
        0,
      );
    }
    const later = { until: END + 1n };
    accepts("an extension by a second", () => anAct(2, later), left(50n, END + 1n));
    refuses("an extension by nothing", "DateTooEarly", () => anAct(2), END, END);
    refuses("an extension that shortens", "DateTooEarly", () => anAct(2, { until: END - 1n }), END - 1n, END);
    for (const amount of [49n, 51n])
      refuses(
        `an extension of ${amount} of the 50`,
        "GuaranteeDiffers",
        () => anAct(2, { ...later, amount }),
        50,
        amount,
      );
    const ended = { guaranteeUntil: NOW - DAY };
    accepts("an extension of the day on which it ends", () => anAct(2, {}, ended), left(50n));
    refuses(
      "an extension a second later: what has ended is posted anew",
      "GuaranteeDiffers",
      () => anAct(2, { on: NOW - DAY + 1n }, ended),
      NOW - DAY,
      NOW - DAY + 1n,
    );
    accepts("a reduction to one sen less", () => anAct(3, { amount: 49n }), left(49n));
    accepts("a reduction to one sen", () => anAct(3, { amount: 1n }), left(1n));
    for (const amount of [50n, 51n])
      refuses(`a reduction to ${amount}`, "GuaranteeDiffers", () => anAct(3, { amount }), 50, amount);
    accepts("a call of a part", () => anAct(4, { amount: 20n }), left(30n));
    accepts("a call of the last sen", () => anAct(4), left(0n));
    refuses("a call of one sen more", "GuaranteeDiffers", () => anAct(4, { amount: 51n }), 50, 51);
    accepts("a return of what is left", () => anAct(5), left(0n));
    for (const action of [4, 5]) {
      const past = { guaranteeUntil: NOW - 2n * DAY };
      accepts(
        `action ${action} after its end`,
        () => anAct(action, { until: NOW - 2n * DAY }, past),
        left(0n, NOW - 2n * DAY),
      );
    }
    refuses("a reduction after its end", "DateTooEarly", () =>
      anAct(3, { amount: 1n, until: NOW - 2n * DAY }, { guaranteeUntil: NOW - 2n * DAY }),
    );
    for (const amount of [49n, 51n])
      refuses(`a return of ${amount}`, "GuaranteeDiffers", () => anAct(5, { amount }), 50, amount);
    for (const action of [3, 4, 5])
      for (const until of [END - 1n, END + 1n])
        refuses(
          `action ${action} with another end`,
          "GuaranteeDiffers",
          () => anAct(action, { until, amount: action === 3 ? 10n : 50n }),
          END,
          until,
        );

    describe("corrected", () => {
      /** `now` instead of `was` of an action on the performance guarantee, of which `amount` is left until `until`. */
      const corrected = (action: number, was: Terms, now: Terms, state: Image = {}): Image =>
        correct(anAct(action, now, state), 10, terms(given(20 + action, was)));
      accepts(
        "of a posting: what is left shifts",
        () => corrected(1, {}, { amount: 60n }, { guaranteeAmount: 30n }),
        left(40n),
      );
      accepts(
        "of a posting, down to nothing left",
        () => corrected(1, {}, { amount: 20n }, { guaranteeAmount: 30n }),
        left(0n),
      );
      refuses(
        "of a posting, one sen less than was called",
        "AmountTooLarge",
        () => corrected(1, {}, { amount: 19n }, { guaranteeAmount: 30n }),
        50,
        49,
      );
      refuses(
        "of a posting beyond 128 bits",
        "AmountTooLarge",
        () => corrected(1, { amount: 1n }, { amount: 2n }, { guaranteeAmount: MAX }),
        MAX + 1n,
        MAX,
      );
      accepts(
        "of a posting up to them",
        () => corrected(1, { amount: 1n }, { amount: 1n }, { guaranteeAmount: MAX }),
        left(MAX),
      );
      accepts(
        "of a posting: its end, where none came after",
        () => corrected(1, {}, { until: END - 5n }),
        left(50n, END - 5n),
      );
      const extended = { guaranteeUntil: END + DAY };
      refuses(
        "of a posting: its end after an extension",
        "GuaranteeDiffers",
        () => corrected(1, {}, { until: END - 5n }, extended),
        END + DAY,
        END - 5n,
      );
      accepts(
        "of a posting: its amount after an extension",
        () => corrected(1, {}, { amount: 51n }, extended),
        left(51n, END + DAY),
      );
      accepts("of a posting: a free number", () => corrected(1, { documentKey: POST! }, {}));
      refuses(
        "of a posting: a number of another",
        "NumberUsed",
        () => corrected(1, { documentKey: POST! }, {}, { numberUsed: 1 }),
        7,
        0,
      );
      accepts("of a posting: its own number", () => corrected(1, {}, {}, { numberUsed: 1 }));
      accepts("of an act: any number", () => corrected(4, { documentKey: POST! }, {}, { numberUsed: 1 }));
      refuses("to another action", "UnknownCode", () => ({ ...corrected(3, {}, {}), code: 24 }), 24, 10);
      refuses("to another type", "UnknownCode", () => ({ ...corrected(3, {}, {}), code: 33 }), 33, 10);
      refuses("of a return", "WrongReference", () => corrected(5, {}, {}), 10, 0);
      accepts("of an extension: its end", () => corrected(2, {}, { until: END + 3n }), left(50n, END + 3n));
      refuses(
        "of an extension after a further one: its end",
        "GuaranteeDiffers",
        () => corrected(2, {}, { until: END + 3n }, extended),
        END + DAY,
        END + 3n,
      );
      accepts(
        "of an extension after a further one: its date",
        () => corrected(2, {}, { on: NOW - 2n * DAY }, extended),
        left(50n, END + DAY),
      );
      refuses("of an extension: its amount", "GuaranteeDiffers", () => corrected(2, {}, { amount: 51n }), 50, 51);
      accepts(
        "of a reduction",
        () => corrected(3, { amount: 40n }, { amount: 35n }, { guaranteeAmount: 40n }),
        left(35n),
      );
      refuses(
        "of a reduction by more than is left",
        "AmountTooLarge",
        () => corrected(3, { amount: 40n }, { amount: 9n }, { guaranteeAmount: 30n }),
        40,
        39,
      );
      accepts(
        "of a call: what was called too much is there again",
        () => corrected(4, { amount: 20n }, { amount: 5n }, { guaranteeAmount: 30n }),
        left(45n),
      );
      accepts(
        "of a call, up to all that is left",
        () => corrected(4, { amount: 20n }, { amount: 50n }, { guaranteeAmount: 30n }),
        left(0n),
      );
      refuses(
        "of a call, one sen more",
        "AmountTooLarge",
        () => corrected(4, { amount: 20n }, { amount: 51n }, { guaranteeAmount: 30n }),
        51,
        50,
      );
      for (const action of [3, 4])
        refuses(
          `of action ${action}: its end`,
          "GuaranteeDiffers",
          () => corrected(action, {}, { until: END + 1n }),
          END,
          END + 1n,
        );
      refuses("without an approver", "SecondNeeded", () => ({ ...corrected(1, {}, {}), approvals: SUPPLIER }), 3, 0);
      onlyIn(OPEN, "one", (status) => corrected(1, {}, {}, { status }));
    });
  });

  describe("certificate with a year-end guarantee", () => {
    const bound = (amount: bigint, state: Image = {}): Image =>
      aCertificate(
        { amount },
        {
          ...{ accepted: 60n, refersTo: POSTING, guaranteeType: 6, guaranteeAmount: 40n, guaranteeUntil: NOW - DAY },
          ...state,
        },
      );
    accepts("one up to work and guarantee", () => bound(100n), { certified: 100n, exceptions: 0n });
    refuses("one sen more", "CertifiedAboveAccepted", () => bound(101n), 101, 100);
    accepts("it as a signed exception", () => bound(101n, { signedExceptions: 16 }), { exceptions: 16n });
    refuses(
      "it once the guarantee has ended a second before",
      "CertifiedAboveAccepted",
      () => bound(61n, { guaranteeUntil: NOW - DAY - 1n }),
      61,
      60,
    );
    accepts("the work alone then", () => bound(60n, { guaranteeUntil: NOW - DAY - 1n }));
    refuses("one above the value, whatever is secured", "CertifiedAboveValue", () =>
      bound(100_000_000_01n, { guaranteeAmount: MAX }),
    );
    refuses(
      "one with a guarantee that nobody posted here",
      "UnknownReference",
      () => bound(1n, { guaranteeType: 0 }),
      9,
      11,
    );
    for (const guaranteeType of [1, 5])
      refuses(
        `one with a guarantee of type ${guaranteeType}`,
        "WrongReference",
        () => bound(1n, { guaranteeType }),
        guaranteeType,
        0,
      );
    refuses(
      "a correction, which names no guarantee, above the work",
      "CertifiedAboveAccepted",
      () => correct(bound(70n, { certified: 60n }), 11, bound(60n)),
      70,
      60,
    );
  });

  describe("return", () => {
    const given = (code: number, more: Terms = {}): Terms => ({
      ...{ code, currency: IDR, amount: 30n, documentTotal: 30n, issuer: ISSUER!, documentKey: POST!, on: NOW - DAY },
      ...more,
    });
    const payment = {
      currency: IDR,
      amount: 100n,
      documentTotal: 200n,
      issuer: ISSUER!,
      documentKey: KEY!,
      on: NOW - 2n * DAY,
    };
    /** Of a payment of 100, one of the shares of a document of 200; 150 were paid of the contract. */
    const aReturn = (code: number, more: Terms = {}, state: Image = {}): Image => ({
      ...live,
      ...{ paid: 150n, kind: 13, capacity: 4, paymentAmount: 100n },
      ...old(12, terms(payment)),
      ...terms(given(code, more)),
      ...state,
    });
    const aVoid = (more: Terms = {}, state: Image = {}): Image =>
      aReturn(
        4,
        { documentKey: KEY!, documentTotal: 200n, ...more },
        { documentKnownTotal: 200n, documentUsed: 160n, ...state },
      );
    for (const code of [1, 2, 3])
      accepts(`code ${code}`, () => aReturn(code), {
        paid: 120n,
        returned: 30n,
        documentUsed: 30n,
        exceptions: 0n,
        excess: 0n,
      });
    accepts("a void, which frees its share of the payment's document", () => aVoid(), {
      paid: 120n,
      returned: 30n,
      documentUsed: 130n,
    });
    for (const code of [0, 5]) refuses(`code ${code}`, "UnknownCode", () => aReturn(code), code, 13);
    for (const name of ["code", "currency", "amount", "issuer", "documentKey", "documentTotal", "on"] as const) {
      const { [name]: _, ...rest } = given(1);
      refuses(`one without ${name}`, "TermsMissing", () => ({ ...aReturn(1), ...terms(rest) }), bit[name], 13);
    }
    refuses("one with a payer", "TermsUnused", () => aReturn(1, { payer: POST! }), bit.payer, 13);
    onlyBy([4], "one", (capacity) => aReturn(1, {}, { capacity }));
    refuses("one of nothing in particular", "UnknownReference", () => aReturn(1, {}, { refersTo: id(0) }), 0, 13);
    for (const kind of [5, 11, 13])
      refuses(`one of kind ${kind}`, "WrongReference", () => aReturn(1, {}, { oldKind: kind }), kind, 0);
    refuses("one on a contract that is not there", "UnknownContract", () => aReturn(1, {}, { status: 0 }));
    refuses("one in another currency", "CurrencyDiffers", () => aReturn(1, { currency: USD }));
    refuses("one of no amount", "RemainderExceeded", () => aReturn(1, { amount: 0n }), 0, 100);
    accepts("one sen", () => aReturn(1, { amount: 1n }), { paid: 149n });
    const more = (amount: bigint) => ({ amount, documentTotal: amount });
    accepts("all of the payment", () => aReturn(1, more(100n)), { returned: 100n, paid: 50n });
    refuses("one sen more", "RemainderExceeded", () => aReturn(1, more(101n)), 101, 100);
    accepts("the rest after another return", () => aReturn(1, more(60n), { returned: 40n }), { returned: 100n });
    refuses(
      "one sen more than the rest",
      "RemainderExceeded",
      () => aReturn(1, more(61n), { returned: 40n }),
      101,
      100,
    );
    refuses(
      "a void of more than the rest",
      "RemainderExceeded",
      () => aVoid({ amount: 61n }, { returned: 40n }),
      101,
      100,
    );
    accepts(
      "a share that fills its own document",
      () => aReturn(1, { documentTotal: 50n }, { documentKnownTotal: 50n, documentUsed: 20n }),
      { documentUsed: 50n },
    );
    refuses(
      "one sen above its own document",
      "DocumentExceeded",
      () => aReturn(1, { documentTotal: 50n }, { documentKnownTotal: 50n, documentUsed: 21n }),
      51,
      50,
    );
    refuses(
      "another total than its document has",
      "DocumentTotalDiffers",
      () => aReturn(1, { documentTotal: 51n }, { documentKnownTotal: 50n }),
      50,
      51,
    );
    for (const [name, value] of [
      ["issuer", POST!],
      ["documentKey", POST!],
      ["documentTotal", 201n],
    ] as const)
      refuses(`a void with another ${name} than its payment`, "WrongReference", () => aVoid({ [name]: value }), 12, 0);
    accepts("a void of the last share", () => aVoid({ amount: 100n }, { documentUsed: 100n }), { documentUsed: 0n });
    accepts("more than is left of what was paid", () => aReturn(1, {}, { paid: 29n }), { paid: 0n });
    accepts("one that leaves more paid than the value, marked", () => aReturn(1, {}, { paid: 100_000_000_31n }), {
      excess: 1n,
      exceptions: 512n,
    });
    accepts("one that leaves no more than the value", () => aReturn(1, {}, { paid: 100_000_000_30n }), {
      excess: 0n,
      exceptions: 0n,
    });
    for (const status of [1, 5])
      accepts(`one in status ${status}, unmarked`, () => aReturn(1, {}, { status }), { exceptions: 0n });
    for (const status of [6, 7, 8])
      accepts(`one in status ${status}, marked`, () => aReturn(1, {}, { status }), { exceptions: 2048n });
    accepts("one while held, unmarked", () => aReturn(1, {}, { held: NOW + 1n }), { exceptions: 0n });
    accepts("one a year old, marked late", () => aReturn(1, { on: NOW - 365n * DAY }), { exceptions: 256n });
    accepts("one of the day of an opening's balance, not taken off", () => aReturn(1, {}, { balanceOn: NOW - DAY }), {
      paid: 150n,
      returned: 30n,
      exceptions: 4096n,
    });
    accepts("one a second later, taken off", () => aReturn(1, {}, { balanceOn: NOW - DAY - 1n }), {
      paid: 120n,
      exceptions: 0n,
    });

    describe("corrected", () => {
      /** `now` instead of `was` of a return of 30; its document has that share alone. */
      const corrected = (code: number, now: Terms, state: Image = {}, was: Terms = {}): Image =>
        correct(
          aReturn(code, now, { returned: 30n, paid: 120n, documentKnownTotal: 30n, documentUsed: 30n, ...state }),
          13,
          terms(given(code, was)),
        );
      const voided = (now: Terms, state: Image = {}): Image => {
        const own = { documentKey: KEY!, documentTotal: 200n };
        return corrected(4, { ...own, ...now }, { documentKnownTotal: 200n, documentUsed: 130n, ...state }, own);
      };
      accepts("to less", () => corrected(2, { amount: 10n }), { paid: 140n, returned: 10n, documentUsed: 10n });
      accepts("to nothing", () => corrected(2, { amount: 0n }), { paid: 150n, returned: 0n, documentUsed: 0n });
      refuses(
        "once it was corrected to nothing",
        "WrongReference",
        () => corrected(2, {}, { returned: 0n }, { amount: 0n }),
        13,
        0,
      );
      accepts("to all of the payment", () => corrected(2, more(100n)), {
        paid: 50n,
        returned: 100n,
        documentUsed: 100n,
      });
      refuses("to one sen more", "RemainderExceeded", () => corrected(2, more(101n)), 101, 100);
      refuses(
        "to one sen more than another return leaves",
        "RemainderExceeded",
        () => corrected(2, more(61n), { returned: 70n }),
        101,
        100,
      );
      refuses("to more than its document", "DocumentExceeded", () => corrected(2, { amount: 31n }), 31, 30);
      refuses("to another code", "UnknownCode", () => ({ ...corrected(2, {}), code: 3 }), 3, 13);
      const elsewhere = { documentKey: KEY! };
      accepts(
        "to another document",
        () => corrected(2, elsewhere, { documentUsed: 0n, documentKnownTotal: 0n, oldDocumentUsed: 45n }),
        {
          documentUsed: 30n,
          oldDocumentUsed: 15n,
        },
      );
      accepts(
        "to another issuer's document",
        () => corrected(2, { issuer: KEY! }, { documentUsed: 0n, documentKnownTotal: 0n, oldDocumentUsed: 30n }),
        {
          documentUsed: 30n,
          oldDocumentUsed: 0n,
        },
      );
      refuses(
        "to another document of another total",
        "DocumentTotalDiffers",
        () => corrected(2, elsewhere, { documentKnownTotal: 31n, oldDocumentUsed: 30n }),
        31,
        30,
      );
      refuses(
        "to another document that has no room",
        "DocumentExceeded",
        () => corrected(2, elsewhere, { documentUsed: 1n, oldDocumentUsed: 30n }),
        31,
        30,
      );
      refuses(
        "to another document, from one that has less",
        "AmountTooLarge",
        () => corrected(2, elsewhere, { documentUsed: 0n, oldDocumentUsed: 29n }),
        30,
        29,
      );
      accepts("of a void to less: its share stands again", () => voided({ amount: 10n }), {
        documentUsed: 150n,
        returned: 10n,
        paid: 140n,
      });
      accepts("of a void to more", () => voided({ amount: 90n }), { documentUsed: 70n, returned: 90n, paid: 60n });
      for (const [name, value] of [
        ["issuer", POST!],
        ["documentKey", POST!],
        ["documentTotal", 201n],
      ] as const)
        refuses(`of a void to another ${name}`, "WrongReference", () => voided({ [name]: value }), 13, 0);
      accepts(
        "of a void whose document was filled since, as far as there is room",
        () => voided({ amount: 10n }, { documentUsed: 180n }),
        { documentUsed: 200n },
      );
      refuses(
        "of a void, one sen more",
        "DocumentExceeded",
        () => voided({ amount: 9n }, { documentUsed: 180n }),
        201,
        200,
      );
      refuses(
        "of a void whose document has another total since",
        "DocumentExceeded",
        () => voided({ amount: 29n }, { documentUsed: 150n, documentKnownTotal: 150n }),
        151,
        150,
      );
      accepts(
        "of a void whose document nobody names any more",
        () => voided({ amount: 10n }, { documentUsed: 0n, documentKnownTotal: 0n }),
        { documentUsed: 20n },
      );
      accepts("what it took off, never below nothing", () => corrected(2, more(40n), { paid: 5n }), { paid: 0n });
      accepts("up to 128 bits", () => corrected(2, { amount: 0n }, { paid: MAX - 30n }), { paid: MAX });
      refuses(
        "beyond 128 bits",
        "AmountTooLarge",
        () => corrected(2, { amount: 0n }, { paid: MAX - 29n }),
        MAX + 1n,
        MAX,
      );
      accepts(
        "from the day of the balance to the day after",
        () => corrected(2, {}, { balanceOn: NOW - DAY - 1n, paid: 150n }, { on: NOW - DAY - 1n }),
        {
          paid: 120n,
          exceptions: 0n,
        },
      );
      accepts(
        "from the day after to the day of the balance",
        () => corrected(2, { on: NOW - DAY - 1n }, { balanceOn: NOW - DAY - 1n }),
        {
          paid: 150n,
          exceptions: 4096n,
        },
      );
      for (const status of [6, 7])
        accepts(`in status ${status}, marked`, () => corrected(2, {}, { status }), { exceptions: 2048n });
      refuses("without an approver", "SecondNeeded", () => ({ ...corrected(2, {}), approvals: 0n }), 3, 0);
      refuses("on a contract that is not there", "UnknownContract", () => corrected(2, {}, { status: 0 }));
    });

    describe("of which the payment is corrected", () => {
      const paid = (amount: bigint, state: Image = {}, now: Terms = {}): Image =>
        correct(
          aPayment(
            { amount, documentTotal: 200n, ...now },
            { paid: 120n, returned: 30n, documentUsed: 130n, documentKnownTotal: 200n, ...state },
          ),
          12,
          terms({ ...payment, on: NOW - DAY }),
        );
      accepts("down to what came back", () => paid(30n), { paid: 50n, documentUsed: 60n });
      for (const status of [6, 7])
        accepts(`in status ${status}, marked`, () => paid(100n, { status }), { exceptions: 2048n, paid: 120n });
      refuses("to one sen less", "BelowReturned", () => paid(29n), 30, 29);
      refuses(
        "to another document while something came back",
        "BelowReturned",
        () => paid(100n, { oldDocumentUsed: 160n, documentUsed: 0n }, { documentKey: POST! }),
        30,
        0,
      );
      refuses(
        "to another issuer then",
        "BelowReturned",
        () => paid(100n, { oldDocumentUsed: 160n, documentUsed: 0n }, { issuer: POST! }),
        30,
        0,
      );
      accepts(
        "to another document once nothing did",
        () => paid(100n, { returned: 0n, oldDocumentUsed: 160n, documentUsed: 0n }, { documentKey: POST! }),
        {
          documentUsed: 100n,
          oldDocumentUsed: 60n,
        },
      );
    });
  });

  describe("hold", () => {
    const aHold = (code: number, more: Terms = {}, state: Image = {}): Image => ({
      ...live,
      kind: 14,
      capacity: 2,
      ...terms({ code, on: NOW - DAY, ...more }),
      ...state,
    });
    const lanes = [
      [2, 0n],
      [4, 64n],
      [7, 128n],
      [8, 192n],
    ] as const;
    const all = (until: bigint) => lanes.reduce((sum, [, shift]) => sum | (until << shift), 0n);
    const but = (shift: bigint, until: bigint) => all(until) ^ (until << shift);
    for (const [capacity, shift] of lanes) {
      const as = (code: number, holds: bigint, more: Terms = {}) => aHold(code, more, { capacity, holds });
      accepts(`capacity ${capacity} holding, for ever`, () => as(1, but(shift, NOW + 5n)), {
        holds: but(shift, NOW + 5n) | (EVER << shift),
      });
      accepts(`capacity ${capacity} holding anew`, () => as(1, all(NOW + 5n), { until: NOW + 9n }), {
        holds: but(shift, NOW + 5n) | ((NOW + 9n) << shift),
      });
      accepts(`capacity ${capacity} lifting its own hold only`, () => as(2, all(NOW + 1n)), {
        holds: but(shift, NOW + 1n),
      });
      accepts(`capacity ${capacity} lifting what was for ever`, () => as(2, EVER << shift), { holds: 0n });
      refuses(
        `capacity ${capacity} lifting its hold that has ended`,
        "NotHeld",
        () => as(2, but(shift, EVER) | (NOW << shift)),
        capacity,
        0,
      );
      refuses(`capacity ${capacity} lifting what others hold`, "NotHeld", () => as(2, but(shift, EVER)), capacity, 0);
      if (capacity === 4) accepts("a treasurer's with an issuer", () => as(1, 0n, { issuer: ISSUER! }));
      else
        refuses(
          `capacity ${capacity} with an issuer`,
          "TermsUnused",
          () => as(1, 0n, { issuer: ISSUER! }),
          bit.issuer,
          14,
        );
    }
    onlyBy([2, 4, 7, 8], "one", (capacity) => aHold(1, {}, { capacity }));
    onlyIn(OPEN, "one", (status) => aHold(1, {}, { status }));
    onlyIn(OPEN, "a lifting", (status) => aHold(2, {}, { status, holds: EVER }));
    refuses("one on a contract that is not there", "UnknownContract", () => aHold(1, {}, { status: 0 }));
    for (const code of [0, 3]) refuses(`code ${code}`, "UnknownCode", () => aHold(code), code, 14);
    for (const name of ["code", "on"] as const) {
      const { [name]: _, ...rest } = { code: 1, on: NOW } as Terms;
      refuses(`one without ${name}`, "TermsMissing", () => ({ ...aHold(1), ...terms(rest) }), bit[name], 14);
    }
    refuses("one with an amount", "TermsUnused", () => aHold(1, { amount: 1n }), bit.amount, 14);
    refuses(
      "a lifting with an end",
      "TermsUnused",
      () => aHold(2, { until: NOW + 1n }, { holds: EVER }),
      bit.until,
      14,
    );
    accepts("one for a second", () => aHold(1, { until: NOW + 1n }), { holds: NOW + 1n });
    refuses("one that ends now", "DateTooEarly", () => aHold(1, { until: NOW }), NOW, NOW);
    accepts("one to the last second of the year 9999", () => aHold(1, { until: 253_402_300_799n }), {
      holds: 253_402_300_799n,
    });
    refuses("one a second longer", "DateTooLate", () => aHold(1, { until: 253_402_300_800n }));
    refuses("one that names an entry", "UnknownReference", () => aHold(1, {}, { refersTo: KEY! }), 7, 14);
    refuses("one 30 days and a second old, alone", "SecondNeeded", () => aHold(1, { on: NOW - 30n * DAY - 1n }));
  });

  describe("note", () => {
    const aNote = (more: Terms = {}, state: Image = {}): Image => ({
      ...live,
      kind: 16,
      capacity: 6,
      ...terms(more),
      ...state,
    });
    const ofProcess = (more: Terms = {}, state: Image = {}): Image => ({
      ...base,
      kind: 16,
      capacity: 6,
      ...terms(more),
      ...state,
    });
    onlyBy([1, 2, 3, 4, 5, 6, 7, 8, 9], "one", (capacity) => aNote({}, { capacity }));
    for (let status = 1; status <= 8; status++)
      accepts(`one in status ${status}`, () => aNote({}, { status, paid: 7n, supplierSigned: 1 }), {
        ...{ status: BigInt(status), paid: 7n, supplierSigned: 1n, presentValue: 100_000_000_00n, exceptions: 0n },
      });
    accepts("one with a date", () => aNote({ on: NOW - DAY }));
    refuses("one dated ahead", "DateInFuture", () => aNote({ on: NOW + 1n }));
    accepts("one that names an entry", () => aNote({}, old(5, aContract())));
    accepts("one on a process", () => ofProcess());
    accepts("one on a process by the officer of a post", () => ofProcess({ officer: POST! }, { capacity: 2 }));
    refuses("one on a contract with a post", "TermsUnused", () => aNote({ officer: POST! }), bit.officer, 16);
    refuses("one with a code", "TermsUnused", () => aNote({ code: 1 }), bit.code, 16);
    accepts("one on an award", () => ofProcess({}, awarded));
    accepts("one on an award that was cancelled", () => ofProcess({}, { ...awarded, awardStatus: 7 }), {
      awardStatus: 7n,
    });
    refuses(
      "one on an award that is not there",
      "UnknownAward",
      () => ofProcess({}, { ...awarded, awardStatus: 0 }),
      3,
      0,
    );
    refuses("one on a contract that is not there", "UnknownContract", () => aNote({}, { status: 0 }), 2, 0);
    refuses("one on a contract and an award", "UnknownAward", () => aNote({}, awarded), 3, 16);
  });

  describe("withdrawal", () => {
    const withdraw = (kind: number, was: Image, state: Image = {}): Image => ({
      ...{ ...base, kind: 17, approvals: APPROVER, refersTo: TERMS_LEAF, basis: TERMS_LEAF },
      ...{
        oldKind: kind,
        oldCode: was.code ?? 0,
        oldPresent: was.present!,
        oldCapacity: was.capacity!,
        capacity: was.capacity!,
      },
      ...state,
    });
    const ofSection = (kind: 2 | 3, code: number, state: Image = {}) => withdraw(kind, aSection(kind, code), state);
    const ofAward = (code: number, state: Image = {}) =>
      withdraw(4, anAward(code), { ...awarded, agreements: 1, ...state });
    const ofWork = (code: number, state: Image = {}) =>
      withdraw(9, anImplementation(code), { ...live, ...state, kind: 17 });
    const [planned, tendered] = [{ planningStatus: 2 }, { tenderStatus: 2 }];

    accepts("a planning: it may be new again", () => ofSection(2, 1, planned), { planningStatus: 0n });
    accepts("a tender", () => ofSection(3, 1, { ...planned, ...tendered }), { tenderStatus: 0n, planningStatus: 2n });
    accepts("an award", () => ofAward(1), { awardStatus: 0n, awardValue: 0n, agreements: 0n });
    accepts(
      "a planning's cancellation, whatever stands on it",
      () => ofSection(2, 4, { planningStatus: 7, ...tendered, agreements: 3 }),
      { planningStatus: 2n, agreements: 3n },
    );
    accepts("a tender's cancellation", () => ofSection(3, 4, { tenderStatus: 7, agreements: 3 }), { tenderStatus: 2n });
    accepts("an award's cancellation", () => ofAward(4, { awardStatus: 7, agreements: 3, awardContracts: 1 }), {
      ...{ awardStatus: 2n, awardValue: 100_000_000_00n, agreements: 3n },
    });
    for (const code of [2, 3]) {
      refuses(`a planning of code ${code}`, "NotWithdrawable", () => ofSection(2, code, planned), 2, code);
      refuses(`a tender of code ${code}`, "NotWithdrawable", () => ofSection(3, code, tendered), 3, code);
      refuses(`an award of code ${code}`, "NotWithdrawable", () => ofAward(code), 4, code);
    }
    refuses("a planning under a tender", "HasDependants", () => ofSection(2, 1, { ...planned, ...tendered }), 1, 2);
    refuses(
      "a planning under a cancelled tender",
      "HasDependants",
      () => ofSection(2, 1, { ...planned, tenderStatus: 7 }),
      1,
      2,
    );
    refuses("a planning under an award", "HasDependants", () => ofSection(2, 1, { ...planned, agreements: 1 }), 1, 2);
    refuses(
      "a planning under all of them",
      "HasDependants",
      () => ofSection(2, 1, { ...planned, ...tendered, agreements: 2 }),
      3,
      2,
    );
    refuses("a tender under an award", "HasDependants", () => ofSection(3, 1, { ...tendered, agreements: 1 }), 1, 3);
    refuses("an award under a contract", "HasDependants", () => ofAward(1, { agreements: 2, awardContracts: 1 }), 1, 4);
    accepts("an award beside another with its contract", () => ofAward(1, { agreements: 3 }), { agreements: 2n });
    for (const [name, image] of [
      ["a planning", () => ofSection(2, 1, planned)],
      ["a tender's cancellation", () => ofSection(3, 4, { tenderStatus: 7 })],
      ["an award", () => ofAward(1)],
      ["an SPMK", () => ofWork(1, { previousStatus: 1 })],
    ] as const)
      refuses(
        `${name} that is not the last`,
        "WrongReference",
        () => ({ ...image(), basis: KEY! }),
        Number(image().oldKind),
        0,
      );

    accepts("the SPMK that made it active", () => ofWork(1, { previousStatus: 1 }), { status: 1n });
    accepts("a further SPMK: it stays active", () => ofWork(1, { previousStatus: 2, accepted: 1n }), { status: 2n });
    for (const name of ["accepted", "certified", "advanced", "paid"])
      refuses(
        `the first SPMK once there is something ${name}`,
        "InvalidTransition",
        () => ofWork(1, { previousStatus: 1, [name]: 1n }),
        2,
        17,
      );
    refuses(
      "the first SPMK once it is completed",
      "InvalidTransition",
      () => ofWork(1, { previousStatus: 1, status: 3 }),
      3,
      17,
    );
    accepts("a further SPMK once it is completed", () => ofWork(1, { previousStatus: 2, status: 3 }), { status: 3n });
    for (const code of [2, 3, 9]) {
      accepts(`an implementation of code ${code}`, () => ofWork(code, { previousStatus: 1, accepted: 5n }), {
        status: 2n,
        accepted: 5n,
      });
      accepts(`it though it is not the last`, () => ofWork(code, { basis: KEY! }));
    }
    for (const code of [4, 5, 6, 7, 8])
      refuses(`an implementation of code ${code}`, "NotWithdrawable", () => ofWork(code, {}), 9, code);
    onlyIn(OPEN, "a report", (status) => ofWork(9, { status }));
    const counted = (agreements: bigint, awardContracts = 0n) => ({ agreements, awardContracts });
    const among = { agreements: 4 };
    accepts("what it counts: a new award", () => anAward(1, among), counted(5n));
    accepts("what it does not: an award's update", () => anAward(2, { ...awarded, ...among }), counted(4n));
    accepts("nor its cancellation", () => anAward(4, { ...awarded, ...among }), counted(4n));
    accepts("a contract", () => aContract(among), counted(5n));
    accepts("a contract on an award", () => aContract({ ...awarded, ...among, awardContracts: 2 }), counted(5n, 3n));
    accepts("an opening", () => anOpening(among), counted(5n));
    accepts("an opening on an award", () => anOpening({ ...awarded, ...among, awardContracts: 2 }), counted(5n, 3n));
    for (const status of [3, 4, 5])
      accepts(`an SPMK in status ${status}, which stays`, () => anImplementation(1, undefined, { status }), {
        status: BigInt(status),
        previousStatus: BigInt(status),
      });
    const aNote = { kind: 16, capacity: 6, present: 0n };
    accepts("a note, on a contract", () => withdraw(16, aNote, { ...live, kind: 17, status: 8 }), { status: 8n });
    accepts("a note, on a process", () => withdraw(16, aNote));
    for (const [kind, image] of [
      [1, anOpening()],
      [5, aContract()],
      [6, { kind: 6, capacity: 5, present: 0n }],
      [7, anAmendment(1n, 1n)],
      [10, { kind: 10, capacity: 2, present: 0n, code: 21 }],
      [11, aCertificate({})],
      [12, aPayment()],
      [13, { kind: 13, capacity: 4, present: 0n, code: 1 }],
      [14, { kind: 14, capacity: 2, present: 0n, code: 1 }],
      [15, aStatus(1)],
    ] as const)
      refuses(
        `an entry of kind ${kind}`,
        "NotWithdrawable",
        () => withdraw(kind, image, { ...live, kind: 17 }),
        kind,
        Number((image as Image).code ?? 0),
      );
    for (const code of [1, 4])
      refuses(
        `a contract whose form has the number ${code}, as a new or a cancelled award`,
        "NotWithdrawable",
        () => withdraw(5, aContract({ code }), { ...live, kind: 17 }),
        5,
        code,
      );
    refuses("a withdrawal", "WrongCapacity", () => withdraw(17, aNote), 6, 17);
    const approved = (approvals: bigint) => ({ ...ofSection(2, 1, planned), approvals });
    refuses("one without an approver", "SecondNeeded", () => approved(SUPPLIER), 3, 0);
    accepts("one with an approver of a parent agency", () => approved(APPROVER | PARENT));
    onlyBy([1], "a planning's", (capacity) => ({ ...ofSection(2, 1, planned), capacity }));
    onlyBy([1, 2], "an award's", (capacity) => ({ ...ofAward(1), capacity }));
    onlyBy([2], "a report's", (capacity) => ({ ...ofWork(9), capacity }));
    for (let was = 1; was <= 9; was++)
      onlyBy([was], `a note's of capacity ${was}`, (capacity) => ({
        ...withdraw(16, { ...aNote, capacity: was }),
        capacity,
      }));
    accepts("an award's by the officer of a post", () =>
      ofAward(1, { capacity: 2, present: bit.officer, officer: POST! }),
    );
    refuses(
      "a report's with a post",
      "TermsUnused",
      () => ofWork(9, { present: bit.officer, officer: POST! }),
      bit.officer,
      17,
    );
    refuses("one with a date", "TermsUnused", () => ofWork(9, { present: bit.on, on: NOW }), bit.on, 17);
    refuses(
      "one of nothing in particular",
      "UnknownReference",
      () => ofSection(2, 1, { ...planned, refersTo: id(0) }),
      0,
      17,
    );
    refuses("one of a contract and an award", "UnknownAward", () => ofWork(9, { awardId: AWARD! }), 3, 17);
  });

  describe("what is undone by an act of its own is not corrected", () => {
    for (const [kind, capacity] of [
      [6, 5],
      [14, 2],
      [15, 2],
      [16, 6],
    ] as const)
      refuses(
        `kind ${kind}`,
        "WrongReference",
        () => ({
          ...correct({ ...live, capacity, ...terms({ code: 1, on: NOW - DAY }) }, kind, {}),
          ...(kind === 6 || kind === 16 ? terms({ on: NOW - DAY }) : {}),
        }),
        kind,
        0,
      );
    refuses("kind 17", "WrongCapacity", () => correct({ ...live, capacity: 2, present: 0n }, 17, {}), 2, 8);
    refuses("kind 18", "UnknownKind", () => correct({ ...live, capacity: 2, present: 0n }, 18, {}), 18, 0);
  });
});
