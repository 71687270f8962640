// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// The words of docs/reference/formats.md section 2, as numbers. 0 is Unknown everywhere.

library Kind {
    uint256 internal constant Unknown = 0;
    uint256 internal constant Opening = 1;
    uint256 internal constant Planning = 2;
    uint256 internal constant Tender = 3;
    uint256 internal constant Award = 4;
    uint256 internal constant Contract = 5;
    uint256 internal constant Countersignature = 6;
    uint256 internal constant Amendment = 7;
    uint256 internal constant Correction = 8;
    uint256 internal constant Implementation = 9;
    uint256 internal constant Guarantee = 10;
    uint256 internal constant Certificate = 11;
    uint256 internal constant Payment = 12;
    uint256 internal constant Return = 13;
    uint256 internal constant Hold = 14;
    uint256 internal constant Transition = 15; // "status" in the formats page
    uint256 internal constant Note = 16;
    uint256 internal constant Withdrawal = 17;
}

library Role {
    uint256 internal constant Procurement = 1;
    uint256 internal constant Officer = 2;
    uint256 internal constant Approver = 3;
    uint256 internal constant Treasurer = 4;
    uint256 internal constant Supplier = 5;
    uint256 internal constant Auditor = 6;
    uint256 internal constant Overseer = 7;
    uint256 internal constant Head = 8;
    uint256 internal constant Registrar = 9;
    /// not an office: Policy's word for an approver of an agency above
    uint256 internal constant ParentApprover = 11;

    uint256 internal constant PROCUREMENT_BIT = 1 << Procurement;
    uint256 internal constant OFFICER_BIT = 1 << Officer;
    uint256 internal constant APPROVER_BIT = 1 << Approver;
    uint256 internal constant TREASURER_BIT = 1 << Treasurer;
    uint256 internal constant SUPPLIER_BIT = 1 << Supplier;
    uint256 internal constant HOLDER_BITS = OFFICER_BIT | TREASURER_BIT | (1 << Overseer) | (1 << Head);
    uint256 internal constant EVERY_BIT = (1 << (Registrar + 1)) - 2;
    uint256 internal constant PARENT_APPROVER_BIT = 1 << ParentApprover;
    /// among the approvals: nobody approved; a head signed the lot of a wave, and it is recorded as found
    uint256 internal constant FOUND_BIT = 1 << Head;
}

/// A contract's status; planning, tender and award sections use Unknown, Active and Cancelled of it.
library Status {
    uint256 internal constant Unknown = 0;
    uint256 internal constant Pending = 1;
    uint256 internal constant Active = 2;
    uint256 internal constant Completed = 3;
    uint256 internal constant Stopped = 4;
    uint256 internal constant Broken = 5;
    uint256 internal constant Closed = 6;
    uint256 internal constant Cancelled = 7;
    uint256 internal constant RecordedInError = 8;
}

/// `code` of planning, tender and award.
library Step {
    uint256 internal constant Unknown = 0;
    uint256 internal constant New = 1;
    uint256 internal constant Update = 2;
    uint256 internal constant Amendment = 3;
    uint256 internal constant Cancelled = 4;
}

/// `code` of contract and opening.
library Form {
    uint256 internal constant Unknown = 0;
    uint256 internal constant Receipt = 1;
    uint256 internal constant Spk = 2;
    uint256 internal constant Agreement = 3;
    uint256 internal constant Order = 4;
    uint256 internal constant Framework = 5;
    uint256 internal constant Swakelola = 6;
    uint256 internal constant Other = 7;
}

/// `code` of the acts on a contract.
library Act {
    // amendment, a mask
    uint256 internal constant ADMINISTRATIVE = 1;
    uint256 internal constant SCOPE = 2;
    uint256 internal constant TIME = 4;
    uint256 internal constant KESEMPATAN = 8;
    uint256 internal constant KAHAR = 16;
    uint256 internal constant PRICE_ADJUSTMENT = 32;
    uint256 internal constant TAX_CHANGE = 64;
    uint256 internal constant FINAL_ACCOUNT = 128;
    uint256 internal constant ALL_REASONS = 255;
    // implementation
    uint256 internal constant StartOrder = 1;
    uint256 internal constant SiteHandover = 2;
    uint256 internal constant MeasuredBefore = 3;
    uint256 internal constant Progress = 4;
    uint256 internal constant MeasuredAfter = 5;
    uint256 internal constant PartialHandover = 6;
    uint256 internal constant ProvisionalHandover = 7;
    uint256 internal constant FinalHandover = 8;
    uint256 internal constant Report = 9;
    // status
    uint256 internal constant Activated = 1;
    uint256 internal constant Completed = 2;
    uint256 internal constant Stopped = 3;
    uint256 internal constant Broken = 4;
    uint256 internal constant Closed = 5;
    uint256 internal constant Reopened = 6;
    uint256 internal constant Cancelled = 7;
    uint256 internal constant RecordedInError = 8;
    // correction of a payment
    uint256 internal constant NotInBalance = 1;
    // return; the last one voids the payment's document
    uint256 internal constant Refunded = 1;
    uint256 internal constant PaidBack = 2;
    uint256 internal constant ContraEntry = 3;
    uint256 internal constant Voided = 4;
    // hold
    uint256 internal constant Held = 1;
    uint256 internal constant Lifted = 2;
}

/// `code` of a guarantee (Kind.Guarantee): type × 10 + action.
library Surety {
    uint256 internal constant Posted = 1;
    uint256 internal constant Extended = 2;
    uint256 internal constant Reduced = 3;
    uint256 internal constant Called = 4;
    uint256 internal constant Returned = 5;

    uint256 internal constant YearEnd = 6; // the last type
}

/// A wave of legacy records.
library WaveState {
    uint8 internal constant Unknown = 0;
    uint8 internal constant Open = 1;
    uint8 internal constant Closed = 2;
    uint8 internal constant Active = 3;
    uint8 internal constant Final = 4;
    uint8 internal constant RolledBack = 5;
}

/// How much of a row stands on the chain: all; its terms, and the digest of its body; the root of its lot.
library Tier {
    uint8 internal constant Whole = 1;
    uint8 internal constant Terms = 2;
    uint8 internal constant Archive = 3;
}

/// Bits of `present`: the n-th field of Terms after it.
library Term {
    uint256 internal constant CODE = 1 << 0;
    uint256 internal constant CURRENCY = 1 << 1;
    uint256 internal constant VALUE = 1 << 2;
    uint256 internal constant SCOPE_VALUE = 1 << 3;
    uint256 internal constant AMOUNT = 1 << 4;
    uint256 internal constant ADVANCE = 1 << 5;
    uint256 internal constant RECOVERED = 1 << 6;
    uint256 internal constant WITHHELD = 1 << 7;
    uint256 internal constant RELEASED = 1 << 8;
    uint256 internal constant DOCUMENT_TOTAL = 1 << 9;
    uint256 internal constant ISSUER = 1 << 10;
    uint256 internal constant DOCUMENT_KEY = 1 << 11;
    uint256 internal constant PARTY = 1 << 12;
    uint256 internal constant OFFICER = 1 << 13;
    uint256 internal constant PAYER = 1 << 14;
    uint256 internal constant ON = 1 << 15;
    uint256 internal constant UNTIL = 1 << 16;
}

/// Exception bits of an entry: the first five need an approver's signature, the others are computed marks.
library Exception {
    uint256 internal constant ScopeAboveCap = 1;
    uint256 internal constant ValueBelowCertified = 2;
    uint256 internal constant AcceptedAboveValue = 4;
    uint256 internal constant CertifiedAboveValue = 8;
    uint256 internal constant CertifiedAboveAccepted = 16;
    uint256 internal constant Late = 256;
    uint256 internal constant PaidAboveValue = 512;
    uint256 internal constant PaidWhileHeld = 1024;
    uint256 internal constant PaidAfterClosure = 2048;
    uint256 internal constant BeforeOpening = 4096;
    uint256 internal constant RaisesFirstValue = 8192;
    uint256 internal constant Imported = 16384;
    uint256 internal constant PaidBeforeActive = 32768;
}
