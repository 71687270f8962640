// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Rules} from "src/Rules.sol";
import {Act, Exception, Kind, Status, Surety} from "src/Words.sol";
import {Code} from "src/Codes.sol";
import {Image, Outcome} from "src/interfaces/IRules.sol";

interface Vm {
    function assume(bool condition) external pure;
}

/// @title What Rules never lets through, for every image: each `check_` is proved by halmos, not sampled
/// @notice docs/reference/contracts.md says how to run them. A kind is fixed in each; all else of the image is free, up
/// to what the ledger can hold: amounts of 128 bits, and of a payment never more back than it was.
contract RulesProperties {
    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint256 private constant MAX = type(uint128).max;
    Rules private immutable RULES = new Rules();

    // ---- value and cap ----

    function check_amendmentKeepsTheCapOrIsSigned(Image memory m) external view {
        m.kind = Kind.Amendment;
        m.capBps = 1_000;
        Outcome memory o = _accepted(m);
        uint256 highest = m.firstValue + m.firstValue * 1_000 / 10_000;
        assert(o.firstValue == m.firstValue);
        assert(o.presentScope <= highest || o.presentScope <= m.presentScope || _signed(m, Exception.ScopeAboveCap));
    }

    function check_amendmentKeepsWhatIsCertifiedOrIsSigned(Image memory m) external view {
        m.kind = Kind.Amendment;
        Outcome memory o = _accepted(m);
        bool covers = o.presentValue + m.recoveredTotal >= m.certified + m.advanced;
        assert(covers || o.presentValue >= m.presentValue || _signed(m, Exception.ValueBelowCertified));
        assert(o.certified == m.certified && o.paid == m.paid && o.accepted == m.accepted);
    }

    function check_certificateKeepsTheValueOrIsSigned(Image memory m) external view {
        m.kind = Kind.Certificate;
        Outcome memory o = _accepted(m);
        assert(o.certified == m.certified + m.amount);
        assert(o.advanced == m.advanced + m.advance && o.recoveredTotal == m.recoveredTotal + m.recovered);
        bool within = o.certified + o.advanced <= o.presentValue + o.recoveredTotal;
        assert(within || _signed(m, Exception.CertifiedAboveValue));
        assert(m.held == 0 && m.numberUsed == 0);
    }

    function check_certificateIsBoundByWorkAndGuaranteeOrIsSigned(Image memory m) external view {
        m.kind = Kind.Certificate;
        VM.assume(m.certificatesBound == 1);
        Outcome memory o = _accepted(m);
        uint256 secured = m.refersTo != 0 && m.guaranteeType == Surety.YearEnd && m.guaranteeUntil >= m.on
            ? m.guaranteeAmount
            : 0;
        assert(o.certified <= m.accepted + secured || _signed(m, Exception.CertifiedAboveAccepted));
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

    function check_paymentIsCorrectedByTheDifference(Image memory m) external view {
        (m.kind, m.oldKind) = (Kind.Correction, Kind.Payment);
        VM.assume(m.balanceOn == 0);
        Outcome memory o = _accepted(m);
        assert(o.paid + m.oldAmount == m.paid + m.amount);
        assert(m.amount >= m.returned && o.documentUsed <= m.documentTotal);
        bool same = m.issuer == m.oldIssuer && m.documentKey == m.oldDocumentKey;
        if (same) {
            assert(o.documentUsed + m.oldAmount == m.documentUsed + m.amount);
        } else {
            assert(o.oldDocumentUsed + m.oldAmount == m.oldDocumentUsed && m.returned == 0);
            assert(o.documentUsed == m.documentUsed + m.amount);
        }
    }

    function check_returnIsCorrectedByTheDifference(Image memory m) external view {
        (m.kind, m.oldKind) = (Kind.Correction, Kind.Return);
        VM.assume(m.balanceOn == 0);
        VM.assume(m.paid >= m.amount);
        Outcome memory o = _accepted(m);
        assert(o.paid + m.amount == m.paid + m.oldAmount);
        assert(o.returned + m.oldAmount == m.returned + m.amount && o.returned <= m.paymentAmount);
        if (m.code == Act.Voided) {
            assert(o.documentUsed + m.amount == m.documentUsed + m.oldAmount);
            assert(o.documentUsed <= (m.documentKnownTotal == 0 ? m.documentTotal : m.documentKnownTotal));
        } else {
            assert(o.documentUsed <= m.documentTotal);
        }
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

    // ---- shared ----

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
        o = RULES.step(m);
        VM.assume(o.code == Code.Accepted);
    }
}
