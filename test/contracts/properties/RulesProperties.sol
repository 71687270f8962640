// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Rules} from "src/Rules.sol";
import {Act, Exception, Kind, Role, Status, Step, Surety, Term} from "src/Words.sol";
import {Code} from "src/Codes.sol";
import {Image, Outcome} from "src/interfaces/IRules.sol";

interface Vm {
    function assume(bool condition) external pure;
}

/// @title What Rules never lets through: each `check_` is proved by halmos, not sampled
/// @notice docs/reference/contracts.md says how to run them, and which mutants of Rules they fail on. Two sorts:
///  - for every image of a kind (they call `_accepted`): all but the kind is free, up to what the ledger can hold:
///    amounts of 128 bits, and of a payment never more back than it was;
///  - bounded (they call `_bounded` first): the words that the property is about are free, and the others stand still.
///    They are 0, but for one contract in one currency, the terms in use present, all signatures given and no
///    threshold. Signatures and thresholds only refuse, so that nothing is refused for them lets most through. What
///    else stands still in one of them is said there.
contract RulesProperties {
    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint256 private constant MAX = type(uint128).max;
    Rules private immutable RULES = new Rules();

    // ---- value and cap ----

    /// Bounded: a cap of 1,000 basis points, nothing certified.
    function check_amendmentKeepsTheCapOrIsSigned(Image memory any) external view {
        Image memory m = _amendment(any);
        Outcome memory o = _step(m);
        assert(o.firstValue == m.firstValue);
        assert(o.presentValue == m.value);
        assert(o.presentScope == m.scopeValue);
        unchecked {
            uint256 highest = m.firstValue + m.firstValue * 1_000 / 10_000;
            if (o.presentScope > m.presentScope && !_signed(m, Exception.ScopeAboveCap)) {
                assert(o.presentScope <= highest);
            }
        }
    }

    /// Bounded: a cap of 1,000 basis points.
    function check_amendmentKeepsWhatIsCertifiedOrIsSigned(Image memory any) external view {
        Image memory m = _amendment(any);
        (m.certified, m.advanced) = (any.certified & MAX, any.advanced & MAX);
        (m.recoveredTotal, m.paid, m.accepted) = (any.recoveredTotal & MAX, any.paid & MAX, any.accepted & MAX);
        Outcome memory o = _step(m);
        assert(o.certified == m.certified);
        assert(o.paid == m.paid);
        assert(o.accepted == m.accepted);
        unchecked {
            uint256 gross = m.certified + m.advanced;
            bool falls = o.presentValue < m.presentValue && gross > m.recoveredTotal;
            if (falls && !_signed(m, Exception.ValueBelowCertified)) {
                assert(gross - m.recoveredTotal <= o.presentValue);
            }
        }
    }

    /// Bounded: nothing withheld or released, no guarantee named, certificates not bound by accepted work.
    function check_certificateKeepsTheValueOrIsSigned(Image memory any) external view {
        Image memory m = _certificate(any);
        (m.advance, m.recovered) = (any.advance & MAX, any.recovered & MAX);
        (m.advanced, m.recoveredTotal) = (any.advanced & MAX, any.recoveredTotal & MAX);
        Outcome memory o = _step(m);
        unchecked {
            assert(o.certified == m.certified + m.amount);
            assert(o.advanced == m.advanced + m.advance);
            assert(o.recoveredTotal == m.recoveredTotal + m.recovered);
            uint256 gross = o.certified + o.advanced;
            if (gross > o.recoveredTotal && !_signed(m, Exception.CertifiedAboveValue)) {
                assert(gross - o.recoveredTotal <= o.presentValue);
            }
        }
        assert(m.held == 0);
        assert(m.numberUsed == 0);
    }

    /// Bounded: no advance, nothing withheld or released.
    function check_certificateIsBoundByWorkAndGuaranteeOrIsSigned(Image memory any) external view {
        Image memory m = _certificate(any);
        m.certificatesBound = 1;
        m.accepted = any.accepted & MAX;
        m.refersTo = any.refersTo;
        // facts of a guarantee that the ledger gathers only where the entry names one
        if (m.refersTo != 0) {
            (m.guaranteeType, m.guaranteeAmount) = (any.guaranteeType, any.guaranteeAmount & MAX);
            m.guaranteeUntil = uint64(any.guaranteeUntil);
        }
        Outcome memory o = _step(m);
        unchecked {
            bool secured = m.refersTo != 0 && m.guaranteeType == Surety.YearEnd && m.guaranteeUntil >= m.on;
            uint256 bound = secured ? m.accepted + m.guaranteeAmount : m.accepted;
            if (!_signed(m, Exception.CertifiedAboveAccepted)) assert(o.certified <= bound);
        }
    }

    function check_workIsAcceptedWithinTheValueOrIsSigned(Image memory m) external view {
        m.kind = Kind.Implementation;
        Outcome memory o = _accepted(m);
        bool within = o.accepted <= o.presentValue || o.accepted == m.accepted;
        assert(within || _signed(m, Exception.AcceptedAboveValue));
        assert(o.accepted >= m.accepted || m.scopeReduced != 0);
    }

    function check_contractKeepsItsAward(Image memory m) external view {
        m.kind = Kind.Contract;
        Outcome memory o = _accepted(m);
        assert(m.awardId == 0 || (o.awardAgreed == m.awardAgreed + m.value && o.awardAgreed <= m.awardValue));
        assert(o.presentValue == m.value && o.firstValue == m.value && o.presentScope == m.value);
    }

    // ---- payments, returns and their documents ----

    function check_paymentAddsItsAmountAndKeepsItsDocument(Image memory m) external view {
        m.kind = Kind.Payment;
        Outcome memory o = _accepted(m);
        bool inBalance = m.balanceOn != 0 && m.on <= m.balanceOn;
        assert(o.paid == m.paid + (inBalance ? 0 : m.amount));
        assert(o.documentUsed == m.documentUsed + m.amount && o.documentUsed <= m.documentTotal);
        assert(o.excess == (o.paid > m.presentValue ? o.paid - m.presentValue : 0));
    }

    function check_returnTakesOffWhatItSaysAndNoMoreThanThePayment(Image memory m) external view {
        m.kind = Kind.Return;
        Outcome memory o = _accepted(m);
        bool inBalance = m.balanceOn != 0 && m.on <= m.balanceOn;
        uint256 off = inBalance ? 0 : m.amount;
        assert(o.paid == (m.paid > off ? m.paid - off : 0));
        assert(m.amount != 0 && o.returned == m.returned + m.amount && o.returned <= m.paymentAmount);
        if (m.code == Act.Voided) {
            assert(o.documentUsed + m.amount == m.documentUsed);
            assert(m.issuer == m.oldIssuer && m.documentKey == m.oldDocumentKey);
        } else {
            assert(o.documentUsed == m.documentUsed + m.amount && o.documentUsed <= m.documentTotal);
        }
    }

    // Corrections are bounded: no opening's balance, and of a return never more back than was paid.

    function check_paymentIsCorrectedByTheDifference_sameDocument(Image memory any) external view {
        (Image memory m, Outcome memory o) = _correctedPayment(any, 1);
        unchecked {
            assert(o.documentUsed == m.documentUsed + m.amount - m.oldAmount);
        }
    }

    function check_paymentIsCorrectedByTheDifference_otherDocument(Image memory any) external view {
        (Image memory m, Outcome memory o) = _correctedPayment(any, 2);
        _movesToAnotherDocument(m, o);
        assert(m.returned == 0);
    }

    function check_returnIsCorrectedByTheDifference_sameDocument(Image memory any) external view {
        VM.assume(any.code != Act.Voided);
        (Image memory m, Outcome memory o) = _correctedReturn(any, any.code, 1);
        unchecked {
            assert(o.documentUsed == m.documentUsed + m.amount - m.oldAmount);
        }
        assert(o.documentUsed <= m.documentTotal);
    }

    function check_returnIsCorrectedByTheDifference_otherDocument(Image memory any) external view {
        VM.assume(any.code != Act.Voided);
        (Image memory m, Outcome memory o) = _correctedReturn(any, any.code, 2);
        _movesToAnotherDocument(m, o);
        assert(o.documentUsed <= m.documentTotal);
    }

    function check_returnIsCorrectedByTheDifference_voided(Image memory any) external view {
        (Image memory m, Outcome memory o) = _correctedReturn(any, Act.Voided, uint256(any.issuer));
        assert(m.issuer == m.oldIssuer);
        unchecked {
            assert(o.documentUsed == m.documentUsed + m.oldAmount - m.amount);
        }
        assert(o.documentUsed <= (m.documentKnownTotal == 0 ? m.documentTotal : m.documentKnownTotal));
    }

    // ---- guarantees ----

    function check_guaranteeIsNeverMoreThanWasPosted(Image memory m) external view {
        m.kind = Kind.Guarantee;
        Outcome memory o = _accepted(m);
        if (m.code % 10 == Surety.Posted) {
            assert(o.guaranteeAmount == m.amount && m.amount != 0);
        } else {
            assert(o.guaranteeAmount <= m.guaranteeAmount && m.guaranteeAmount != 0);
            assert(o.guaranteeUntil >= m.guaranteeUntil);
        }
        assert(o.paid == m.paid && o.presentValue == m.presentValue && o.certified == m.certified);
    }

    // ---- closed stays closed, and remarks change nothing ----

    function check_closedIsOpenedByReopeningAlone(Image memory m) external view {
        m.kind = Kind.Transition;
        VM.assume(m.status >= Status.Closed);
        // what a closed contract was before: completed, stopped, broken, or closed already when it came here
        VM.assume(m.previousStatus >= Status.Completed);
        VM.assume(m.previousStatus <= Status.Closed);
        Outcome memory o = _accepted(m);
        assert(m.status == Status.Closed && m.code == Act.Reopened);
        assert(o.status < Status.Closed);
    }

    function check_closedStaysClosed_implementation(Image memory m) external view {
        _staysClosed(m, Kind.Implementation);
    }

    function check_closedStaysClosed_payment(Image memory m) external view {
        _staysClosed(m, Kind.Payment);
    }

    function check_closedStaysClosed_return(Image memory m) external view {
        _staysClosed(m, Kind.Return);
    }

    function check_closedTakesNoAmendment(Image memory m) external view {
        _refusedOnceClosed(m, Kind.Amendment);
    }

    function check_closedTakesNoCertificate(Image memory m) external view {
        _refusedOnceClosed(m, Kind.Certificate);
    }

    function check_closedTakesNoCountersignature(Image memory m) external view {
        _refusedOnceClosed(m, Kind.Countersignature);
    }

    function check_closedTakesNoGuarantee(Image memory m) external view {
        _refusedOnceClosed(m, Kind.Guarantee);
    }

    function check_closedTakesNoHold(Image memory m) external view {
        _refusedOnceClosed(m, Kind.Hold);
    }

    function check_withdrawalOpensNothingThatIsClosed(Image memory m) external view {
        (m.kind, m.oldKind) = (Kind.Withdrawal, Kind.Implementation);
        VM.assume(m.status >= Status.Closed);
        assert(RULES.step(m).code != Code.Accepted);
    }

    function check_noteChangesNothing(Image memory m) external view {
        m.kind = Kind.Note;
        Outcome memory o = _accepted(m);
        assert(o.status == m.status && o.paid == m.paid && o.presentValue == m.presentValue);
        assert(o.certified == m.certified && o.accepted == m.accepted && o.supplierSigned == m.supplierSigned);
        assert(o.awardStatus == m.awardStatus && o.planningStatus == m.planningStatus);
    }

    function check_holdMovesItsOwnLaneOnly(Image memory m) external view {
        m.kind = Kind.Hold;
        Outcome memory o = _accepted(m);
        uint256 changed = o.holds ^ m.holds;
        uint256 lane = type(uint64).max;
        if (m.capacity == 4) lane <<= 64;
        else if (m.capacity == 7) lane <<= 128;
        else if (m.capacity == 8) lane <<= 192;
        assert(changed & ~lane == 0);
    }

    // ---- what a wave brings, as found ----

    function check_foundContractBeginsOnceWithItsBalances(Image memory m) external view {
        m.kind = Kind.Opening;
        VM.assume(m.contractId != 0);
        Outcome memory o = _found(m);
        assert(m.status == Status.Unknown && o.status == m.oldCode && o.status != Status.Unknown);
        assert(m.party == 0 || m.partyKnown != 0);
        assert(m.oldCurrency == m.currency);
        assert(o.presentValue == m.value && o.firstValue == m.oldValue && o.presentScope == m.oldScopeValue);
        assert(o.paid == m.oldDocumentTotal && o.certified == m.oldAmount && o.accepted == m.oldUntil);
        uint256 all = o.firstValue | o.presentScope | o.paid | o.certified | o.accepted | o.advanced;
        assert(all | o.recoveredTotal | o.withheldTotal | o.releasedTotal | o.awardAgreed <= MAX);
    }

    function check_foundContractStandsOnAnAwardInForce(Image memory m) external view {
        m.kind = Kind.Opening;
        VM.assume(m.contractId != 0);
        VM.assume(m.awardId != 0);
        Outcome memory o = _found(m);
        assert(m.awardStatus == Status.Active && m.awardCurrency == m.currencyLetters);
        assert(m.awardParty == 0 || m.party == 0 || m.awardParty == m.party);
        bool binds = m.oldCode != Status.Cancelled;
        assert(o.awardAgreed == m.awardAgreed + (binds ? m.oldValue : 0));
    }

    function check_foundProcessIsOpenedOnce(Image memory m) external view {
        m.kind = Kind.Opening;
        m.contractId = 0;
        Outcome memory o = _found(m);
        assert(m.opened == 0);
        assert(o.agreements == m.agreements && o.planningStatus == m.planningStatus);
        assert(o.tenderStatus == m.tenderStatus && o.awardStatus == m.awardStatus);
    }

    function check_foundPlanningBeginsOnce(Image memory m) external view {
        m.kind = Kind.Planning;
        Outcome memory o = _found(m);
        assert((m.code == Step.New) == (m.planningStatus == Status.Unknown));
        assert(o.tenderStatus == m.tenderStatus && o.agreements == m.agreements);
    }

    function check_foundTenderBeginsOnce(Image memory m) external view {
        m.kind = Kind.Tender;
        Outcome memory o = _found(m);
        assert((m.code == Step.New) == (m.tenderStatus == Status.Unknown));
        assert(o.planningStatus == m.planningStatus && o.agreements == m.agreements);
    }

    function check_foundAwardBeginsOnceWithARegisteredSupplier(Image memory m) external view {
        m.kind = Kind.Award;
        Outcome memory o = _found(m);
        assert((m.code == Step.New) == (m.awardStatus == Status.Unknown));
        assert(m.code == Step.Cancelled || m.party == 0 || m.partyKnown != 0);
        assert(m.code == Step.Cancelled || o.awardValue == m.value);
        assert(m.code == Step.New || m.code == Step.Cancelled || m.awardCurrency == m.currencyLetters);
    }

    // ---- images of the bounded properties ----

    function _amendment(Image memory any) private pure returns (Image memory m) {
        m = _bounded(any, Kind.Amendment, 0, Role.Officer);
        m.present = Term.CODE | Term.CURRENCY | Term.VALUE | Term.SCOPE_VALUE | Term.ON;
        m.code = any.code;
        m.capBps = 1_000;
        (m.value, m.scopeValue) = (any.value & MAX, any.scopeValue & MAX);
        (m.firstValue, m.presentScope) = (any.firstValue & MAX, any.presentScope & MAX);
    }

    function _certificate(Image memory any) private pure returns (Image memory m) {
        m = _bounded(any, Kind.Certificate, 0, Role.Officer);
        m.present = Term.CURRENCY | Term.AMOUNT | Term.ADVANCE | Term.RECOVERED | Term.WITHHELD | Term.RELEASED
            | Term.DOCUMENT_KEY | Term.ON;
        (m.amount, m.certified) = (any.amount & MAX, any.certified & MAX);
        m.numberUsed = any.numberUsed;
    }

    /// @param issuer of the document that the correction names; the corrected entry named that of issuer 1
    function _correctedPayment(Image memory any, uint256 issuer)
        private
        view
        returns (Image memory m, Outcome memory o)
    {
        m = _correction(any, Kind.Payment, issuer);
        m.present = m.oldPresent | Term.CODE;
        m.code = any.code;
        o = _step(m);
        unchecked {
            assert(o.paid == m.paid + m.amount - m.oldAmount);
        }
        assert(m.amount >= m.returned);
        assert(o.documentUsed <= m.documentTotal);
    }

    function _correctedReturn(Image memory any, uint256 code, uint256 issuer)
        private
        view
        returns (Image memory m, Outcome memory o)
    {
        m = _correction(any, Kind.Return, issuer);
        m.present = m.oldPresent = m.oldPresent | Term.CODE;
        m.code = m.oldCode = code;
        m.oldDocumentTotal = any.oldDocumentTotal & MAX;
        m.paymentAmount = any.paymentAmount & MAX;
        VM.assume(m.paid >= m.amount);
        o = _step(m);
        unchecked {
            assert(o.paid == m.paid + m.oldAmount - m.amount);
            assert(o.returned == m.returned + m.amount - m.oldAmount);
        }
        assert(o.returned <= m.paymentAmount);
    }

    function _correction(Image memory any, uint256 kind, uint256 issuer) private pure returns (Image memory m) {
        m = _bounded(any, Kind.Correction, kind, Role.Treasurer);
        m.oldPresent =
            Term.CURRENCY | Term.AMOUNT | Term.DOCUMENT_TOTAL | Term.ISSUER | Term.DOCUMENT_KEY | Term.ON;
        m.refersTo = bytes32(uint256(1));
        (m.issuer, m.oldIssuer) = (bytes32(issuer), bytes32(uint256(1)));
        (m.amount, m.oldAmount, m.returned) = (any.amount & MAX, any.oldAmount & MAX, any.returned & MAX);
        (m.documentUsed, m.documentTotal) = (any.documentUsed & MAX, any.documentTotal & MAX);
        (m.documentKnownTotal, m.oldDocumentUsed) = (any.documentKnownTotal & MAX, any.oldDocumentUsed & MAX);
        m.paid = any.paid & MAX;
    }

    function _movesToAnotherDocument(Image memory m, Outcome memory o) private pure {
        unchecked {
            assert(o.documentUsed == m.documentUsed + m.amount);
            assert(m.oldDocumentUsed >= m.oldAmount);
            assert(o.oldDocumentUsed == m.oldDocumentUsed - m.oldAmount);
        }
    }

    function _bounded(Image memory any, uint256 kind, uint256 oldKind, uint256 capacity)
        private
        pure
        returns (Image memory m)
    {
        (m.kind, m.oldKind, m.capacity) = (kind, oldKind, capacity);
        m.contractId = bytes32(uint256(1));
        (m.on, m.time) = (uint64(any.on), uint64(any.time));
        (m.status, m.held, m.presentValue) = (any.status, any.held, any.presentValue & MAX);
        m.signedExceptions = any.signedExceptions;
        // but that of a lot: it brings none of these kinds
        (m.approvals, m.threshold) = (~Role.FOUND_BIT, type(uint256).max);
    }

    // ---- shared ----

    /// Accepted as a row of a lot: in a head's capacity, and marked.
    function _found(Image memory m) private view returns (Outcome memory o) {
        m.approvals = Role.FOUND_BIT;
        VM.assume((m.oldUntil | m.oldDocumentTotal | m.oldAdvance) <= MAX);
        VM.assume((m.oldRecovered | m.oldWithheld | m.oldReleased) <= MAX);
        VM.assume((m.agreements | m.awardContracts) < 1 << 32);
        o = _accepted(m);
        assert(m.capacity == Role.Head);
        assert(o.exceptions == Exception.Imported);
        assert(m.on <= m.time);
    }

    function _staysClosed(Image memory m, uint256 kind) private view {
        m.kind = kind;
        VM.assume(m.status >= Status.Closed);
        assert(_accepted(m).status == m.status);
    }

    function _refusedOnceClosed(Image memory m, uint256 kind) private view {
        m.kind = kind;
        VM.assume(m.status >= Status.Closed);
        assert(RULES.step(m).code != Code.Accepted);
    }

    function _signed(Image memory m, uint256 exception) private pure returns (bool) {
        return m.signedExceptions & exception != 0;
    }

    /// Only what is accepted is looked at, from a state that the ledger can hold.
    function _accepted(Image memory m) private view returns (Outcome memory o) {
        // one bound on all of them: each && would be a fork for the solver
        uint256 amounts = m.amount | m.value | m.scopeValue | m.documentTotal | m.advance | m.recovered | m.withheld;
        amounts |= m.released | m.oldAmount | m.oldValue | m.oldScopeValue | m.firstValue | m.presentValue;
        amounts |= m.presentScope | m.accepted | m.certified | m.paid | m.advanced | m.recoveredTotal;
        amounts |= m.withheldTotal | m.releasedTotal | m.awardAgreed | m.awardValue | m.documentUsed;
        amounts |= m.oldDocumentUsed | m.documentKnownTotal | m.guaranteeAmount | m.returned | m.paymentAmount;
        VM.assume(amounts <= MAX);
        VM.assume((m.on | m.until | m.time | m.guaranteeUntil) < 1 << 64);
        VM.assume((m.present | m.code) < 1 << 32);
        VM.assume((m.capacity | m.second) < 256);
        return _step(m);
    }

    function _step(Image memory m) private view returns (Outcome memory o) {
        o = RULES.step(m);
        VM.assume(o.code == Code.Accepted);
    }
}
