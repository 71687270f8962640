// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title One item, laid out as it is hashed and passed
/// @dev Words 0–43 are the leaf (docs/reference/formats.md section 4). The rest are facts that the Ledger gathers and
/// the state before the entry. Every field is a full word, so the memory struct, the leaf's preimage and the ABI
/// encoding of a call are the same bytes; test/contracts/layout.test.ts holds that.
struct Image {
    // leaf: header and the EIP-712 words of Entry
    uint256 header;
    bytes32 entryType;
    bytes32 commandId;
    bytes32 maker;
    uint256 capacity;
    bytes32 process;
    bytes32 contractId;
    bytes32 awardId;
    bytes32 agency;
    uint256 kind;
    bytes32 basis;
    bytes32 seen;
    bytes32 digest;
    bytes32 termsHash;
    bytes32 refersTo;
    uint256 expires;
    // leaf: the EIP-712 words of Terms
    bytes32 termsType;
    uint256 present;
    uint256 code;
    bytes32 currency;
    uint256 value;
    uint256 scopeValue;
    uint256 amount;
    uint256 advance;
    uint256 recovered;
    uint256 withheld;
    uint256 released;
    uint256 documentTotal;
    bytes32 issuer;
    bytes32 documentKey;
    bytes32 party;
    bytes32 officer;
    bytes32 payer;
    uint256 on;
    uint256 until;
    // leaf: assigned by the ledger
    uint256 registerSequence;
    uint256 processSequence;
    uint256 agencySequence;
    uint256 timeMs;
    bytes32 previousProcess;
    bytes32 previousAgency;
    uint256 wave;
    bytes32 signers;
    uint256 exceptions;
    // facts
    uint256 time;
    uint256 currencyLetters;
    uint256 approvals;
    uint256 signedExceptions;
    uint256 capBps;
    uint256 awardForms;
    uint256 threshold;
    uint256 second;
    uint256 certificatesBound;
    uint256 partyKnown;
    uint256 documentKnownTotal;
    uint256 documentUsed;
    uint256 numberUsed;
    uint256 oldDocumentUsed;
    // the entry that a correction, return, withdrawal or note names, or the balances of an opening: words like Terms
    uint256 oldKind;
    bytes32 oldTermsType;
    uint256 oldPresent;
    uint256 oldCode;
    bytes32 oldCurrency;
    uint256 oldValue;
    uint256 oldScopeValue;
    uint256 oldAmount;
    uint256 oldAdvance;
    uint256 oldRecovered;
    uint256 oldWithheld;
    uint256 oldReleased;
    uint256 oldDocumentTotal;
    bytes32 oldIssuer;
    bytes32 oldDocumentKey;
    bytes32 oldParty;
    bytes32 oldOfficer;
    bytes32 oldPayer;
    uint256 oldOn;
    uint256 oldUntil;
    // state before the entry: planning and tender sections, the award, the contract
    uint256 planningStatus;
    uint256 tenderStatus;
    uint256 awardStatus;
    uint256 awardCurrency;
    uint256 awardValue;
    uint256 awardAgreed;
    bytes32 awardParty;
    uint256 status;
    uint256 previousStatus;
    uint256 form;
    uint256 held;
    uint256 scopeReduced;
    uint256 contractCurrency;
    uint256 contractOn;
    uint256 balanceOn;
    bytes32 contractParty;
    uint256 firstValue;
    uint256 presentValue;
    uint256 presentScope;
    uint256 accepted;
    uint256 certified;
    uint256 paid;
    uint256 advanced;
    uint256 recoveredTotal;
    uint256 withheldTotal;
    uint256 releasedTotal;
    uint256 supplierSigned;
    /// until when each capacity holds payments: lanes of 64 bits, see Rules
    uint256 holds;
    uint256 oldCapacity;
    /// of the guarantee that the entry names
    uint256 guaranteeType;
    uint256 guaranteeAmount;
    uint256 guaranteeUntil;
    /// of the payment that the entry names: what came back of it so far, and its amount as corrected
    uint256 returned;
    uint256 paymentAmount;
    /// awards and contracts of the process; contracts of the award
    uint256 agreements;
    uint256 awardContracts;
    /// 1: the process was opened by itself
    uint256 opened;
}

/// @notice What an item leads to: a code with its values, or the state after it.
struct Outcome {
    uint256 code;
    uint256 a;
    uint256 b;
    uint256 exceptions;
    uint256 excess;
    uint256 planningStatus;
    uint256 tenderStatus;
    uint256 awardStatus;
    uint256 awardValue;
    uint256 awardAgreed;
    uint256 status;
    uint256 previousStatus;
    uint256 scopeReduced;
    uint256 firstValue;
    uint256 presentValue;
    uint256 presentScope;
    uint256 accepted;
    uint256 certified;
    uint256 paid;
    uint256 advanced;
    uint256 recoveredTotal;
    uint256 withheldTotal;
    uint256 releasedTotal;
    uint256 documentUsed;
    uint256 oldDocumentUsed;
    uint256 supplierSigned;
    uint256 holds;
    uint256 guaranteeAmount;
    uint256 guaranteeUntil;
    uint256 returned;
    uint256 agreements;
    uint256 awardContracts;
}

/// @title The rules of a contract's life: pure, without storage
interface IRules {
    /// @notice Judges one item against the state before it.
    /// @return outcome code 1 (Accepted) with the state after it, or a Code with its two values
    function step(Image calldata image) external pure returns (Outcome memory outcome);

    /// @notice The table of terms: required and allowed `present` bits, and the roles that may sign, by kind and code.
    /// @return required bits that must be present
    /// @return allowed bits that may be present
    /// @return roles bit mask of capacities (bit n = role n)
    function table(uint256 kind, uint256 code) external pure returns (uint256 required, uint256 allowed, uint256 roles);
}
