// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Code} from "./Codes.sol";
import {Memory} from "./Image.sol";
import {IRules, Image, Outcome} from "./interfaces/IRules.sol";
import {Act, Exception, Form, Kind, Role, Status, Step, Surety, Term} from "./Words.sol";

/// @title The rules of a contract's life
/// @notice Pure: the same function runs in the ledger, under property checks and beside its mirror in TypeScript.
/// Reading order: terms and roles, dates and second signatures, then one function a kind. All changes of value pass
/// `_changeValue`.
contract Rules is IRules {
    uint256 private constant MAX_AMOUNT = type(uint128).max;
    uint256 private constant LATE = 30 days;
    /// what is stopped, held, signed or remarked is undone by an act of its own, not corrected
    uint256 private constant CORRECTABLE = (1 << Kind.Opening) | (1 << Kind.Planning) | (1 << Kind.Tender)
        | (1 << Kind.Award) | (1 << Kind.Contract) | (1 << Kind.Amendment) | (1 << Kind.Implementation)
        | (1 << Kind.Guarantee) | (1 << Kind.Certificate) | (1 << Kind.Payment) | (1 << Kind.Return);
    /// the last second of the year 9999: later ends have no date
    uint256 private constant LAST_SECOND = 253_402_300_799;

    /// @inheritdoc IRules
    function step(Image calldata m) external pure returns (Outcome memory) {
        Memory.answer(_step(m));
    }

    function _step(Image calldata m) private pure returns (Outcome memory o) {
        _carry(m, o);
        uint256 kind = m.kind == Kind.Correction ? m.oldKind : m.kind;
        if (kind == Kind.Unknown || kind > Kind.Withdrawal) return _refuse(o, Code.UnknownKind, kind, 0);
        (uint256 required, uint256 allowed, uint256 roles) = table(kind, m.code);
        if (m.kind == Kind.Correction && kind == Kind.Payment) allowed |= Term.CODE;
        if (kind == Kind.Opening && m.contractId == 0) (required, allowed) = (Term.ON, Term.ON | Term.OFFICER);
        // an officer's post is the contract's; only where there is none does he name it
        if (kind >= Kind.Note && m.contractId == 0) allowed |= Term.OFFICER;
        if (m.kind == Kind.Withdrawal) roles = _maySign(m);
        // legacy records are recorded as found: marked, and not held against today's dates and thresholds
        bool found = m.approvals & Role.FOUND_BIT != 0;
        if (found) (roles, o.exceptions) = (Role.FOUND_BIT, Exception.Imported);
        if (m.present & required != required) return _refuse(o, Code.TermsMissing, required & ~m.present, m.kind);
        if (m.present & ~allowed != 0) return _refuse(o, Code.TermsUnused, m.present & ~allowed, m.kind);
        if (roles & (1 << m.capacity) == 0) return _refuse(o, Code.WrongCapacity, m.capacity, m.kind);

        if (m.contractId != 0 && kind <= Kind.Award && kind != Kind.Opening) {
            return _refuse(o, Code.UnknownContract, uint256(m.contractId), kind);
        }
        if (m.awardId != 0 && !_mayNameAward(m, kind)) return _refuse(o, Code.UnknownAward, uint256(m.awardId), kind);
        if (!_refers(m)) return _refuse(o, Code.UnknownReference, uint256(m.refersTo), m.kind);

        if (m.on > m.time) return _refuse(o, Code.DateInFuture, m.on, m.time);
        if (m.until > LAST_SECOND) return _refuse(o, Code.DateTooLate, m.until, LAST_SECOND);
        // what began elsewhere is recorded as found; a guarantee that has ended is still called and given back
        bool pastEnd = found || kind == Kind.Opening || (kind == Kind.Guarantee && m.code % 10 >= Surety.Called);
        if (m.until != 0 && m.until < m.on && !pastEnd) return _refuse(o, Code.DateTooEarly, m.until, m.on);
        // 0 is a day of 1970 like any other; only an opening says with it that the day is not known
        if (!found && m.present & Term.ON != 0 && kind != Kind.Opening && m.on + LATE < m.time) {
            o.exceptions |= Exception.Late;
            if (m.kind != Kind.Payment && m.kind != Kind.Return && !_approved(m)) {
                return _refuse(o, Code.SecondNeeded, Role.Approver, 0);
            }
        }

        if (m.kind == Kind.Correction) _correction(m, o);
        else if (kind == Kind.Planning) _planning(m, o);
        else if (kind == Kind.Tender) _tender(m, o);
        else if (kind == Kind.Award) _award(m, o);
        else if (kind == Kind.Contract) _contract(m, o);
        else if (kind == Kind.Opening) _opening(m, o);
        else if (kind == Kind.Note) _note(m, o);
        else if (kind == Kind.Withdrawal) _withdrawal(m, o);
        else if (m.status == Status.Unknown) _refuse(o, Code.UnknownContract, uint256(m.contractId), 0);
        else if (m.present & Term.CURRENCY != 0 && m.currencyLetters != m.contractCurrency) {
            _refuse(o, Code.CurrencyDiffers, m.contractCurrency, m.currencyLetters);
        } else if (kind == Kind.Amendment) _amendment(m, o);
        else if (kind == Kind.Implementation) _implementation(m, o);
        else if (kind == Kind.Certificate) _certificate(m, o);
        else if (kind == Kind.Payment) _payment(m, o);
        else if (kind == Kind.Countersignature) _countersignature(m, o);
        else if (kind == Kind.Guarantee) _guarantee(m, o);
        else if (kind == Kind.Return) _return(m, o);
        else if (kind == Kind.Hold) _hold(m, o);
        else _status(m, o);

        if (o.code == 0) o.code = Code.Accepted;
        o.excess = _above(o.paid, o.presentValue);
    }

    /// @inheritdoc IRules
    function table(uint256 kind, uint256 code)
        public
        pure
        returns (uint256 required, uint256 allowed, uint256 roles)
    {
        if (kind == Kind.Opening) {
            required = Term.CURRENCY | Term.VALUE | Term.DOCUMENT_KEY | Term.ON;
            allowed = required | Term.CODE | Term.PARTY | Term.OFFICER | Term.PAYER | Term.UNTIL;
            roles = Role.OFFICER_BIT;
        } else if (kind == Kind.Planning || kind == Kind.Tender) {
            required = Term.CODE;
            allowed = required | Term.CURRENCY | Term.VALUE | Term.ON | Term.UNTIL;
            roles = Role.PROCUREMENT_BIT;
        } else if (kind == Kind.Award) {
            required = code == Step.Cancelled ? Term.CODE : Term.CODE | Term.CURRENCY | Term.VALUE;
            allowed = code == Step.Cancelled
                ? required | Term.OFFICER | Term.ON
                : required | Term.PARTY | Term.OFFICER | Term.ON;
            roles = Role.PROCUREMENT_BIT | Role.OFFICER_BIT;
        } else if (kind == Kind.Contract) {
            required = Term.CODE | Term.CURRENCY | Term.VALUE | Term.OFFICER | Term.ON;
            allowed = required | Term.PARTY | Term.PAYER | Term.UNTIL | Term.DOCUMENT_KEY;
            roles = Role.OFFICER_BIT;
        } else if (kind == Kind.Amendment) {
            required = Term.CODE | Term.ON;
            allowed = required | Term.CURRENCY | Term.VALUE | Term.SCOPE_VALUE | Term.OFFICER | Term.PAYER | Term.UNTIL;
            roles = Role.OFFICER_BIT;
        } else if (kind == Kind.Implementation) {
            bool accepts = code >= Act.Progress && code <= Act.FinalHandover;
            required = accepts ? Term.CODE | Term.CURRENCY | Term.AMOUNT | Term.ON : Term.CODE | Term.ON;
            allowed = required | Term.DOCUMENT_KEY | Term.UNTIL;
            roles = Role.OFFICER_BIT;
        } else if (kind == Kind.Certificate) {
            required = Term.CURRENCY | Term.AMOUNT | Term.DOCUMENT_KEY | Term.ON;
            allowed = required | Term.ADVANCE | Term.RECOVERED | Term.WITHHELD | Term.RELEASED | Term.ISSUER;
            roles = Role.OFFICER_BIT;
        } else if (kind == Kind.Payment) {
            required = Term.CURRENCY | Term.AMOUNT | Term.DOCUMENT_TOTAL | Term.ISSUER | Term.DOCUMENT_KEY | Term.ON;
            allowed = required;
            roles = Role.TREASURER_BIT;
        } else if (kind == Kind.Transition) {
            required = Term.CODE | Term.ON;
            allowed = required | Term.UNTIL | Term.DOCUMENT_KEY;
            roles = Role.OFFICER_BIT;
        } else if (kind == Kind.Countersignature) {
            allowed = Term.ON;
            roles = Role.SUPPLIER_BIT;
        } else if (kind == Kind.Guarantee) {
            required = Term.CODE | Term.CURRENCY | Term.AMOUNT | Term.DOCUMENT_KEY | Term.ON | Term.UNTIL;
            allowed = required;
            roles = Role.OFFICER_BIT;
        } else if (kind == Kind.Return) {
            required = Term.CODE | Term.CURRENCY | Term.AMOUNT | Term.DOCUMENT_TOTAL | Term.ISSUER | Term.DOCUMENT_KEY
                | Term.ON;
            allowed = required;
            roles = Role.TREASURER_BIT;
        } else if (kind == Kind.Hold) {
            required = Term.CODE | Term.ON;
            allowed = required | Term.UNTIL | Term.ISSUER;
            roles = Role.HOLDER_BITS;
        } else if (kind == Kind.Note) {
            allowed = Term.ON;
            roles = Role.EVERY_BIT;
        }
        // a withdrawal has no terms, and the roles of the entry that it names
    }

    /// A withdrawal is signed as its target was: a note in the same capacity, the others by whoever may sign their kind.
    function _maySign(Image calldata m) private pure returns (uint256 roles) {
        if (m.oldKind == Kind.Note) return 1 << m.oldCapacity;
        (,, roles) = table(m.oldKind, m.oldCode);
    }

    function _mayNameAward(Image calldata m, uint256 kind) private pure returns (bool) {
        if (kind == Kind.Award || kind == Kind.Contract) return true;
        if (kind == Kind.Opening) return m.contractId != 0;
        return kind >= Kind.Note && m.contractId == 0;
    }

    /// What no rule looks at must not stand in the leaf as if it had been checked, and what a rule needs must be there.
    function _refers(Image calldata m) private pure returns (bool) {
        uint256 kind = m.kind;
        if (kind == Kind.Note || kind == Kind.Certificate) return true;
        bool needed = kind == Kind.Correction || kind == Kind.Countersignature || kind == Kind.Return
            || kind == Kind.Withdrawal || (kind == Kind.Guarantee && m.code % 10 != Surety.Posted);
        return needed == (m.refersTo != 0);
    }

    // ---- sections before the contract ----

    function _planning(Image calldata m, Outcome memory o) private pure {
        o.planningStatus = _section(m, o, m.planningStatus);
    }

    function _tender(Image calldata m, Outcome memory o) private pure {
        o.tenderStatus = _section(m, o, m.tenderStatus);
    }

    /// Planning and tender: new once, then updates and amendments until cancelled.
    function _section(Image calldata m, Outcome memory o, uint256 status) private pure returns (uint256) {
        if (m.code == Step.Unknown || m.code > Step.Cancelled) {
            _refuse(o, Code.UnknownCode, m.code, m.kind);
        } else if (status != (m.code == Step.New ? Status.Unknown : Status.Active)) {
            _refuse(o, Code.InvalidTransition, status, m.code);
        } else {
            _money(m, o);
        }
        return m.code == Step.Cancelled ? Status.Cancelled : Status.Active;
    }

    /// A planning or tender says a value with its currency, or neither.
    function _money(Image calldata m, Outcome memory o) private pure {
        uint256 money = m.present & (Term.CURRENCY | Term.VALUE);
        if (money == Term.CURRENCY) _fail(o, Code.TermsMissing, Term.VALUE, m.kind);
        else if (money == Term.VALUE) _fail(o, Code.TermsMissing, Term.CURRENCY, m.kind);
    }

    function _award(Image calldata m, Outcome memory o) private pure {
        if (m.awardId == 0) return _fail(o, Code.UnknownAward, 0, 0);
        if (m.code == Step.Unknown || m.code > Step.Cancelled) return _fail(o, Code.UnknownCode, m.code, m.kind);
        if (m.tenderStatus == Status.Cancelled && m.code == Step.New) {
            return _fail(o, Code.InvalidTransition, Status.Cancelled, m.code);
        }
        if (m.awardStatus != (m.code == Step.New ? Status.Unknown : Status.Active)) {
            return _fail(o, Code.InvalidTransition, m.awardStatus, m.code);
        }
        if (m.code == Step.Cancelled) {
            if (m.awardAgreed != 0) return _fail(o, Code.AwardExceeded, m.awardAgreed, 0);
            o.awardStatus = Status.Cancelled;
            return;
        }
        if (m.code != Step.New && m.currencyLetters != m.awardCurrency) {
            return _fail(o, Code.CurrencyDiffers, m.awardCurrency, m.currencyLetters);
        }
        if (m.party != 0 && m.partyKnown == 0) return _fail(o, Code.UnknownParty, uint256(m.party), 0);
        // openings may have brought more than the award; that alone does not stop what lowers nothing
        if (m.value < m.awardAgreed && m.value < m.awardValue) {
            return _fail(o, Code.AwardExceeded, m.awardAgreed, m.value);
        }
        if (!_secondSigned(m, o, m.value)) return;
        if (m.code == Step.New) ++o.agreements;
        o.awardStatus = Status.Active;
        o.awardValue = m.value;
    }

    // ---- the contract ----

    function _contract(Image calldata m, Outcome memory o) private pure {
        if (m.contractId == 0) return _fail(o, Code.UnknownContract, 0, 0);
        if (m.status != Status.Unknown) return _fail(o, Code.IdInUse, m.status, 0);
        if (m.code == Form.Unknown || m.code > Form.Other) return _fail(o, Code.UnknownCode, m.code, m.kind);
        if (!_partyFits(m, o, m.code)) return;
        if (m.awardId != 0) {
            if (m.awardStatus == Status.Unknown) return _fail(o, Code.UnknownAward, uint256(m.awardId), 0);
            if (m.awardStatus != Status.Active) return _fail(o, Code.BeforeAward, m.awardStatus, 0);
            if (m.awardCurrency != m.currencyLetters) {
                return _fail(o, Code.CurrencyDiffers, m.awardCurrency, m.currencyLetters);
            }
            if (m.awardParty != 0 && m.awardParty != m.party) {
                return _fail(o, Code.PartyDiffers, uint256(m.awardParty), uint256(m.party));
            }
            o.awardAgreed = m.awardAgreed + m.value;
            if (o.awardAgreed > m.awardValue) return _fail(o, Code.AwardExceeded, o.awardAgreed, m.awardValue);
            ++o.awardContracts;
        } else if (m.awardForms & (1 << m.code) != 0) {
            return _fail(o, Code.AwardNeeded, m.code, 0);
        }
        if (!_secondSigned(m, o, m.value)) return;
        o.status = Status.Pending;
        o.firstValue = o.presentValue = o.presentScope = m.value;
        o.supplierSigned = _signedBySupplier(m);
        ++o.agreements;
    }

    /// Terms that a supplier approved are signed by him; other terms wait for his countersignature.
    function _signedBySupplier(Image calldata m) private pure returns (uint256) {
        return m.approvals & Role.SUPPLIER_BIT == 0 ? 0 : 1;
    }

    /// Swakelola is done by the agency itself; every other form names its supplier, who must be registered.
    function _partyFits(Image calldata m, Outcome memory o, uint256 form) private pure returns (bool) {
        if (form == Form.Swakelola) {
            if (m.party != 0) _refuse(o, Code.PartyDiffers, 0, uint256(m.party));
        } else if (m.party == 0) {
            _refuse(o, Code.PartyNeeded, form, 0);
        } else if (m.partyKnown == 0) {
            _refuse(o, Code.UnknownParty, uint256(m.party), 0);
        }
        return o.code == 0;
    }

    function _opening(Image calldata m, Outcome memory o) private pure {
        if (!_approved(m)) return _fail(o, Code.SecondNeeded, Role.Approver, 0);
        o.exceptions |= Exception.Imported;
        if (m.contractId == 0) {
            // the rows of a lot come in any order, and after what another wave brought and was taken back
            bool begins = m.processSequence == 1 || m.approvals & Role.FOUND_BIT != 0;
            if (!begins || m.opened != 0) _fail(o, Code.IdInUse, 0, m.processSequence);
            return;
        }
        if (m.status != Status.Unknown) return _fail(o, Code.IdInUse, m.status, 0);
        if (m.code > Form.Other) return _fail(o, Code.UnknownCode, m.code, m.kind);
        if (m.oldCode == Status.Unknown || m.oldCode > Status.Cancelled) {
            return _fail(o, Code.UnknownCode, m.oldCode, m.kind);
        }
        if (m.oldCurrency != m.currency) return _fail(o, Code.CurrencyDiffers, m.currencyLetters, 0);
        if (m.oldOn > m.time) return _fail(o, Code.DateInFuture, m.oldOn, m.time);
        if (m.party != 0 && m.partyKnown == 0) return _fail(o, Code.UnknownParty, uint256(m.party), 0);
        if (m.awardId != 0) {
            if (m.awardStatus != Status.Active) return _fail(o, Code.UnknownAward, uint256(m.awardId), 0);
            if (m.awardCurrency != m.currencyLetters) {
                return _fail(o, Code.CurrencyDiffers, m.awardCurrency, m.currencyLetters);
            }
            if (m.awardParty != 0 && m.party != 0 && m.awardParty != m.party) {
                return _fail(o, Code.PartyDiffers, uint256(m.awardParty), uint256(m.party));
            }
            ++o.awardContracts;
        }
        uint256 all = m.oldValue | m.oldScopeValue | m.oldUntil | m.oldAmount | m.oldAdvance | m.oldRecovered
            | m.oldWithheld | m.oldReleased | m.oldDocumentTotal;
        if (all > MAX_AMOUNT) return _fail(o, Code.AmountTooLarge, all, MAX_AMOUNT);
        // a word of the balances that no rule reads could tell a reader something else
        if (m.oldIssuer | m.oldDocumentKey | m.oldParty | m.oldOfficer | m.oldPayer != 0) {
            return _fail(o, Code.WrongPreimage, uint256(m.documentKey), 0);
        }
        // what was agreed before it began here counts, even above the award: it is recorded as found. One that was
        // cancelled before it came here binds nothing, as one that is cancelled here.
        if (m.awardId != 0 && m.oldCode != Status.Cancelled) {
            o.awardAgreed = m.awardAgreed + m.oldValue;
            if (o.awardAgreed > MAX_AMOUNT) return _fail(o, Code.AmountTooLarge, o.awardAgreed, MAX_AMOUNT);
        }
        o.status = o.previousStatus = m.oldCode;
        o.supplierSigned = _signedBySupplier(m);
        ++o.agreements;
        o.firstValue = m.oldValue;
        o.presentValue = m.value;
        o.presentScope = m.oldScopeValue;
        o.accepted = m.oldUntil;
        o.certified = m.oldAmount;
        o.advanced = m.oldAdvance;
        o.recoveredTotal = m.oldRecovered;
        o.withheldTotal = m.oldWithheld;
        o.releasedTotal = m.oldReleased;
        o.paid = m.oldDocumentTotal;
    }

    function _amendment(Image calldata m, Outcome memory o) private pure {
        if (m.code == 0 || m.code > Act.ALL_REASONS) return _fail(o, Code.UnknownCode, m.code, m.kind);
        bool final_ = m.code & Act.FINAL_ACCOUNT != 0;
        bool open = m.status == Status.Pending || m.status == Status.Active
            || (final_ && m.status >= Status.Completed && m.status <= Status.Broken);
        if (!open) return _fail(o, Code.InvalidTransition, m.status, m.code);
        o.supplierSigned = _signedBySupplier(m);
        uint256 money = m.present & (Term.CURRENCY | Term.VALUE | Term.SCOPE_VALUE);
        if (money == 0) return;
        if (money != Term.CURRENCY | Term.VALUE | Term.SCOPE_VALUE) {
            return _fail(o, Code.TermsMissing, (Term.CURRENCY | Term.VALUE | Term.SCOPE_VALUE) & ~money, m.kind);
        }
        bool changesPrice = _marked(m, o, m.presentValue, m.presentScope);
        if (changesPrice && !_approved(m)) return _fail(o, Code.SecondNeeded, Role.Approver, 0);
        if (m.scopeValue < m.presentScope) o.scopeReduced = 1;
        _changeValue(m, o, m.firstValue, m.value, m.scopeValue);
        if (o.code == 0) _secondSigned(m, o, m.value);
    }

    /// A change of scope names its reason, and so does a change of price: of what value and scope value differ by.
    function _marked(Image calldata m, Outcome memory o, uint256 valueBefore, uint256 scopeBefore)
        private
        pure
        returns (bool changesPrice)
    {
        if (m.scopeValue != scopeBefore && m.code & (Act.SCOPE | Act.FINAL_ACCOUNT) == 0) {
            _fail(o, Code.ScopeChangeUnmarked, scopeBefore, m.scopeValue);
        }
        // values are at most 2^128, so the differences fit int256
        int256 priceBefore = int256(valueBefore) - int256(scopeBefore);
        int256 priceAfter = int256(m.value) - int256(m.scopeValue);
        changesPrice = priceBefore != priceAfter;
        if (changesPrice && m.code & (Act.PRICE_ADJUSTMENT | Act.TAX_CHANGE | Act.FINAL_ACCOUNT) == 0) {
            _fail(o, Code.PriceChangeUnmarked, uint256(priceBefore), uint256(priceAfter));
        }
    }

    /// The one place where a value changes: the scope cap over the first value, and never silently below what is certified.
    function _changeValue(Image calldata m, Outcome memory o, uint256 first, uint256 value, uint256 scope) private pure {
        if (first > MAX_AMOUNT || value > MAX_AMOUNT || scope > MAX_AMOUNT) {
            return _fail(o, Code.AmountTooLarge, value, MAX_AMOUNT);
        }
        uint256 highest = first + first * m.capBps / 10_000;
        // a scope above the cap needs a signature of its own only where this entry raises it or lowers the first value
        if (scope > highest && (scope > m.presentScope || first < m.firstValue)) {
            if (!_excepted(m, o, Exception.ScopeAboveCap)) return _fail(o, Code.ScopeAboveCap, scope, highest);
        }
        uint256 certified = _above(o.certified + o.advanced, o.recoveredTotal);
        if (value < certified && value < m.presentValue) {
            if (!_excepted(m, o, Exception.ValueBelowCertified)) {
                return _fail(o, Code.ValueBelowCertified, value, certified);
            }
        }
        (o.firstValue, o.presentValue, o.presentScope) = (first, value, scope);
    }

    function _implementation(Image calldata m, Outcome memory o) private pure {
        if (m.code == 0 || m.code > Act.Report) return _fail(o, Code.UnknownCode, m.code, m.kind);
        if (m.status >= Status.Cancelled) return _fail(o, Code.InvalidTransition, m.status, m.code);
        if (m.code == Act.Report) return;
        if (m.status == Status.Closed) return _fail(o, Code.InvalidTransition, m.status, m.code);
        if (m.code == Act.StartOrder) {
            o.previousStatus = m.status; // what a withdrawal of it goes back to
            if (m.status == Status.Pending) o.status = Status.Active;
        }
        if (m.code < Act.Progress) return;
        if (m.status == Status.Pending) return _fail(o, Code.InvalidTransition, m.status, m.code);
        if (m.amount < m.accepted) {
            if (m.scopeReduced == 0) return _fail(o, Code.AcceptedFalls, m.accepted, m.amount);
            if (!_approved(m)) return _fail(o, Code.SecondNeeded, Role.Approver, 0);
            o.scopeReduced = 0;
        }
        _accept(m, o, m.amount);
    }

    function _accept(Image calldata m, Outcome memory o, uint256 accepted) private pure {
        if (accepted > MAX_AMOUNT) return _fail(o, Code.AmountTooLarge, accepted, MAX_AMOUNT);
        if (accepted > o.presentValue && !_excepted(m, o, Exception.AcceptedAboveValue)) {
            return _fail(o, Code.AcceptedAboveValue, accepted, o.presentValue);
        }
        o.accepted = accepted;
    }

    function _certificate(Image calldata m, Outcome memory o) private pure {
        if (m.status < Status.Active || m.status > Status.Broken) {
            return _fail(o, Code.InvalidTransition, m.status, m.kind);
        }
        if (m.held != 0) return _fail(o, Code.OnHold, m.held, 0);
        if (m.numberUsed != 0) return _fail(o, Code.NumberUsed, uint256(m.documentKey), 0);
        if (m.refersTo != 0) {
            if (m.guaranteeType == 0) return _fail(o, Code.UnknownReference, uint256(m.refersTo), m.kind);
            if (m.guaranteeType != Surety.YearEnd) return _fail(o, Code.WrongReference, m.guaranteeType, 0);
        }
        o.certified = m.certified + m.amount;
        o.advanced = m.advanced + m.advance;
        o.recoveredTotal = m.recoveredTotal + m.recovered;
        o.withheldTotal = m.withheldTotal + m.withheld;
        o.releasedTotal = m.releasedTotal + m.released;
        _certified(m, o);
    }

    /// What must hold of the certified sums after a certificate or its correction.
    function _certified(Image calldata m, Outcome memory o) private pure {
        // an opening may have found more recovered than advanced: that stands, and no entry makes it worse
        if (_above(o.recoveredTotal, o.advanced) > _above(m.recoveredTotal, m.advanced)) {
            return _fail(o, Code.RecoveredAboveAdvance, o.recoveredTotal, o.advanced);
        }
        if (_above(o.releasedTotal, o.withheldTotal) > _above(m.releasedTotal, m.withheldTotal)) {
            return _fail(o, Code.ReleasedAboveWithheld, o.releasedTotal, o.withheldTotal);
        }
        uint256 all = o.certified | o.advanced | o.recoveredTotal | o.withheldTotal | o.releasedTotal;
        if (all > MAX_AMOUNT) return _fail(o, Code.AmountTooLarge, all, MAX_AMOUNT);
        uint256 total = _above(o.certified + o.advanced, o.recoveredTotal);
        if (total > o.presentValue && !_excepted(m, o, Exception.CertifiedAboveValue)) {
            return _fail(o, Code.CertifiedAboveValue, total, o.presentValue);
        }
        // work certified is bound by work accepted; the outstanding advance stands on both sides and cancels out
        // work that a year-end guarantee stands for may be paid before it is done
        uint256 bound = o.accepted;
        if (m.kind == Kind.Certificate && m.guaranteeUntil >= m.on) bound += m.guaranteeAmount;
        if (m.certificatesBound != 0 && o.certified > bound && !_excepted(m, o, Exception.CertifiedAboveAccepted)) {
            return _fail(o, Code.CertifiedAboveAccepted, o.certified, bound);
        }
        // what it authorises to be paid: an advance is no smaller decision than work of that amount
        _secondSigned(m, o, m.amount + m.advance);
    }

    function _payment(Image calldata m, Outcome memory o) private pure {
        if (m.documentKnownTotal != 0 && m.documentKnownTotal != m.documentTotal) {
            return _fail(o, Code.DocumentTotalDiffers, m.documentKnownTotal, m.documentTotal);
        }
        o.documentUsed = m.documentUsed + m.amount;
        if (o.documentUsed > m.documentTotal) {
            return _fail(o, Code.DocumentExceeded, o.documentUsed, m.documentTotal);
        }
        _paid(m, o, m.paid + _counted(m.balanceOn, m.on, 0, m.amount));
    }

    /// A cleared payment is a fact: it is marked, never refused, for hold, closure or amount.
    function _paid(Image calldata m, Outcome memory o, uint256 paid) private pure {
        if (paid > MAX_AMOUNT) return _fail(o, Code.AmountTooLarge, paid, MAX_AMOUNT);
        o.paid = paid;
        if (paid > m.presentValue) o.exceptions |= Exception.PaidAboveValue;
        if (m.held != 0) o.exceptions |= Exception.PaidWhileHeld;
        if (m.status >= Status.Closed) o.exceptions |= Exception.PaidAfterClosure;
        if (m.status == Status.Pending) o.exceptions |= Exception.PaidBeforeActive;
        if (m.balanceOn != 0 && m.on <= m.balanceOn) o.exceptions |= Exception.BeforeOpening;
    }

    /// Paid on or before an opening's balance date: in the balance already, unless a correction (code 1) says otherwise.
    function _counted(uint256 balanceOn, uint256 on, uint256 code, uint256 amount) private pure returns (uint256) {
        return balanceOn != 0 && on <= balanceOn && code != Act.NotInBalance ? 0 : amount;
    }

    /// What came back of a payment: never more than was paid, each document once, and a fact like the payment itself.
    function _return(Image calldata m, Outcome memory o) private pure {
        if (m.oldKind != Kind.Payment) return _fail(o, Code.WrongReference, m.oldKind, 0);
        if (m.code == 0 || m.code > Act.Voided) return _fail(o, Code.UnknownCode, m.code, m.kind);
        o.returned = m.returned + m.amount;
        if (m.amount == 0 || o.returned > m.paymentAmount) {
            return _fail(o, Code.RemainderExceeded, m.amount == 0 ? 0 : o.returned, m.paymentAmount);
        }
        if (m.code == Act.Voided) {
            if (!_sameDocument(m)) return _fail(o, Code.WrongReference, m.oldKind, 0);
            o.documentUsed = _shift(o, m.documentUsed, 0, m.amount);
        } else {
            if (m.documentKnownTotal != 0 && m.documentKnownTotal != m.documentTotal) {
                return _fail(o, Code.DocumentTotalDiffers, m.documentKnownTotal, m.documentTotal);
            }
            o.documentUsed = m.documentUsed + m.amount;
            if (o.documentUsed > m.documentTotal) {
                return _fail(o, Code.DocumentExceeded, o.documentUsed, m.documentTotal);
            }
        }
        if (o.code == 0) _paidBack(m, o, 0, _counted(m.balanceOn, m.on, 0, m.amount));
    }

    function _sameDocument(Image calldata m) private pure returns (bool) {
        return m.issuer == m.oldIssuer && m.documentKey == m.oldDocumentKey && m.documentTotal == m.oldDocumentTotal;
    }

    /// @param before what the entry that is corrected took off; @param now_ what is taken off instead
    function _paidBack(Image calldata m, Outcome memory o, uint256 before, uint256 now_) private pure {
        uint256 paid = _above(m.paid + before, now_);
        if (paid > MAX_AMOUNT) return _fail(o, Code.AmountTooLarge, paid, MAX_AMOUNT);
        o.paid = paid;
        if (paid > m.presentValue) o.exceptions |= Exception.PaidAboveValue;
        if (m.status >= Status.Closed) o.exceptions |= Exception.PaidAfterClosure;
        if (m.balanceOn != 0 && m.on <= m.balanceOn) o.exceptions |= Exception.BeforeOpening;
    }

    /// The supplier signs the terms as they stand: the entry that set them last is the basis and is named.
    function _countersignature(Image calldata m, Outcome memory o) private pure {
        if (m.refersTo != m.basis) return _fail(o, Code.WrongReference, m.kind, 0);
        if (m.status > Status.Broken) return _fail(o, Code.InvalidTransition, m.status, m.kind);
        if (m.supplierSigned != 0) return _fail(o, Code.NothingToSign, m.status, 0);
        o.supplierSigned = 1;
    }

    function _guarantee(Image calldata m, Outcome memory o) private pure {
        (uint256 sort, uint256 action) = (m.code / 10, m.code % 10);
        if (sort == 0 || sort > Surety.YearEnd || action == 0 || action > Surety.Returned) {
            return _fail(o, Code.UnknownCode, m.code, m.kind);
        }
        if (m.status > Status.Broken) return _fail(o, Code.InvalidTransition, m.status, m.code);
        (o.guaranteeAmount, o.guaranteeUntil) = (m.amount, m.until);
        if (action == Surety.Posted) {
            if (m.amount == 0) return _fail(o, Code.GuaranteeDiffers, 0, 0);
            if (m.numberUsed != 0) _fail(o, Code.NumberUsed, uint256(m.documentKey), 0);
            return;
        }
        if (m.guaranteeType == 0) return _fail(o, Code.UnknownReference, uint256(m.refersTo), m.kind);
        if (m.guaranteeType != sort) return _fail(o, Code.WrongReference, m.guaranteeType, m.code);
        bool amountFits;
        if (action == Surety.Extended) {
            amountFits = m.amount == m.guaranteeAmount;
        } else if (action == Surety.Reduced) {
            amountFits = m.amount < m.guaranteeAmount;
        } else if (action == Surety.Called) {
            amountFits = m.amount <= m.guaranteeAmount;
            o.guaranteeAmount = _above(m.guaranteeAmount, m.amount);
        } else {
            amountFits = m.amount == m.guaranteeAmount;
            o.guaranteeAmount = 0;
        }
        if (!amountFits || m.amount == 0) return _fail(o, Code.GuaranteeDiffers, m.guaranteeAmount, m.amount);
        if (action != Surety.Extended) {
            if (m.until != m.guaranteeUntil) _fail(o, Code.GuaranteeDiffers, m.guaranteeUntil, m.until);
        } else if (m.until <= m.guaranteeUntil) {
            _fail(o, Code.DateTooEarly, m.until, m.guaranteeUntil);
        } else if (m.on > m.guaranteeUntil) {
            _fail(o, Code.GuaranteeDiffers, m.guaranteeUntil, m.on); // what has ended is posted anew
        }
    }

    /// Each capacity holds for itself, and lifts what it held: nobody lifts an inspector's hold but an inspector.
    function _hold(Image calldata m, Outcome memory o) private pure {
        if (m.code != Act.Held && m.code != Act.Lifted) return _fail(o, Code.UnknownCode, m.code, m.kind);
        if (m.code == Act.Lifted && m.present & Term.UNTIL != 0) return _fail(o, Code.TermsUnused, Term.UNTIL, m.kind);
        if (m.capacity != Role.Treasurer && m.present & Term.ISSUER != 0) {
            return _fail(o, Code.TermsUnused, Term.ISSUER, m.kind);
        }
        if (m.status > Status.Broken) return _fail(o, Code.InvalidTransition, m.status, m.code);
        uint256 lane = m.capacity == Role.Officer ? 0 : m.capacity == Role.Treasurer ? 64 : m.capacity == Role.Overseer ? 128 : 192;
        uint256 others = m.holds & ~(uint256(type(uint64).max) << lane);
        if (m.code == Act.Lifted) {
            if (uint64(m.holds >> lane) <= m.time) return _fail(o, Code.NotHeld, m.capacity, 0);
            o.holds = others;
            return;
        }
        uint256 until = m.present & Term.UNTIL == 0 ? type(uint64).max : m.until;
        if (until <= m.time) return _fail(o, Code.DateTooEarly, until, m.time);
        o.holds = others | until << lane;
    }

    /// A remark: it changes nothing, whatever the contract has become.
    function _note(Image calldata m, Outcome memory o) private pure {
        if (m.contractId != 0) {
            if (m.status == Status.Unknown) _fail(o, Code.UnknownContract, uint256(m.contractId), 0);
        } else if (m.awardId != 0 && m.awardStatus == Status.Unknown) {
            _fail(o, Code.UnknownAward, uint256(m.awardId), 0);
        }
    }

    /// An entry that should not have been made is taken out of force; history keeps it.
    function _withdrawal(Image calldata m, Outcome memory o) private pure {
        (uint256 kind, uint256 code) = (m.oldKind, m.oldCode);
        bool ofSection = kind >= Kind.Planning && kind <= Kind.Award && (code == Step.New || code == Step.Cancelled);
        bool ofWork = kind == Kind.Implementation && (code < Act.Progress || code == Act.Report);
        if (!ofSection && !ofWork && kind != Kind.Note) return _fail(o, Code.NotWithdrawable, kind, code);
        if (!_approved(m)) return _fail(o, Code.SecondNeeded, Role.Approver, 0);
        bool starts = ofWork && code == Act.StartOrder;
        if ((ofSection || starts) && m.refersTo != m.basis) return _fail(o, Code.WrongReference, kind, 0);
        if (ofWork && m.status > Status.Broken) return _fail(o, Code.InvalidTransition, m.status, m.kind);
        if (starts && m.previousStatus == Status.Pending) {
            if (m.status != Status.Active || m.accepted | m.certified | m.advanced | m.paid != 0) {
                return _fail(o, Code.InvalidTransition, m.status, m.kind);
            }
            o.status = Status.Pending;
        }
        if (!ofSection) return;
        uint256 status = code == Step.New ? Status.Unknown : Status.Active;
        uint256 dependants;
        if (kind == Kind.Planning) {
            o.planningStatus = status;
            dependants = m.agreements + (m.tenderStatus == Status.Unknown ? 0 : 1);
        } else if (kind == Kind.Tender) {
            o.tenderStatus = status;
            dependants = m.agreements;
        } else {
            o.awardStatus = status;
            dependants = m.awardContracts;
            if (code == Step.New) (o.awardValue, o.agreements) = (0, _above(m.agreements, 1));
        }
        if (code == Step.New && dependants != 0) _fail(o, Code.HasDependants, dependants, kind);
    }

    function _status(Image calldata m, Outcome memory o) private pure {
        uint256 from = m.status;
        bool legal;
        if (m.code == Act.Activated) {
            legal = from == Status.Pending;
            o.status = Status.Active;
        } else if (m.code >= Act.Completed && m.code <= Act.Broken) {
            legal = from == Status.Active;
            o.status = m.code + 1; // completed, stopped, broken stand in the same order in both lists
        } else if (m.code == Act.Closed) {
            legal = from >= Status.Completed && from <= Status.Broken;
            o.status = Status.Closed;
            o.previousStatus = from;
        } else if (m.code == Act.Reopened) {
            legal = from == Status.Closed || from == Status.Completed || from == Status.Stopped;
            o.status = from == Status.Closed && m.previousStatus != Status.Closed ? m.previousStatus : Status.Active;
        } else if (m.code == Act.Cancelled || m.code == Act.RecordedInError) {
            legal = from == Status.Pending;
            o.status = m.code == Act.Cancelled ? Status.Cancelled : Status.RecordedInError;
            o.awardAgreed = _above(m.awardAgreed, m.firstValue);
        } else {
            return _fail(o, Code.UnknownCode, m.code, m.kind);
        }
        if (!legal) return _fail(o, Code.InvalidTransition, from, m.code);
        if ((m.code == Act.Broken || m.code == Act.Reopened) && !_approved(m)) {
            return _fail(o, Code.SecondNeeded, Role.Approver, 0);
        }
        _secondSigned(m, o, m.presentValue);
    }

    // ---- corrections ----

    /// What should have been recorded, with every term of its kind; new minus old is applied.
    function _correction(Image calldata m, Outcome memory o) private pure {
        uint256 kind = m.oldKind;
        if (CORRECTABLE >> kind & 1 == 0) return _fail(o, Code.WrongReference, kind, 0);
        if (!_approved(m)) return _fail(o, Code.SecondNeeded, Role.Approver, 0);
        if (m.present & Term.CURRENCY != 0 && m.oldPresent & Term.CURRENCY != 0 && m.currency != m.oldCurrency) {
            return _fail(o, Code.CurrencyDiffers, 0, m.currencyLetters);
        }
        if (kind == Kind.Planning || kind == Kind.Tender) return _correctSection(m, o);
        if (kind == Kind.Award) return _correctAward(m, o);
        if (kind == Kind.Opening && m.contractId == 0) return;
        if (m.status == Status.Unknown) return _fail(o, Code.UnknownContract, uint256(m.contractId), 0);
        if (m.status >= Status.Closed && kind != Kind.Payment && kind != Kind.Return) {
            return _fail(o, Code.InvalidTransition, m.status, m.kind);
        }
        if (kind == Kind.Payment) return _correctPayment(m, o);
        if (kind == Kind.Return) return _correctReturn(m, o);
        if (kind == Kind.Guarantee) return _correctGuarantee(m, o);
        if (kind == Kind.Certificate) return _correctCertificate(m, o);
        if (kind == Kind.Implementation) return _correctImplementation(m, o);
        _correctValue(m, o, kind);
    }

    function _correctSection(Image calldata m, Outcome memory o) private pure {
        if (m.code != m.oldCode) return _fail(o, Code.UnknownCode, m.code, m.oldKind);
        _money(m, o);
    }

    function _correctAward(Image calldata m, Outcome memory o) private pure {
        if (m.code != m.oldCode) return _fail(o, Code.UnknownCode, m.code, m.oldKind);
        if (m.awardStatus != Status.Active) return _fail(o, Code.BeforeAward, m.awardStatus, 0);
        if (m.party != 0 && m.partyKnown == 0) return _fail(o, Code.UnknownParty, uint256(m.party), 0);
        uint256 value = _shift(o, m.awardValue, m.value, m.oldValue);
        if (value > MAX_AMOUNT) return _fail(o, Code.AmountTooLarge, value, MAX_AMOUNT);
        if (value < m.awardAgreed && value < m.awardValue) return _fail(o, Code.AwardExceeded, m.awardAgreed, value);
        o.awardValue = value;
        _secondSigned(m, o, m.value);
    }

    /// Of a contract, an opening or an amendment.
    function _correctValue(Image calldata m, Outcome memory o, uint256 kind) private pure {
        if (!_fits(m, o, kind)) return;
        o.supplierSigned = _signedBySupplier(m);
        uint256 money = Term.CURRENCY | Term.VALUE | Term.SCOPE_VALUE;
        if (m.present & money != m.oldPresent & money) {
            return _fail(o, Code.TermsMissing, (m.present ^ m.oldPresent) & money, m.kind);
        }
        uint256 first = m.firstValue;
        uint256 value = _shift(o, m.presentValue, m.value, m.oldValue);
        uint256 scope = m.presentScope;
        if (kind == Kind.Contract) {
            first = _shift(o, first, m.value, m.oldValue);
            scope = _shift(o, scope, m.value, m.oldValue);
            if (first > m.firstValue) o.exceptions |= Exception.RaisesFirstValue;
            if (m.awardStatus != Status.Unknown) {
                o.awardAgreed = _shift(o, m.awardAgreed, m.value, m.oldValue);
                if (o.awardAgreed > m.awardAgreed) {
                    if (m.awardStatus != Status.Active) return _fail(o, Code.BeforeAward, m.awardStatus, 0);
                    if (o.awardAgreed > m.awardValue) {
                        return _fail(o, Code.AwardExceeded, o.awardAgreed, m.awardValue);
                    }
                }
            }
        } else if (kind == Kind.Amendment) {
            if (m.present & money == 0) return;
            _marked(m, o, m.oldValue, m.oldScopeValue);
            scope = _shift(o, scope, m.scopeValue, m.oldScopeValue);
        }
        if (o.code == 0) _changeValue(m, o, first, value, scope);
        if (o.code == 0 && kind != Kind.Opening) _secondSigned(m, o, m.value);
    }

    /// Form, supplier, award and reasons fit each other after a correction as they must in the entry itself.
    function _fits(Image calldata m, Outcome memory o, uint256 kind) private pure returns (bool) {
        if (kind == Kind.Amendment) {
            return m.code != 0 && m.code <= Act.ALL_REASONS || _refuse(o, Code.UnknownCode, m.code, kind).code == 0;
        }
        if (m.code > Form.Other || (kind == Kind.Contract && m.code == Form.Unknown)) {
            _refuse(o, Code.UnknownCode, m.code, kind);
        } else if (kind == Kind.Opening) {
            if (m.party != 0 && m.partyKnown == 0) _refuse(o, Code.UnknownParty, uint256(m.party), 0);
            // balances are not corrected: another hash would name some that were never looked at
            if (m.documentKey != m.oldDocumentKey) {
                _refuse(o, Code.WrongPreimage, uint256(m.oldDocumentKey), uint256(m.documentKey));
            }
        } else if (_partyFits(m, o, m.code) && m.code != m.oldCode && m.awardId == 0) {
            if (m.awardForms & (1 << m.code) != 0) _refuse(o, Code.AwardNeeded, m.code, 0);
        }
        bool another = m.party != m.oldParty && m.party != m.awardParty && (m.party != 0 || kind == Kind.Contract);
        if (another && m.awardParty != 0) _refuse(o, Code.PartyDiffers, uint256(m.awardParty), uint256(m.party));
        return o.code == 0;
    }

    function _correctImplementation(Image calldata m, Outcome memory o) private pure {
        if (m.code != m.oldCode) return _fail(o, Code.UnknownCode, m.code, m.oldKind);
        if (m.present & Term.AMOUNT == 0) return;
        uint256 accepted = _shift(o, m.accepted, m.amount, m.oldAmount);
        if (o.code == 0) _accept(m, o, accepted);
    }

    function _correctCertificate(Image calldata m, Outcome memory o) private pure {
        if (m.documentKey != m.oldDocumentKey && m.numberUsed != 0) {
            return _fail(o, Code.NumberUsed, uint256(m.documentKey), 0);
        }
        o.certified = _shift(o, m.certified, m.amount, m.oldAmount);
        o.advanced = _shift(o, m.advanced, m.advance, m.oldAdvance);
        o.recoveredTotal = _shift(o, m.recoveredTotal, m.recovered, m.oldRecovered);
        o.withheldTotal = _shift(o, m.withheldTotal, m.withheld, m.oldWithheld);
        o.releasedTotal = _shift(o, m.releasedTotal, m.released, m.oldReleased);
        if (o.code == 0) _certified(m, o);
    }

    function _correctPayment(Image calldata m, Outcome memory o) private pure {
        if (m.code > Act.NotInBalance) return _fail(o, Code.UnknownCode, m.code, Kind.Payment);
        if (m.amount < m.returned) return _fail(o, Code.BelowReturned, m.returned, m.amount);
        bool same = m.issuer == m.oldIssuer && m.documentKey == m.oldDocumentKey;
        // what was voided of it came off the document that it named: that one keeps the rest
        if (!same && m.returned != 0) return _fail(o, Code.BelowReturned, m.returned, 0);
        uint256 used = same ? _shift(o, m.documentUsed, m.amount, m.oldAmount) : m.documentUsed + m.amount;
        if (!same) {
            if (m.documentKnownTotal != 0 && m.documentKnownTotal != m.documentTotal) {
                return _fail(o, Code.DocumentTotalDiffers, m.documentKnownTotal, m.documentTotal);
            }
            o.oldDocumentUsed = _shift(o, m.oldDocumentUsed, 0, m.oldAmount);
        }
        if (used > m.documentTotal) return _fail(o, Code.DocumentExceeded, used, m.documentTotal);
        o.documentUsed = used;
        uint256 paid = _shift(
            o,
            m.paid,
            _counted(m.balanceOn, m.on, m.code, m.amount),
            _counted(m.balanceOn, m.oldOn, m.oldCode, m.oldAmount)
        );
        if (o.code == 0) _paid(m, o, paid);
    }

    function _correctReturn(Image calldata m, Outcome memory o) private pure {
        if (m.code != m.oldCode) return _fail(o, Code.UnknownCode, m.code, m.oldKind);
        // what was corrected to nothing never came; its payment may name another document since
        if (m.oldAmount == 0) return _fail(o, Code.WrongReference, m.oldKind, 0);
        o.returned = _shift(o, m.returned, m.amount, m.oldAmount);
        if (o.returned > m.paymentAmount) return _fail(o, Code.RemainderExceeded, o.returned, m.paymentAmount);
        bool same = m.issuer == m.oldIssuer && m.documentKey == m.oldDocumentKey;
        uint256 total = m.documentTotal;
        if (m.code == Act.Voided) {
            if (!_sameDocument(m)) return _fail(o, Code.WrongReference, m.oldKind, 0);
            if (m.documentKnownTotal != 0) total = m.documentKnownTotal;
            o.documentUsed = _shift(o, m.documentUsed, m.oldAmount, m.amount);
        } else {
            o.documentUsed = same ? _shift(o, m.documentUsed, m.amount, m.oldAmount) : m.documentUsed + m.amount;
            if (!same) {
                if (m.documentKnownTotal != 0 && m.documentKnownTotal != m.documentTotal) {
                    return _fail(o, Code.DocumentTotalDiffers, m.documentKnownTotal, m.documentTotal);
                }
                o.oldDocumentUsed = _shift(o, m.oldDocumentUsed, 0, m.oldAmount);
            }
        }
        // a voided share may stand again only as far as its document has room
        if (o.documentUsed > total) return _fail(o, Code.DocumentExceeded, o.documentUsed, total);
        if (o.code != 0) return;
        _paidBack(m, o, _counted(m.balanceOn, m.oldOn, 0, m.oldAmount), _counted(m.balanceOn, m.on, 0, m.amount));
    }

    function _correctGuarantee(Image calldata m, Outcome memory o) private pure {
        if (m.code != m.oldCode) return _fail(o, Code.UnknownCode, m.code, m.oldKind);
        uint256 action = m.code % 10;
        if (action == Surety.Returned) return _fail(o, Code.WrongReference, m.oldKind, 0);
        if (action == Surety.Posted && m.documentKey != m.oldDocumentKey && m.numberUsed != 0) {
            return _fail(o, Code.NumberUsed, uint256(m.documentKey), 0);
        }
        (o.guaranteeAmount, o.guaranteeUntil) = (m.guaranteeAmount, m.guaranteeUntil);
        if (action == Surety.Extended) {
            if (m.amount != m.oldAmount) return _fail(o, Code.GuaranteeDiffers, m.oldAmount, m.amount);
        } else if (action == Surety.Called) {
            o.guaranteeAmount = _shift(o, m.guaranteeAmount, m.oldAmount, m.amount);
        } else {
            o.guaranteeAmount = _shift(o, m.guaranteeAmount, m.amount, m.oldAmount);
        }
        if (o.guaranteeAmount > MAX_AMOUNT) return _fail(o, Code.AmountTooLarge, o.guaranteeAmount, MAX_AMOUNT);
        if (m.until == m.oldUntil) return;
        // a later extension has moved the end since: this one moves nothing any more
        if (action > Surety.Extended || m.guaranteeUntil != m.oldUntil) {
            return _fail(o, Code.GuaranteeDiffers, m.guaranteeUntil, m.until);
        }
        o.guaranteeUntil = m.until;
    }

    // ---- shared ----

    /// total + now − before; refuses where that would be negative.
    function _shift(Outcome memory o, uint256 total, uint256 now_, uint256 before)
        private
        pure
        returns (uint256 shifted)
    {
        if (total + now_ < before) {
            _refuse(o, Code.AmountTooLarge, before, total + now_);
            return 0;
        }
        return total + now_ - before;
    }

    /// How far a stands above b.
    function _above(uint256 a, uint256 b) private pure returns (uint256) {
        return a > b ? a - b : 0;
    }

    function _approved(Image calldata m) private pure returns (bool) {
        return m.approvals & (Role.APPROVER_BIT | Role.PARENT_APPROVER_BIT | Role.FOUND_BIT) != 0;
    }

    /// From the threshold on, the second signature that the rule set names; an unlisted currency has threshold 0.
    function _secondSigned(Image calldata m, Outcome memory o, uint256 value) private pure returns (bool) {
        if (value < m.threshold || m.approvals & (1 << m.second | Role.FOUND_BIT) != 0) return true;
        _refuse(o, Code.SecondNeeded, m.second, m.threshold);
        return false;
    }

    /// The exception was needed: mark it, and say whether an approver signed it.
    function _excepted(Image calldata m, Outcome memory o, uint256 exception) private pure returns (bool) {
        o.exceptions |= exception;
        return m.signedExceptions & exception != 0;
    }

    function _refuse(Outcome memory o, uint256 code, uint256 a, uint256 b) private pure returns (Outcome memory) {
        if (o.code == 0) (o.code, o.a, o.b) = (code, a, b);
        return o;
    }

    function _fail(Outcome memory o, uint256 code, uint256 a, uint256 b) private pure {
        if (o.code == 0) (o.code, o.a, o.b) = (code, a, b);
    }

    function _carry(Image calldata m, Outcome memory o) private pure {
        (o.planningStatus, o.tenderStatus) = (m.planningStatus, m.tenderStatus);
        (o.awardStatus, o.awardValue, o.awardAgreed) = (m.awardStatus, m.awardValue, m.awardAgreed);
        (o.status, o.previousStatus, o.scopeReduced) = (m.status, m.previousStatus, m.scopeReduced);
        (o.firstValue, o.presentValue, o.presentScope) = (m.firstValue, m.presentValue, m.presentScope);
        (o.accepted, o.certified, o.paid) = (m.accepted, m.certified, m.paid);
        (o.advanced, o.recoveredTotal) = (m.advanced, m.recoveredTotal);
        (o.withheldTotal, o.releasedTotal) = (m.withheldTotal, m.releasedTotal);
        (o.documentUsed, o.oldDocumentUsed) = (m.documentUsed, m.oldDocumentUsed);
        (o.supplierSigned, o.agreements, o.awardContracts) = (m.supplierSigned, m.agreements, m.awardContracts);
    }
}
